import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { createSlots } from '../../src/kube/slots.ts';
import { never } from './server.ts';

test('the turn passes in the order of asking', async () => {
  const slots = createSlots(1);
  const order: number[] = [];
  await Promise.all(
    [1, 2, 3].map(async (n) => {
      const giveBack = await slots.take(never);
      order.push(n);
      giveBack();
    }),
  );
  assert.deepEqual(order, [1, 2, 3]);
});

test('giving back twice frees one turn', async () => {
  const slots = createSlots(1);
  const first = await slots.take(never);
  first();
  first();
  await slots.take(never);
  const ended = new AbortController();
  const waiting = slots.take(ended.signal);
  ended.abort(new Error('no turn'));
  await assert.rejects(waiting, /no turn/);
});

test('asked with an ended signal, nothing is taken', async () => {
  const slots = createSlots(1);
  await assert.rejects(slots.take(AbortSignal.abort(new Error('ended'))), /ended/);
  await slots.take(never);
});

test('whoever asks, leaves or gives back: never more than the bound, and at the end all are free', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.integer({ min: 1, max: 4 }),
      fc.array(fc.record({ leaves: fc.boolean(), turns: fc.integer({ min: 0, max: 3 }) }), { maxLength: 20 }),
      async (count, callers) => {
        const slots = createSlots(count);
        let taken = 0;
        let most = 0;
        const settled = callers.map(async ({ leaves, turns }) => {
          const ended = new AbortController();
          const asked = slots.take(ended.signal);
          if (leaves) ended.abort(new Error('left'));
          const giveBack = await asked;
          most = Math.max(most, ++taken);
          for (let n = 0; n < turns; n++) await undefined;
          taken--;
          giveBack();
        });
        await Promise.allSettled(settled);
        assert.ok(most <= count, `${most} of ${count}`);
        await Promise.all(Array.from({ length: count }, () => slots.take(never)));
      },
    ),
  );
});
