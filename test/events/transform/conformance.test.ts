import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { checkCase, readCases, type TransformCase } from './conformance.ts';

for (const file of ['bundled.json', 'unbundled.json']) {
  const cases = readCases<TransformCase>(file);
  describe(`${file}: the Agent's form, and a better one where it errs`, () => {
    for (const given of cases) test(`${given.id}: ${given.note}`, () => checkCase(given));

    test('all cases were run, both kinds', (t) => {
      const better = cases.filter((given) => given.peer_bug).length;
      assert.ok(better > 0 && better < cases.length);
      t.diagnostic(`${cases.length} cases of ${file}: ${cases.length - better} as the Agent does, ${better} better`);
    });
  });
}
