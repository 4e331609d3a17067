import assert from 'node:assert/strict';
import { test } from 'node:test';
import { editDistance, nearest } from '../../src/config/nearest.ts';

const distances: readonly (readonly [from: string, to: string, distance: number])[] = [
  ['', '', 0],
  ['', 'abc', 3],
  ['abc', '', 3],
  ['abc', 'abc', 0],
  ['kitten', 'sitting', 3],
  ['page_szie', 'page_size', 1],
  ['ca', 'abc', 3],
  ['tgas', 'tags', 1],
];

for (const [from, to, distance] of distances) {
  test(`from "${from}" to "${to}" it is ${distance}`, () => assert.equal(editDistance(from, to), distance));
}

test('the nearest name wins, the first of equals', () => {
  assert.equal(nearest('waer', ['tags', 'wire', 'wore']), 'wire');
});

test('case and dashes are no distance', () => {
  assert.equal(nearest('Page-Size', ['wage_size', 'page_size']), 'page_size');
});

test('a name left outside its group is found there', () => {
  assert.equal(nearest('size', ['sizes', 'page.size']), 'page.size');
});

test('an overlong name has no neighbour', () => {
  assert.equal(nearest('x'.repeat(65), ['tags']), undefined);
});
