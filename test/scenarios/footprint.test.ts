import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ManualClock } from '../../src/testing/index.ts';
import { startFakeWorld } from './fake-world.ts';
import { idlePollRuns, readTimeoutMs } from './footprint.ts';

test('an idle poll run takes two requests, the first of a process four, and its read timeout, and leaves no watch open', async () => {
  await using world = await startFakeWorld(new ManualClock());
  assert.deepEqual(await idlePollRuns(world), [readTimeoutMs, readTimeoutMs]);
});
