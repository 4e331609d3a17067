/** Everything that a check says: its report in each form that a host may print, and its debug output. */
import assert from 'node:assert/strict';
import { format, inspect } from 'node:util';
import debug from 'debug';
import { formatReport, type RunReport } from '../../src/index.ts';

const lines: string[] = [];

// The library loads the same `debug`: what it says goes here instead of to stderr.
debug.enable('kube-apiserver-check:*');
debug.log = (...args: unknown[]) => void lines.push(format(...args));

const neverSaid = /PRIVATE KEY|BEGIN CERTIFICATE|sEcReT/;

/** Of the report, and of all debug output since the last call. */
export function assertNoSecrets(report: RunReport, secrets: readonly string[]): void {
  const said = [
    ...lines.splice(0),
    formatReport(report),
    JSON.stringify(report),
    // With the causes of errors, which their JSON leaves out.
    inspect(report, { depth: Number.POSITIVE_INFINITY }),
  ];
  for (const text of said) {
    assert.doesNotMatch(text, neverSaid);
    for (const secret of secrets)
      assert.ok(!text.includes(secret), `a secret is said: ${text.replaceAll(secret, '***')}`);
  }
}
