/** What the API server counts about itself. */
import assert from 'node:assert/strict';
import { ADMIN } from '../envtest/credentials.ts';
import type { Requests } from '../envtest/requests.ts';

/** The sum of all samples of a metric that have these labels; 0 where there is none. */
export async function sumOfMetric(
  server: Requests,
  name: string,
  labels: Readonly<Record<string, string>>,
): Promise<number> {
  const { status, body } = await server.request<string>(ADMIN, 'GET', '/metrics');
  assert.equal(status, 200);
  assert.ok(body.includes(`# TYPE ${name} `), `the server has no metric ${name}`);
  const wanted = Object.entries(labels).map(([label, value]) => `${label}="${value}"`);
  const samples = body
    .split('\n')
    .filter((line) => line.startsWith(`${name}{`) && wanted.every((pair) => line.includes(pair)));
  return samples.reduce((sum, line) => sum + Number(line.slice(line.lastIndexOf(' ') + 1)), 0);
}
