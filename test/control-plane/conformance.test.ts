import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { describe, it } from 'node:test';
import { controlPlaneHealthCheck } from '../../src/control-plane/health.ts';
import type { ServiceCheck } from '../../src/sender.ts';
import { runUnit } from './scripted-api.ts';

interface Assertions {
  readonly status?: string;
  readonly message_contains?: readonly string[];
  readonly message_not_contains?: readonly string[];
  readonly message_matches?: readonly string[] | string;
  readonly 'component:apiserver'?: string;
  readonly 'component:etcd'?: string;
}
interface Expected {
  readonly service_checks?: readonly { name: string; status: string; message: string; tags: readonly string[] }[];
  readonly gauges_2026?: readonly { value: number; tags: readonly string[] }[];
  readonly assert?: Assertions;
  readonly path?: string;
  readonly error?: string;
}
interface Case {
  readonly id: string;
  readonly note: string;
  readonly request?: string;
  readonly response?: Readonly<Record<string, unknown>>;
  readonly input?: { apiserver_ready: boolean | null; etcd_ready: boolean | null; error: string | null };
  readonly git_version?: string;
  readonly expected?: Expected;
  readonly better?: Expected;
}
const { cases } = JSON.parse(readFileSync(new URL('../cases/controlplane.json', import.meta.url), 'utf8')) as {
  cases: readonly Case[];
};

const untagged = (check: ServiceCheck) => check.tags === undefined;
const plain = ({ name, status, message, tags = [] }: ServiceCheck) => ({
  name,
  status: status.toUpperCase(),
  message,
  tags,
});
const byTags = (a: { tags: readonly string[] }, b: { tags: readonly string[] }) =>
  String(a.tags) < String(b.tags) ? -1 : 1;

/** The message of a part that is not ready goes on with the failing checks. */
function assertSame(actual: readonly ServiceCheck[], wanted: NonNullable<Expected['service_checks']>) {
  const cut = actual
    .map(plain)
    .map((check) => ({ ...check, message: check.message?.replace(/( not ready): .+$/, '$1') }));
  assert.deepEqual(cut.sort(byTags), [...wanted].sort(byTags));
}

function assertAssertions(check: ServiceCheck | undefined, wanted: Assertions) {
  const message = check?.message ?? '';
  if (wanted.status !== undefined) assert.equal(check?.status.toUpperCase(), wanted.status);
  for (const part of wanted.message_contains ?? []) assert.ok(message.includes(part), `${message}: ${part}`);
  for (const part of wanted.message_not_contains ?? []) assert.ok(!message.includes(part), `${message}: not ${part}`);
  for (const pattern of [wanted.message_matches ?? []].flat()) assert.match(message, new RegExp(pattern, 'i'));
}

describe('every case of controlplane.json', () => {
  for (const one of cases) {
    const wanted = one.expected ?? one.better ?? {};
    it(`${one.id}: ${one.note}`, async () => {
      if (one.request === 'GET /readyz') {
        const { status, content_type, body } = one.response as { status: number; content_type: string; body: string };
        const run = await runUnit(controlPlaneHealthCheck({ componentHealth: 'readyz' }), {
          '/readyz': { status, type: content_type, body },
        });
        const whole = run.serviceChecks.filter(untagged);
        assert.equal(whole.length, 1);
        if (wanted.service_checks) assertSame(whole, wanted.service_checks);
        if (wanted.assert) assertAssertions(whole[0], wanted.assert);
      } else if (one.input) {
        const sign = (ready: boolean | null) => (ready ? '+' : '-');
        const body = `[+]ping ok\n[${sign(one.input.etcd_ready)}]etcd ok\n[${sign(one.input.apiserver_ready)}]informer-sync ok\n`;
        const run = await runUnit(controlPlaneHealthCheck(), {
          '/readyz': one.input.error ? { fails: 'ECONNREFUSED' } : { type: 'text/plain', body },
        });
        const parts = run.serviceChecks.filter((check) => !untagged(check));
        if (wanted.service_checks) assertSame(parts, wanted.service_checks);
        for (const component of ['component:apiserver', 'component:etcd'] as const) {
          const status = wanted.assert?.[component];
          if (status === undefined) continue;
          const part = parts.find((check) => check.tags?.includes(component));
          assertAssertions(part, { ...wanted.assert, status });
        }
      } else if (one.git_version) {
        assert.equal(wanted.path, 'readyz');
        const run = await runUnit(controlPlaneHealthCheck({ componentHealth: 'readyz' }), {
          '/readyz': { body: 'ok' },
        });
        assert.deepEqual(run.requests, ['/readyz?verbose=']);
      } else {
        assert.equal(one.request, 'GET /api/v1/componentstatuses');
        const run = await runUnit(controlPlaneHealthCheck({ componentHealth: 'component-status' }), {
          '/readyz': { body: 'ok' },
          '/api/v1/componentstatuses': { body: one.response! },
        });
        assertSame(
          run.serviceChecks.filter((check) => !untagged(check)),
          wanted.service_checks!,
        );
        assert.deepEqual(
          run.gauges,
          wanted.gauges_2026!.map(({ value, tags }) => ({ name: 'kube_apiserver.component_status', value, tags })),
        );
        assert.deepEqual(run.warnings, wanted.error === undefined ? [] : [wanted.error]);
      }
    });
  }
});
