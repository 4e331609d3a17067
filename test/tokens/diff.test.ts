/** Every case of diff.json: a list is read above the stored version, from the bytes of its page to what is new in it. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { describe, test } from 'node:test';
import { jsonCodec } from '../../src/kube/wire/json.ts';
import { wantedOf } from '../../src/watch/wanted.ts';

interface DiffCase {
  readonly id: string;
  readonly note: string;
  readonly since: string;
  readonly listed_resource_versions: readonly string[];
  readonly expected: { readonly kept: readonly string[] };
}

const { cases } = JSON.parse(readFileSync(new URL('../cases/diff.json', import.meta.url), 'utf8')) as {
  readonly cases: readonly DiffCase[];
};

/** One page, as an API server writes it, at a version that is above everything in it. */
async function* pageOf(versions: readonly string[]): AsyncGenerator<Uint8Array> {
  const items = versions.map((resourceVersion, n) => ({ metadata: { uid: `u-${n}`, resourceVersion } }));
  yield Buffer.from(JSON.stringify({ metadata: { resourceVersion: '18446744073709551614' }, items }));
}

async function newIn({ since, listed_resource_versions: listed }: DiffCase): Promise<readonly string[]> {
  const { events, version } = await jsonCodec.page(pageOf(listed));
  return wantedOf(events, since === '' ? undefined : since, version).events.map((event) => event.version);
}

describe('diff.json', () => {
  for (const one of cases)
    test(`${one.id}: ${one.note}`, async () => assert.deepEqual(await newIn(one), one.expected.kept));

  test('has been read whole', (t) => {
    t.diagnostic(`${cases.length} cases of diff.json were run`);
    assert.ok(cases.length > 0);
  });
});
