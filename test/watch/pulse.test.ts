import assert from 'node:assert/strict';
import { beforeEach, describe, it } from 'node:test';
import { ManualClock } from '../../src/testing/manual-clock.ts';
import { createPulse, type PulseTaker } from '../../src/watch/pulse.ts';

describe('the pulse of a reader', () => {
  let clock: ManualClock;
  let pulse: PulseTaker;
  beforeEach(() => {
    clock = new ManualClock({ startAtMs: 1_000_000 });
    pulse = createPulse(clock);
  });

  it('says when the server was last heard of, and counts from its own beginning until then', async () => {
    await clock.advance(300);
    assert.deepEqual([pulse.heardAtMs, pulse.untriedMs], [undefined, 300]);
    pulse.heard();
    assert.deepEqual([pulse.heardAtMs, pulse.untriedMs], [1_000_300, 0]);
    await clock.advance(70);
    assert.deepEqual([pulse.heardAtMs, pulse.untriedMs], [1_000_300, 70]);
  });

  it('is not misled by a wall clock that is set', async () => {
    pulse.heard();
    clock.shiftWall(-3_600_000);
    await clock.advance(70);
    assert.deepEqual([pulse.untriedMs, pulse.quietMs], [70, 70]);
  });

  it('says how long a stream has been quiet: since its opening, or its last frames', async () => {
    await clock.advance(300);
    pulse.opened();
    await clock.advance(40);
    assert.equal(pulse.quietMs, 40);
    pulse.frames();
    await clock.advance(50);
    assert.equal(pulse.quietMs, 50);
  });

  describe('with frames after a stream that was given up as silent', () => {
    const reopenedAfter = async (silentMs: number, frameMs: number): Promise<number | undefined> => {
      pulse.opened();
      await clock.advance(silentMs);
      pulse.silent();
      pulse.opened();
      await clock.advance(frameMs);
      return pulse.frames();
    };
    it('tells how long it had been silent, where they had been waiting', async () => {
      assert.equal(await reopenedAfter(60_000, 999), 60_000);
    });
    it('tells it once', async () => {
      await reopenedAfter(60_000, 0);
      assert.equal(pulse.frames(), undefined);
    });
    it('tells nothing where they came later: it was only quiet', async () => {
      assert.equal(await reopenedAfter(60_000, 1000), undefined);
      assert.equal(pulse.frames(), undefined);
    });
  });

  it('tells nothing of frames of a stream that was never silent', () => {
    pulse.opened();
    assert.equal(pulse.frames(), undefined);
  });
});
