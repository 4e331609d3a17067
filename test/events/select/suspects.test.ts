import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { EventCollectorOptions } from '../../../src/events/options.ts';
import { sentenceOf } from '../../../src/events/select/suspect.ts';
import { suspects } from '../../../src/events/select/suspects.ts';

type Told = readonly (readonly [path: string, message: RegExp])[];

const pods = [{ kind: 'Pod' }];
const alone = { bundling: 'none', collectedEventTypes: pods } as const;

const suspicious: readonly (readonly [what: string, options: EventCollectorOptions, told: Told])[] = [
  ['nothing is named, and only what is named is sent', { bundling: 'none' }, [['bundling', /nothing is ever sent/]]],
  [
    'only reasons are named, and only what is named is sent',
    { bundling: 'none', collectedEventTypes: [{ reasons: ['A'] }] },
    [
      ['bundling', /nothing is ever sent/],
      ['collectedEventTypes[0]', /not used/],
    ],
  ],
  [
    'an entry of reasons only stands beside others',
    { bundling: 'unspecified', collectedEventTypes: [{ kind: 'Pod' }, { reasons: ['A'] }] },
    [['collectedEventTypes[1]', /not used/]],
  ],
  [
    'events are named, and everything is bundled',
    { collectedEventTypes: pods },
    [['collectedEventTypes', /no effect/]],
  ],
  [
    'a selector is given, and it is not used',
    { ...alone, filteredEventTypes: ['A'] },
    [['filteredEventTypes', /no effect/]],
  ],
  [
    'two values are asked for of one field',
    { filteredEventTypes: ['OOM', 'reason=A,reason=B'] },
    [['filteredEventTypes[1]', /"reason=A" and "reason=B": no event/]],
  ],
  [
    'a value is asked for and left out',
    { filteredEventTypes: ['type=Normal', 'type!=Normal'] },
    [['filteredEventTypes[1]', /no event is ever read/]],
  ],
  [
    'a word is left out that is asked for',
    { filteredEventTypes: ['OOM', 'reason==OOM'] },
    [['filteredEventTypes[1]', /"reason!=OOM" and "reason==OOM"/]],
  ],
  [
    'both types are left out',
    { filteredEventTypes: ['type!=Normal', 'OOM', 'type!=Warning'] },
    [['filteredEventTypes[2]', /only other type/]],
  ],
  [
    'a type is written small',
    { filteredEventTypes: ['type=normal'] },
    [['filteredEventTypes[0]', /no event is of this type/]],
  ],
  [
    'a type is left out that is none',
    { filteredEventTypes: ['type!=Error'] },
    [['filteredEventTypes[0]', /no event is of/]],
  ],
  [
    'selecting terms stand as elements of their own, as in the documented exclusion of the Agent',
    { filteredEventTypes: ['involvedObject.kind==Pod', 'type==Normal'] },
    [['filteredEventTypes[1]', /only what is both "involvedObject.kind==Pod" and "type==Normal"/]],
  ],
  [
    'words are in the form of old files of the Agent',
    { filteredEventTypes: ['reason:FailedGetScale', 'kind:Pod'] },
    [
      ['filteredEventTypes[0]', /write "reason!=FailedGetScale"/],
      ['filteredEventTypes[1]', /write "involvedObject.kind!=Pod"/],
    ],
  ],
  ['two words are one', { filteredEventTypes: ['A,B'] }, [['filteredEventTypes[0]', /each reason an element/]]],
  [
    'two words are one, by a blank',
    { filteredEventTypes: ['A B'] },
    [['filteredEventTypes[0]', /hardly such a reason/]],
  ],
  ['every namespace is left out', { excludeNamespaces: ['a', '*'] }, [['excludeNamespaces[1]', /every namespace/]]],
  [
    'every namespace is left out, in odd ways',
    { excludeNamespaces: ['?**'] },
    [['excludeNamespaces[0]', /every namespace/]],
  ],
  [
    'all namespaces that are read are left out',
    { namespaces: ['a', 'kube-x'], excludeNamespaces: ['kube-*', 'a'] },
    [['excludeNamespaces[1]', /nothing is ever sent/]],
  ],
  [
    'the namespace that is selected is left out',
    { filteredEventTypes: ['metadata.namespace=kube-x'], excludeNamespaces: ['kube-*'] },
    [['excludeNamespaces[0]', /nothing is ever sent/]],
  ],
  [
    'the selector asks for another namespace',
    { namespaces: ['a', 'b'], filteredEventTypes: ['metadata.namespace=b'] },
    [['namespaces[0]', /"metadata.namespace=b" of filteredEventTypes leaves out all events of "a"/]],
  ],
  [
    'the selector leaves a namespace out',
    { namespaces: ['a', 'b'], filteredEventTypes: ['metadata.namespace!=b'] },
    [['namespaces[1]', /leaves out/]],
  ],
  [
    'the selector asks for objects of another namespace',
    { namespaces: ['a'], filteredEventTypes: ['involvedObject.namespace=b'] },
    [['namespaces[0]', /leaves out/]],
  ],
  [
    'the selector leaves out a kind that is named',
    { bundling: 'unspecified', collectedEventTypes: pods, filteredEventTypes: ['involvedObject.kind!=Pod'] },
    [['collectedEventTypes[0]', /"involvedObject.kind!=Pod" of filteredEventTypes leaves out all that it names/]],
  ],
  [
    'the selector leaves out all reasons that are named',
    { defaultFilters: true, collectedEventTypes: [{ reasons: ['A', 'B'] }], filteredEventTypes: ['A', 'B'] },
    [['collectedEventTypes[0]', /"reason!=A"/]],
  ],
  ['a query is never true', { query: ' ( false ) ' }, [['query', /never true/]]],
];

describe('it is suspicious that', () => {
  for (const [what, options, expected] of suspicious)
    test(what, () => {
      const told = suspects(options);
      assert.deepEqual(
        told.map(({ path }) => path),
        expected.map(([path]) => path),
      );
      for (const [index, [, message]] of expected.entries())
        assert.match(sentenceOf(told[index] ?? assert.fail()), message);
    });
});

const fine: readonly (readonly [what: string, options: EventCollectorOptions])[] = [
  ['everything is bundled', {}],
  ['everything is bundled, said at length', { bundling: 'all', collectedEventTypes: [], filteredEventTypes: [''] }],
  ['only what is named is sent', alone],
  ['a source is named', { bundling: 'none', collectedEventTypes: [{ source: 'kubelet' }] }],
  ['the default lists name', { bundling: 'none', defaultFilters: true }],
  ['the rest is bundled', { bundling: 'unspecified' }],
  ['reasons are named for the default lists', { defaultFilters: true, collectedEventTypes: [{ reasons: ['A'] }] }],
  ['an unused selector is empty', { ...alone, filteredEventTypes: [' '] }],
  ['words are left out', { filteredEventTypes: ['OOM', 'FailedGetScale', 'my-reason_1', 'OOM'] }],
  ['a reason with a colon is left out by a selector', { filteredEventTypes: ['reason!=a:b'] }],
  ['one value is asked for twice', { filteredEventTypes: ['type=Normal', 'type==Normal'] }],
  ['one value is asked for, others are left out', { filteredEventTypes: ['reason=A', 'reason!=B', 'reason!=C'] }],
  ['one type is left out, twice', { filteredEventTypes: ['type!=Normal', 'type!=Normal'] }],
  ['terms that select stand in one element', { filteredEventTypes: ['involvedObject.kind=Pod,type=Warning'] }],
  ['one term selects, others leave out', { filteredEventTypes: ['involvedObject.kind!=Node', 'type==Normal'] }],
  ['some namespaces are left out', { excludeNamespaces: ['kube-*', '?'] }],
  ['some of the namespaces that are read are left out', { namespaces: ['a', 'b'], excludeNamespaces: ['a'] }],
  [
    'the selector asks for the namespace that is read',
    { namespaces: ['a'], filteredEventTypes: ['metadata.namespace=a'] },
  ],
  ['the selector leaves other namespaces out', { namespaces: ['a'], filteredEventTypes: ['metadata.namespace!=b'] }],
  [
    'objects in no namespace are selected, whose events are in one',
    { namespaces: ['default'], filteredEventTypes: ['involvedObject.namespace='] },
  ],
  [
    'objects of the namespace are left out, but not those in none',
    { namespaces: ['default'], filteredEventTypes: ['involvedObject.namespace!=default'] },
  ],
  [
    'the selector leaves out one of the reasons that are named',
    { defaultFilters: true, collectedEventTypes: [{ kind: 'Pod', reasons: ['A', 'B'] }], filteredEventTypes: ['A'] },
  ],
  [
    'an unused selector would leave out what is named',
    { bundling: 'none', collectedEventTypes: pods, filteredEventTypes: [] },
  ],
  ['a query speaks of false', { query: 'event.message == "false"' }],
];

describe('it is not suspicious that', () => {
  for (const [what, options] of fine) test(what, () => assert.deepEqual(suspects(options), []));
});
