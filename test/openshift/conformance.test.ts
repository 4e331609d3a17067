import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { describe, it } from 'node:test';
import { openShiftDetector } from '../../src/openshift/detector.ts';
import { quotaRetriever } from '../../src/openshift/quotas.ts';
import { runUnit, type Script, scriptedApi } from '../control-plane/scripted-api.ts';

const read = (name: string) =>
  JSON.parse(readFileSync(new URL(`../cases/${name}.json`, import.meta.url), 'utf8')) as {
    readonly cases: readonly unknown[];
  };

interface Gauge {
  readonly name: string;
  readonly value: number;
  readonly tags?: readonly string[];
}
interface QuotaCase {
  readonly id: string;
  readonly note: string;
  readonly response: Readonly<Record<string, unknown>>;
  readonly expected?: readonly Gauge[];
  readonly better?: { readonly expected: readonly Gauge[]; readonly warnings?: number };
}

const sorted = (gauges: readonly Gauge[]) =>
  gauges
    .map(({ name, value, tags = [] }) => ({ series: `${name} ${tags.join()}`, value }))
    .sort((a, b) => (a.series < b.series ? -1 : 1));

describe('every case of quota.json', () => {
  for (const { id, note, response, expected, better } of read('quota').cases as readonly QuotaCase[])
    it(`${id}: ${note}`, async () => {
      const run = await runUnit(quotaRetriever(), {
        '/apis/quota.openshift.io': { body: { kind: 'APIGroup' } },
        '/apis/quota.openshift.io/v1/clusterresourcequotas?limit=500': { body: response },
      });
      assert.deepEqual(run.outcome, { status: 'ok' });
      // The figures of the cases are doubles printed in full, and ours the nearest double to the exact value: no tolerance.
      assert.deepEqual(sorted(run.gauges), sorted(expected ?? better?.expected ?? []));
      assert.equal(run.warnings.length, better?.warnings ?? 0, run.warnings.join('\n'));
    });
});

interface DetectCase {
  readonly id: string;
  readonly note: string;
  readonly responses: Readonly<Record<string, number | 'error' | null>>;
  readonly expected?: { readonly level: string; readonly quota_path: string | null };
  readonly better?: { readonly level: string; readonly asked_again: boolean };
}

describe('every case of openshift-detect.json', () => {
  const levels: Readonly<Record<string, string>> = { group: 'api-group', oapi: 'oapi', none: 'none' };
  for (const { id, note, responses, expected, better } of read('openshift-detect').cases as readonly DetectCase[])
    it(`${id}: ${note}`, async () => {
      const script: Script = Object.fromEntries(
        Object.entries(responses)
          .filter(([, answer]) => answer !== null)
          .map(([request, answer]) => [
            request.replace('GET ', ''),
            answer === 'error' ? { fails: 'ECONNREFUSED' } : { status: Number(answer), body: {} },
          ]),
      );
      const lists = { '/apis/quota.openshift.io/v1/clusterresourcequotas': { body: { items: [] } } };
      const api = scriptedApi({ ...script, ...lists, '/oapi/v1/clusterresourcequotas': { body: { items: [] } } });
      const detector = openShiftDetector();
      const first = await runUnit(detector, api);
      if (better) {
        assert.equal(first.outcome.status, 'failed');
        const again = await runUnit(detector, api);
        assert.deepEqual(again.requests, better.asked_again ? first.requests : []);
        return;
      }
      assert.deepEqual(first.outcome, { status: 'ok' });
      assert.deepEqual((await runUnit(detector, api)).requests, [], 'an answer is remembered');
      assert.equal(levels[await detector.detect({ api } as never)], expected?.level);
      const { requests, outcome } = await runUnit(quotaRetriever({ detector }), api);
      assert.equal(outcome.status, expected?.quota_path === null ? 'skipped' : 'ok');
      const path = expected?.quota_path?.replace(/\/$/, '');
      assert.deepEqual(requests, path === undefined ? [] : [`${path}?limit=500`]);
    });
});
