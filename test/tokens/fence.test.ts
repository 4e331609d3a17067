/** Who may claim and who may write: every pair of a stored writer and another one. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { Fence } from '../../src/leader-elector.ts';
import { assertMayClaim, assertMayWrite, fenceToStore, isSameFence, parseFence } from '../../src/tokens/fence.ts';

const mine: Fence = { holder: 'pod-a', term: 3, lease: 'l1' };
const unnamed: Fence = { holder: 'pod-a', term: 3 };
const may = true;
const FENCED = false;

interface Row {
  readonly stored: string;
  readonly fence: Fence | undefined;
  readonly mine: Fence;
  readonly claim: boolean;
  readonly write: boolean;
}

const table: readonly Row[] = [
  { stored: 'nobody', fence: undefined, mine, claim: may, write: may },
  { stored: 'itself', fence: { ...mine }, mine, claim: may, write: may },
  { stored: 'an earlier term', fence: { ...mine, holder: 'pod-b', term: 2 }, mine, claim: may, write: may },
  { stored: 'an earlier term of its own', fence: { ...mine, term: 2 }, mine, claim: may, write: may },
  { stored: 'a later term', fence: { ...mine, holder: 'pod-b', term: 4 }, mine, claim: FENCED, write: FENCED },
  { stored: 'a later term of its own', fence: { ...mine, term: 4 }, mine, claim: FENCED, write: FENCED },
  { stored: 'its term of another holder', fence: { ...mine, holder: 'pod-b' }, mine, claim: may, write: FENCED },
  {
    stored: 'an earlier term of another lease',
    fence: { ...mine, term: 2, lease: 'l2' },
    mine,
    claim: may,
    write: FENCED,
  },
  { stored: 'its term of another lease', fence: { ...mine, lease: 'l2' }, mine, claim: may, write: FENCED },
  {
    stored: 'a later term of another lease',
    fence: { ...mine, term: 9, lease: 'l2' },
    mine,
    claim: may,
    write: FENCED,
  },
  { stored: 'an earlier term of no lease', fence: { ...unnamed, term: 2 }, mine, claim: may, write: FENCED },
  { stored: 'a later term of no lease', fence: { ...unnamed, term: 9 }, mine, claim: may, write: FENCED },
  { stored: 'itself, both of no lease', fence: { ...unnamed }, mine: unnamed, claim: may, write: may },
  {
    stored: 'an earlier term, both of no lease',
    fence: { ...unnamed, term: 2 },
    mine: unnamed,
    claim: may,
    write: may,
  },
  {
    stored: 'a later term, both of no lease',
    fence: { ...unnamed, term: 4 },
    mine: unnamed,
    claim: FENCED,
    write: FENCED,
  },
  {
    stored: 'its term of another holder, both of no lease',
    fence: { ...unnamed, holder: 'pod-b' },
    mine: unnamed,
    claim: may,
    write: FENCED,
  },
  {
    stored: 'an earlier term of a lease, itself of none',
    fence: { ...mine, term: 2 },
    mine: unnamed,
    claim: may,
    write: FENCED,
  },
  {
    stored: 'a later term of a lease, itself of none',
    fence: { ...mine, term: 9 },
    mine: unnamed,
    claim: may,
    write: FENCED,
  },
  {
    stored: 'the term before the first',
    fence: { ...mine, term: -1 },
    mine: { ...mine, term: 0 },
    claim: may,
    write: may,
  },
];

const judges = [
  ['claim', assertMayClaim],
  ['write', assertMayWrite],
] as const;

describe('who finds stored', () => {
  for (const row of table)
    for (const [what, judge] of judges)
      test(`${row.stored} ${row[what] ? 'may' : 'must not'} ${what}`, () => {
        if (row[what]) judge(row.fence, row.mine);
        else assert.throws(() => judge(row.fence, row.mine), { code: 'FENCED' });
      });

  test('itself, and nobody else, needs no claim', () => {
    const same = table.filter(({ fence, mine }) => isSameFence(fence, mine)).map(({ stored }) => stored);
    assert.deepEqual(same, ['itself', 'itself, both of no lease']);
  });
});

describe('a refusal says', () => {
  for (const [what, stored, message, remedy] of [
    [
      'the later term',
      { ...mine, holder: 'pod-b', term: 4 },
      'the event token belongs to term 4 of "pod-b", this is term 3',
      /newer leader goes on/,
    ],
    [
      'the other lease',
      { ...mine, holder: 'pod-b', term: 0, lease: 'l2' },
      'the event token belongs to term 0 of "pod-b" under another lease, this is term 3',
      /newer leader goes on/,
    ],
    [
      'both holders of one term, which no elector may give twice',
      { ...mine, holder: 'pod-b' },
      'the event token belongs to term 3 of "pod-b", this is term 3 of "pod-a"',
      /terms count up/,
    ],
    [
      "whose it is, escaped and cut, as it may be anyone's text",
      { ...mine, holder: `a"\n${'x'.repeat(200)}`, term: 4 },
      `the event token belongs to term 4 of "a\\"\\n${'x'.repeat(97)}…", this is term 3`,
      /newer leader goes on/,
    ],
  ] as const)
    test(what, () => {
      assert.throws(() => assertMayWrite(stored, mine), { code: 'FENCED', message, remedy });
    });
});

describe('a stored writer', () => {
  for (const value of [
    undefined,
    null,
    7,
    'pod-a',
    [],
    {},
    { holder: 'pod-a' },
    { term: 3 },
    { holder: 'pod-a', term: '3' },
    { holder: 'pod-a', term: Number.POSITIVE_INFINITY },
    { holder: 7, term: 3 },
    { holder: 'pod-a', term: 3, lease: '' },
    { holder: 'pod-a', term: 3, lease: 7 },
    { holder: 'pod-a', term: 3, lease: null },
  ])
    test(`is nobody where it reads ${JSON.stringify(value)}`, () => assert.equal(parseFence(value), undefined));

  for (const fence of [mine, unnamed])
    test(`is read back as stored, and without what else an elector says: ${JSON.stringify(fence)}`, () => {
      const more = { ...fence, secret: 'x' };
      assert.deepEqual(fenceToStore(more), fence);
      assert.deepEqual(parseFence(JSON.parse(JSON.stringify(more))), fence);
    });
});
