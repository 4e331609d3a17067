import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { isKubeCheckError } from '../../../src/errors.ts';
import {
  appliedSelector,
  parseFieldSelector,
  type SelectorProblem,
} from '../../../src/events/select/field-selector.ts';

describe('a list of filters becomes the selector', () => {
  for (const [what, elements, text] of [
    ['nothing, of nothing', [], ''],
    ['of a word: not this reason', ['OOM'], 'reason!=OOM'],
    ['of all elements, in order', ['type=Normal', 'OOM', 'source!=kubelet'], 'type=Normal,reason!=OOM,source!=kubelet'],
    ['with each operator as it was written', ['type=A', 'type==A', 'type!=A'], 'type=A,type==A,type!=A'],
    ['of several terms in one element', ['reason!=A,type=Warning', 'B'], 'reason!=A,type=Warning,reason!=B'],
    ['with an empty value', ['reason!=', 'involvedObject.namespace='], 'reason!=,involvedObject.namespace='],
    ['without elements of nothing but blanks', ['', ' ', '\n\t', 'OOM'], 'reason!=OOM'],
    ['without empty terms', [',type=Normal,,reason!=A,', ' , '], 'type=Normal,reason!=A,reason!=\\,'],
    ['without blanks around a word', ['  OOM \n'], 'reason!=OOM'],
    ['without blanks around terms, fields and values', [' type != Normal , reason = A '], 'type!=Normal,reason=A'],
    ['with the blanks inside a word or value', ['a b', 'reason=c d'], 'reason!=a b,reason=c d'],
    ['with a comma of a word escaped', ['a,b'], 'reason!=a\\,b'],
    ['with a backslash of a word escaped', ['C:\\new'], 'reason!=C:\\\\new'],
    ['with a last backslash of a word escaped', ['a\\'], 'reason!=a\\\\'],
    ['with the escapes of a word as they were', ['a\\,b\\\\c'], 'reason!=a\\,b\\\\c'],
    ['with what is not escaped beside what is', ['a\\,b,c'], 'reason!=a\\,b\\,c'],
    ['with escapes in values as they were', ['reason=a\\,b\\=c\\\\d,type=X'], 'reason=a\\,b\\=c\\\\d,type=X'],
    ['with an exclamation mark in a value', ['reason=a!b'], 'reason=a!b'],
    ['with characters beyond the first plane', ['reason!=🚀', '🚀'], 'reason!=🚀,reason!=🚀'],
  ] satisfies [string, string[], string][])
    test(what, () => {
      const { selector, problems } = parseFieldSelector(elements);
      assert.equal(selector.text, text);
      assert.deepEqual(problems, []);
    });
});

describe('a list of filters has a problem', () => {
  for (const [what, elements, expected] of [
    [
      'with an unknown field',
      ['OOM', 'count!=1'],
      { element: 1, message: /selected by "count"/, unknownField: 'count' },
    ],
    ['with a field in another case', ['Type=Normal'], { element: 0, message: /"Type"/, unknownField: 'Type' }],
    ['without a field', ['=x'], { element: 0, message: /without a field/ }],
    [
      'with a name that every object has',
      ['constructor=x'],
      { element: 0, message: /"constructor"/, unknownField: 'constructor' },
    ],
    ['with an escaped equals sign only', ['a\\=b'], { element: 0, message: /"a\\\\"/, unknownField: 'a\\' }],
    ['with a word beside terms', ['reason!=A,B'], { element: 0, message: /"B" is neither/ }],
    ['with an equals sign in a value', ['reason=a=b'], { element: 0, message: /equals sign/ }],
    ['with three equals signs', ['reason===b'], { element: 0, message: /equals sign/ }],
    ['with a backslash in a value', ['reason=a\\b'], { element: 0, message: /backslash/ }],
    ['with a backslash at the end of a value', ['reason=a\\'], { element: 0, message: /backslash/ }],
    ['with a backslash before the end of an escape', ['reason=a\\\\\\'], { element: 0, message: /backslash/ }],
    ['with an escaped blank', ['reason=a\\ '], { element: 0, message: /backslash/ }],
  ] satisfies [string, string[], { element: number; message: RegExp; unknownField?: string }][])
    test(what, () => {
      const { problems } = parseFieldSelector(elements);
      assert.equal(problems.length, 1);
      const [{ element, message, remedy, unknownField }] = problems as [SelectorProblem];
      assert.deepEqual({ element, unknownField }, { element: expected.element, unknownField: expected.unknownField });
      assert.match(message, expected.message);
      assert.ok(remedy.length > 5);
    });
});

test('every problem of every element is found, and what has none is the selector', () => {
  const { selector, problems } = parseFieldSelector(['count=1,reason=a=b,type=Normal', 'OOM', 'x=y']);
  assert.deepEqual(
    problems.map(({ element }) => element),
    [0, 0, 2],
  );
  assert.equal(selector.text, 'type=Normal,reason!=OOM');
});

test('a term knows its element, its value without escapes, and whether it was a word', () => {
  assert.deepEqual(parseFieldSelector(['', 'a,b', 'type==a\\=b']).selector.terms, [
    { field: 'reason', operator: '!=', value: 'a,b', element: 1, bare: true },
    { field: 'type', operator: '==', value: 'a=b', element: 2, bare: false },
  ]);
});

test('a text of the configuration is cut and escaped in a message', () => {
  const { problems } = parseFieldSelector([`\u001b${'x'.repeat(500)}=1`]);
  assert.match(problems[0]?.message ?? '', /^events can't be selected by "\\u001bx{39}…"$/);
});

test('the selector is applied unless only the named events are sent', () => {
  const filteredEventTypes = ['OOM'];
  for (const bundling of ['all', 'unspecified'] as const)
    assert.equal(appliedSelector({ bundling, filteredEventTypes }).text, 'reason!=OOM');
  assert.equal(appliedSelector({ filteredEventTypes }).text, 'reason!=OOM');
  assert.equal(appliedSelector({ bundling: 'none', filteredEventTypes }).text, '');
  assert.equal(appliedSelector({}).text, '');
});

test('what the server would refuse is never applied', () => {
  assert.throws(
    () => appliedSelector({ filteredEventTypes: ['OOM', 'count=1'] }),
    (error) => isKubeCheckError(error, 'CONFIG_INVALID') && /^events\.filteredEventTypes\[1\]: /.test(error.message),
  );
});
