import assert from 'node:assert/strict';
import { it } from 'node:test';
import { createNotes } from '../../src/events/notes.ts';

it('notes are taken once, each text once, in their order', () => {
  const notes = createNotes();
  for (const text of ['a', 'b', 'a']) notes.add(text);
  assert.deepEqual(notes.take(), ['a', 'b']);
  assert.deepEqual(notes.take(), []);
  notes.add('a');
  assert.deepEqual(notes.take(), ['a']);
});

it('notes are no more than a report can bear, and say how many more there were', () => {
  const notes = createNotes();
  for (let n = 0; n < 53; n++) notes.add(`note ${n}`);
  notes.add('note 0');
  const taken = notes.take();
  assert.deepEqual([taken.length, taken[49], taken[50]], [51, 'note 49', 'and 3 more warnings']);
  assert.deepEqual(notes.take(), []);
});
