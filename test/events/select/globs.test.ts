import assert from 'node:assert/strict';
import { test } from 'node:test';
import { matchesGlob } from '../../../src/events/select/globs.ts';

for (const [glob, matched, others] of [
  ['default', ['default'], ['default2', 'adefault', '']],
  ['kube-*', ['kube-system', 'kube-'], ['kube', 'my-kube-system']],
  ['*-dev', ['a-dev', '-dev', 'a-dev-dev'], ['dev', 'a-dev1']],
  ['*', ['a', ''], []],
  ['?*', ['a', 'ab'], ['']],
  ['team-?', ['team-1'], ['team-', 'team-12']],
  ['a*b*c', ['abc', 'aXbXbYc', 'abcc'], ['acb', 'ab']],
  ['a**', ['a', 'ab'], ['b']],
  ['a.c', ['a.c'], ['abc']],
  ['', [''], ['a']],
] satisfies [string, string[], string[]][])
  test(`the glob "${glob}" matches ${JSON.stringify(matched)} and not ${JSON.stringify(others)}`, () => {
    for (const name of matched) assert.ok(matchesGlob(glob, name), name);
    for (const name of others) assert.ok(!matchesGlob(glob, name), name);
  });

test('a pattern of many stars takes no more time than its length', () => {
  assert.equal(matchesGlob('*a'.repeat(31), `${'a'.repeat(62)}b`), false);
});
