import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { checkCase, readCases, type TransformCase } from './conformance.ts';

for (const file of ['bundled.json', 'unbundled.json']) {
  const cases = readCases<TransformCase>(file);
  describe(`${file}: the Agent's form, and a better one where it errs`, () => {
    let ran = 0;
    for (const given of cases)
      test(`${given.id}: ${given.note}`, () => {
        ran++;
        checkCase(given);
      });

    test('all cases were run, both kinds', (t) => {
      const better = cases.filter((given) => given.peer_bug).length;
      assert.ok(better > 0 && better < cases.length);
      assert.equal(ran, cases.length);
      t.diagnostic(`${file}: ${ran} cases, ${ran - better} as the Agent does, ${better} better`);
    });
  });
}
