import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseInstanceConfig } from '../../src/config/parse.ts';
import { checkConfig, checkUnits, validateConfig } from '../../src/config/validate.ts';
import type { EventCollectorOptions } from '../../src/events/options.ts';
import { eventCollector } from '../../src/units.ts';
import { issuesOf } from './refusal.ts';

/** The same mistake in either spelling, and what is said of it in both. */
const refused: readonly (readonly [
  what: string,
  events: EventCollectorOptions,
  inFile: object,
  path: readonly [inCode: string, inFile: string],
  message: RegExp,
  remedy: RegExp,
])[] = [
  [
    'a selector by a field that the API server does not know',
    { filteredEventTypes: ['OOM', 'typ!=Normal'] },
    { filtered_event_types: ['OOM', 'typ!=Normal'] },
    ['events.filteredEventTypes[1]', 'filtered_event_types[1]'],
    /"typ"; the nearest field is `type`$/,
    /involvedObject\.kind, .*reportingComponent, source, type, /,
  ],
  [
    'a selector by a field without its group',
    { filteredEventTypes: ['kind=Pod'] },
    { filtered_event_types: ['kind=Pod'] },
    ['events.filteredEventTypes[0]', 'filtered_event_types[0]'],
    /`involvedObject.kind`/,
    /knows/,
  ],
  [
    'a value that is not escaped',
    { filteredEventTypes: ['reason=a\\b'] },
    { filtered_event_types: ['reason=a\\b'] },
    ['events.filteredEventTypes[0]', 'filtered_event_types[0]'],
    /backslash that is not escaped/,
    /write `\\\\`/,
  ],
  [
    'a query that can not be read',
    { query: 'event.type ==' },
    { event_query: 'event.type ==' },
    ['events.query', 'event_query'],
    /column 14/,
    /^$/,
  ],
  [
    'a query of an unknown variable',
    { query: 'evnt.type == "Normal"' },
    { event_query: 'evnt.type == "Normal"' },
    ['events.query', 'event_query'],
    /evnt/,
    /`event`/,
  ],
  [
    'a namespace that no glob can mean',
    { excludeNamespaces: ['kube-*', 'kube_system'] },
    { exclude_namespaces: ['kube-*', 'kube_system'] },
    ['events.excludeNamespaces[1]', 'exclude_namespaces[1]'],
    /a glob of namespaces .*"kube_system"/,
    /^$/,
  ],
];

for (const [what, events, inFile, [pathInCode, pathInFile], message, remedy] of refused)
  test(`${what} is refused at every door, with its place`, () => {
    const doors: readonly (readonly [path: string, open: () => unknown])[] = [
      [pathInCode, () => validateConfig({ events })],
      [pathInCode, () => checkConfig({ events })],
      [pathInCode, () => checkUnits({ events })],
      [pathInCode, () => eventCollector(events)],
      [pathInFile, () => parseInstanceConfig({ collect_events: true, ...inFile })],
      [pathInFile, () => parseInstanceConfig(inFile)],
    ];
    for (const [path, open] of doors) {
      const [issue, ...more] = issuesOf(open);
      assert.deepEqual(more, []);
      assert.equal(issue?.path, path);
      assert.match(issue?.message ?? '', message);
      assert.match(issue?.remedy ?? '', remedy);
    }
  });

test('every element that is wrong is told of at once, beside other problems', () => {
  const events = { filteredEventTypes: ['count=1', 'OOM', 'reason=a=b'], query: '1', pageSize: 0 };
  assert.deepEqual(
    issuesOf(() => validateConfig({ events })).map(({ path }) => path),
    ['events.filteredEventTypes[0]', 'events.filteredEventTypes[2]', 'events.query', 'events.pageSize'],
  );
});

test('what has not the shape is not asked for its meaning', () => {
  const events = { filteredEventTypes: ['count=1', 5], query: 5 } as unknown as EventCollectorOptions;
  assert.deepEqual(
    issuesOf(() => validateConfig({ events })).map(({ path }) => path),
    ['events.filteredEventTypes[1]', 'events.query'],
  );
});

test('what is only badly written is accepted as it is written', () => {
  const filtered_event_types = [' OOM ', '', 'a,b', 'type != Normal'];
  assert.deepEqual(parseInstanceConfig({ collect_events: true, filtered_event_types }), {
    events: { filteredEventTypes: filtered_event_types },
  });
});

test('any glob of a namespace is accepted', () => {
  validateConfig({ events: { excludeNamespaces: ['*', 'kube-*', 'team-?', '*-dev', 'default', '0*'] } });
});
