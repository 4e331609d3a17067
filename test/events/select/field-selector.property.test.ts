import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { type FieldTerm, refusingTerm, selectableFields } from '../../../src/events/select/event-fields.ts';
import { parseFieldSelector, printTerm } from '../../../src/events/select/field-selector.ts';
import { parseFieldSelector as parseOnServer } from '../../../src/testing/fake-api-server/field-selector.ts';
import type { KubeObject } from '../../../src/testing/fake-api-server/object.ts';
import { events } from '../../../src/testing/fake-api-server/resources.ts';

const oneOf = <Value>(...values: readonly Value[]) => fc.constantFrom(...values);

/** Few, so that terms and events meet; and what must be escaped. */
const value = fc.oneof(
  oneOf('', 'a', 'b', 'Pod', 'a,b', 'a=b', 'a\\b', '\\', '\\,', '==', 'a b', '!', 'ä', '🚀'),
  fc.string({ unit: oneOf('a', ',', '=', '\\', '!', '🚀'), maxLength: 5 }),
);
const term: fc.Arbitrary<FieldTerm> = fc.record(
  {
    field: oneOf(...selectableFields),
    operator: oneOf('=', '==', '!=' as const),
    value,
  },
  { noNullPrototype: true },
);

const some = { requiredKeys: [] };
const event = fc
  .record(
    {
      involvedObject: fc.record(
        {
          kind: value,
          namespace: value,
          name: value,
          uid: value,
          apiVersion: value,
          resourceVersion: value,
          fieldPath: value,
        },
        some,
      ),
      reason: value,
      type: value,
      reportingComponent: value,
      source: fc.record({ component: value }, some),
    },
    some,
  )
  .chain((body) =>
    fc.record({ name: value, namespace: value }).map((metadata) => ({ ...body, metadata }) as unknown as KubeObject),
  );

test('terms that are printed are read back, alone and all in one element', () => {
  fc.assert(
    fc.property(fc.array(term, { minLength: 1, maxLength: 4 }), fc.boolean(), (terms, together) => {
      const printed = terms.map(printTerm);
      const { selector, problems } = parseFieldSelector(together ? [printed.join(',')] : printed);
      assert.deepEqual(problems, []);
      assert.deepEqual(
        selector.terms.map(({ field, operator, value: read }) => ({ field, operator, value: read })),
        terms,
      );
      assert.equal(selector.text, printed.join(','));
    }),
    { numRuns: 1000 },
  );
});

test('any word is one term that leaves out one reason, and the server takes it', () => {
  fc.assert(
    fc.property(fc.string({ unit: oneOf('a', ' ', ',', '\\', '!', ':'), maxLength: 6 }), (word) => {
      const { selector, problems } = parseFieldSelector([word]);
      assert.deepEqual(problems, []);
      assert.equal(selector.terms.length, word.trim() === '' ? 0 : 1);
      parseOnServer(selector.text, events);
    }),
    { numRuns: 500 },
  );
});

test('what has no problem is taken by the server, and what the server takes has none', () => {
  let taken = 0;
  const field = fc.oneof({ weight: 5, arbitrary: oneOf(...selectableFields) }, oneOf('count', '', 'Reason'));
  const raw = fc.string({ unit: oneOf('a', ',', '=', '\\', '\\\\', '\\,', 'reason=', '!='), maxLength: 4 });
  const written = fc.tuple(field, oneOf('=', '==', '!='), raw).map((parts) => parts.join(''));
  fc.assert(
    fc.property(written, (element) => {
      const { selector, problems } = parseFieldSelector([element]);
      let takes = true;
      try {
        parseOnServer(element, events);
        taken++;
      } catch {
        takes = false;
      }
      assert.equal(problems.length === 0, takes);
      parseOnServer(selector.text, events);
    }),
    { numRuns: 2000 },
  );
  assert.ok(taken > 300, `${taken}`);
});

test('an event is kept back by a term exactly where the server does not send it', () => {
  let kept = 0;
  fc.assert(
    fc.property(fc.array(term, { maxLength: 3 }), event, (terms, object) => {
      const { selector } = parseFieldSelector(terms.map(printTerm));
      const refusing = refusingTerm(selector.terms, object);
      assert.equal(parseOnServer(selector.text, events).matches(object), refusing === undefined);
      kept += refusing ? 0 : 1;
      if (refusing) {
        const before = selector.terms.slice(0, selector.terms.indexOf(refusing));
        assert.equal(refusingTerm(before, object), undefined, 'it is the first');
      }
    }),
    { numRuns: 3000 },
  );
  assert.ok(kept > 500, `${kept}`);
});

test('what is no event has none of the values', () => {
  for (const odd of [undefined, null, 5, 'x', [], { reason: 5, metadata: null, source: 'kubelet' }]) {
    assert.equal(refusingTerm([{ field: 'reason', operator: '!=', value: '5' }], odd), undefined);
    assert.equal(refusingTerm([{ field: 'source', operator: '=', value: '' }], odd), undefined);
    assert.ok(refusingTerm([{ field: 'metadata.name', operator: '=', value: 'x' }], odd));
  }
});
