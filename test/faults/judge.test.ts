import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Delivery } from './delivered.ts';
import { judge } from './judge.ts';
import type { Evidence, FaultRecord, Lead, TokenSample } from './timeline.ts';

const nothing: Evidence = { held: [], given: [], made: [], deliveries: [], faults: [], leads: [], tokens: [] };
const made = (...ids: readonly string[]) => ids.map((id, index) => ({ id, atMs: index }));
const by = (process: string, atMs: number, ...ids: readonly string[]): readonly Delivery[] =>
  ids.map((id) => ({ id, process, atMs }));

/** From 100 to 200, recovered at 300, the token at 10. */
const fault = (kind: FaultRecord['kind'], more: Partial<FaultRecord> = {}): FaultRecord => ({
  ...{ kind, fromMs: 100, overMs: 200, recoveredMs: 300, savedVersion: 10 },
  ...more,
});

test('the last version of an object that is in no file is lost, also one that was there before the run', () => {
  const { lost, skipped } = judge({
    ...nothing,
    given: ['z:1'],
    made: made('a:2', 'b:3', 'a:4'),
    held: ['z:1', 'b:3', 'a:4'],
    deliveries: by('p', 5, 'a:2', 'b:3'),
  });
  assert.deepEqual({ lost, skipped }, { lost: ['z:1', 'a:4'], skipped: 0 });
});

test('versions that were overtaken or deleted unread are skipped, not lost', () => {
  const { lost, skipped, written, delivered } = judge({
    ...nothing,
    made: made('a:1', 'a:2', 'b:3'),
    held: ['a:2'],
    deliveries: by('p', 5, 'a:2'),
  });
  assert.deepEqual({ lost, skipped, written, delivered }, { lost: [], skipped: 2, written: 3, delivered: 1 });
});

test('a delivery of what nobody wrote is told', () => {
  assert.deepEqual(judge({ ...nothing, made: made('a:1'), deliveries: by('p', 5, 'a:1', 'b:2') }).unknown, ['b:2']);
});

test('a version that the server gives again after a restore has to come again', () => {
  const evidence: Evidence = {
    ...nothing,
    made: [
      { id: 'a:9', atMs: 50 },
      { id: 'a:9', atMs: 250 },
    ],
    held: ['a:9'],
    faults: [fault('etcd-restored')],
  };
  assert.deepEqual(judge({ ...evidence, deliveries: by('p', 60, 'a:9') }).lost, ['a:9']);
  assert.deepEqual(judge({ ...evidence, deliveries: by('p', 260, 'a:9') }).lost, []);
});

test('what the server went back to needs no second delivery, and what it rolled back is not lost', () => {
  const { lost, skipped } = judge({
    ...nothing,
    made: made('a:1', 'a:8', 'b:9'),
    held: ['a:1'],
    faults: [fault('etcd-restored')],
    deliveries: by('p', 60, 'a:1', 'a:8'),
  });
  assert.deepEqual({ lost, skipped }, { lost: [], skipped: 1 });
});

interface Row {
  readonly title: string;
  readonly deliveries: readonly Delivery[];
  readonly faults: readonly FaultRecord[];
  readonly leads?: readonly Lead[];
  readonly repeated: Readonly<Record<string, number>>;
  readonly unexcused?: number;
}

const twice = (first: readonly [string, number], second: readonly [string, number], id = 'a:11') => [
  ...by(...first, id),
  ...by(...second, id),
];

const rows: readonly Row[] = [
  { title: 'without a fault', deliveries: twice(['p', 1], ['p', 2]), faults: [], repeated: {}, unexcused: 1 },
  {
    title: 'behind the token that a killed process left',
    deliveries: twice(['p', 150], ['q', 250]),
    faults: [fault('killed', { process: 'p' })],
    repeated: { 'kill -9': 1 },
  },
  {
    title: 'below the token that a killed process left',
    deliveries: twice(['p', 150], ['q', 250], 'a:10'),
    faults: [fault('killed', { process: 'p' })],
    repeated: {},
    unexcused: 1,
  },
  {
    title: 'of a process that was not killed',
    deliveries: twice(['p', 150], ['q', 250]),
    faults: [fault('killed', { process: 'q' })],
    repeated: {},
    unexcused: 1,
  },
  {
    title: 'both after a kill',
    deliveries: twice(['p', 201], ['q', 250]),
    faults: [fault('killed', { process: 'p' })],
    repeated: {},
    unexcused: 1,
  },
  {
    title: 'after SIGTERM',
    deliveries: twice(['p', 150], ['q', 250]),
    faults: [fault('terminated', { process: 'p' })],
    repeated: {},
    unexcused: 1,
  },
  {
    title: 'twice after two kills',
    deliveries: [...twice(['p', 150], ['q', 250]), ...by('r', 500, 'a:11')],
    faults: [fault('killed', { process: 'p' }), fault('killed', { process: 'q', fromMs: 400, overMs: 400 })],
    repeated: { 'kill -9': 2 },
  },
  {
    title: 'of a paused process and the one that leads instead',
    deliveries: twice(['p', 90], ['q', 150]),
    faults: [fault('paused', { process: 'p' })],
    repeated: { pause: 1 },
  },
  {
    title: 'of a paused process that begins something new afterwards',
    deliveries: twice(['q', 150], ['p', 210]),
    faults: [fault('paused', { process: 'p' })],
    repeated: {},
    unexcused: 1,
  },
  {
    title: 'of a paused process alone',
    deliveries: twice(['p', 90], ['p', 210]),
    faults: [fault('paused', { process: 'p' })],
    repeated: {},
    unexcused: 1,
  },
  {
    title: 'across a restore',
    deliveries: twice(['p', 50], ['p', 250], 'a:1'),
    faults: [fault('etcd-restored')],
    repeated: { restore: 1 },
  },
  {
    title: 'twice after a restore',
    deliveries: twice(['p', 210], ['p', 250], 'a:1'),
    faults: [fault('etcd-restored')],
    repeated: {},
    unexcused: 1,
  },
  {
    title: 'by a process that begins with a token lowered by hand',
    deliveries: twice(['p', 50], ['q', 160]),
    faults: [fault('token-lowered')],
    leads: [{ process: 'q', fromMs: 150 }],
    repeated: { 'token changed by hand': 1 },
  },
  {
    title: 'by a process that runs on under a token lowered by hand',
    deliveries: twice(['p', 50], ['p', 160]),
    faults: [fault('token-lowered')],
    leads: [{ process: 'p', fromMs: 10 }],
    repeated: {},
    unexcused: 1,
  },
  {
    title: 'below the lowered token',
    deliveries: twice(['p', 50], ['q', 160], 'a:9'),
    faults: [fault('token-lowered')],
    leads: [{ process: 'q', fromMs: 150 }],
    repeated: {},
    unexcused: 1,
  },
  {
    title: 'by another that leads after an outage',
    deliveries: twice(['p', 90], ['q', 310]),
    faults: [fault('api-server-killed')],
    leads: [{ process: 'q', fromMs: 250 }],
    repeated: { 'lease lost in an outage': 1 },
  },
  {
    title: 'by the same that goes on after an outage',
    deliveries: twice(['p', 90], ['p', 310]),
    faults: [fault('api-server-killed')],
    leads: [{ process: 'p', fromMs: 250 }],
    repeated: {},
    unexcused: 1,
  },
  {
    title: 'by another that led already before an outage',
    deliveries: twice(['p', 90], ['q', 310]),
    faults: [fault('api-server-killed')],
    leads: [{ process: 'q', fromMs: 50 }],
    repeated: {},
    unexcused: 1,
  },
  {
    title: 'when commits are rejected',
    deliveries: twice(['p', 150], ['p', 160]),
    faults: [fault('commits-rejected')],
    repeated: {},
    unexcused: 1,
  },
];

for (const { title, deliveries, faults, leads = [], repeated, unexcused = 0 } of rows)
  test(`a second delivery ${title} is ${unexcused > 0 ? 'told as wrong' : 'excused'}`, () => {
    const ids = [...new Set(deliveries.map(({ id }) => id))];
    const verdict = judge({ ...nothing, made: made(...ids), held: ids, deliveries, faults, leads });
    assert.deepEqual(verdict.repeated, repeated);
    assert.equal(verdict.unexcused.length, unexcused);
    assert.deepEqual(verdict.lost, []);
  });

const samples = (...values: readonly (readonly [atMs: number, version: number | undefined])[]): TokenSample[] =>
  values.map(([atMs, version]) => ({ atMs, sinceMs: atMs - 1, version }));

/** The restore of `fault` went back to 10; by 250 there are 30 versions again, by 900 there are 60. */
const afterRestore = [
  { id: 'a:11', atMs: 205 },
  { id: 'a:30', atMs: 240 },
  { id: 'a:60', atMs: 900 },
];

const drops: readonly (readonly [
  title: string,
  tokens: TokenSample[],
  faults: readonly FaultRecord[],
  drops: number,
])[] = [
  ['forwards', samples([1, 5], [2, 6], [3, 10]), [], 0],
  ['back', samples([1, 5], [2, 4]), [], 1],
  ['away and back where it was', samples([1, 5], [2, undefined], [3, 5]), [], 0],
  ['away and further back', samples([1, 5], [2, undefined], [3, 4]), [], 1],
  ['back under our hand', samples([1, 50], [150, 10], [160, 60]), [fault('token-lowered')], 0],
  ['back after our hand was mended', samples([1, 50], [150, 10], [160, 60], [210, 55]), [fault('token-lowered')], 1],
  ['back by a restore', samples([1, 50], [210, 10]), [fault('etcd-restored')], 0],
  ['back where a restore is noticed late', samples([1, 50], [910, undefined], [920, 40]), [fault('etcd-restored')], 0],
  [
    'back behind a restore, stored after it',
    samples([1, 50], [210, 10], [250, 51], [920, 40]),
    [fault('etcd-restored')],
    0,
  ],
  [
    'back in the history after a restore',
    samples([1, 50], [210, 10], [250, 30], [920, 29]),
    [fault('etcd-restored')],
    1,
  ],
  ['back by an outage', samples([1, 50], [210, 10]), [fault('api-server-killed')], 1],
];

for (const [title, tokens, faults, expected] of drops)
  test(`a stored token that goes ${title} is ${expected > 0 ? 'told as wrong' : 'right'}`, () => {
    assert.equal(judge({ ...nothing, tokens, faults, made: afterRestore }).tokenBack.length, expected);
  });
