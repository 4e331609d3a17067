/** What a poll run costs that finds nothing new. */
import assert from 'node:assert/strict';
import { planWrites } from '../../test/scenarios/event-plan.ts';
import { createEventWriter } from '../../test/scenarios/event-writer.ts';
import { startFakeWorld } from '../../test/scenarios/fake-world.ts';
import { type IdleSubject, idleRuns, medianOf } from '../../test/scenarios/idle-runs.ts';
import type { Scenario } from '../scenario.ts';

const readTimeoutMs = 400;
const [warmUp, runs] = [10, 21];
const events = 10;

const subjects: Readonly<Record<string, IdleSubject>> = {
  'kube-apiserver-check, events alone': 'events unit',
  'kube-apiserver-check, with all defaults': 'check',
};

export const scenario: Scenario = {
  name: 'idle',
  title: 'An idle poll run',
  about:
    'A process that has read all events and runs again, against a fake API server of another process, over HTTP without TLS. ' +
    `The median of ${runs} runs after ${warmUp} others, each of which asserts that it is caught up and has read nothing.`,
  metrics: [
    { name: 'cpuMs', label: 'CPU a run', unit: 'ms', isMain: true },
    { name: 'requests', label: 'requests a run', unit: '' },
    { name: 'wallBeyondTimeoutMs', label: 'time beyond the read timeout', unit: 'ms' },
  ],
  subjects: Object.keys(subjects),
  prepare: async () => ({
    input: { readTimeoutMs, warmUpRuns: warmUp, runs },
    /** A server of its own each: a check leaves its token there, and a lease that runs. */
    async measure(name) {
      await using world = await startFakeWorld();
      await createEventWriter(world, planWrites(events, 4)).write(events);
      const subject = subjects[name] ?? assert.fail(name);
      const measured = await idleRuns(world.kubeconfigPath(), { subject, warmUp, runs, readTimeoutMs });
      assert.equal(measured.length, runs);
      return {
        cpuMs: medianOf(measured.map(({ cpuMs }) => cpuMs)),
        requests: medianOf(measured.map(({ requests }) => requests)),
        wallBeyondTimeoutMs: medianOf(measured.map(({ wallMs }) => wallMs)) - readTimeoutMs,
      };
    },
    [Symbol.asyncDispose]: async () => undefined,
  }),
};
