/** What a check costs that is one of a hundred in its process. */
import assert from 'node:assert/strict';
import { type ChildProcess, fork } from 'node:child_process';
import { join } from 'node:path';
import { type FakeServers, startFakeServers } from '../fake-servers.ts';
import type { FleetOrder, FleetSaid } from '../fleet.ts';
import type { Measurement, Scenario } from '../scenario.ts';

const checks = 100;
const eventsPerSecond = 10;
const seconds = 30;
const eventsEach = eventsPerSecond * seconds;

const modes: Readonly<Record<string, FleetOrder['mode']>> = {
  'kube-apiserver-check, watch mode': 'watch',
  'kube-apiserver-check, poll mode': 'poll',
};

export const scenario: Scenario = {
  name: 'fleet',
  title: 'A hundred checks in one process',
  about:
    `${checks} checks with all defaults against ${checks} fake API servers of another process, over HTTP without TLS; ` +
    `${eventsPerSecond} events a second at each for ${seconds} s, each committed once to a sender that discards it. ` +
    'Memory is what the process grew by over one that has run a single check before, at its peak.',
  metrics: [
    { name: 'cpuMsPerCheckPerSecond', label: 'CPU a check, a second', unit: 'ms', isMain: true },
    { name: 'rssMbPerCheck', label: 'memory a check', unit: 'MB' },
    { name: 'rssMb', label: 'memory of the process', unit: 'MB' },
  ],
  subjects: Object.keys(modes),
  rounds: 3,
  prepare: async () => ({
    input: { checks, eventsPerSecond, seconds },
    measure: (subject) => measure(modes[subject] ?? assert.fail(subject)),
    async [Symbol.asyncDispose]() {},
  }),
};

/** Servers of its own for each round, as a fleet keeps its tokens on them. */
async function measure(mode: FleetOrder['mode']): Promise<Measurement> {
  await using servers = await startFakeServers(checks);
  const order: FleetOrder = { mode, urls: servers.urls, eventsEach };
  const child = fork(join(import.meta.dirname, '../fleet-process.ts'), [JSON.stringify(order)], {
    execArgv: ['--expose-gc'],
  });
  try {
    return figuresOf(await collect(child, servers));
  } finally {
    child.kill('SIGKILL');
  }
}

async function collect(child: ChildProcess, servers: FakeServers): Promise<FleetSaid> {
  assert.equal((await nextOf(child)).at, 'collecting');
  child.send('go');
  const collected = nextOf(child);
  const [said] = await Promise.all([collected, servers.write(eventsEach, eventsPerSecond)]);
  return said;
}

function figuresOf(said: FleetSaid): Measurement {
  assert.ok(said.at === 'collected');
  const { cpuMs, wallMs, baseBytes, peakBytes } = said;
  return {
    cpuMsPerCheckPerSecond: cpuMs / checks / (wallMs / 1000),
    rssMbPerCheck: (peakBytes - baseBytes) / checks / 1e6,
    rssMb: peakBytes / 1e6,
  };
}

function nextOf(child: ChildProcess): Promise<FleetSaid> {
  return new Promise((resolve, reject) => {
    const died = (code: number | null) => reject(new Error(`the process of the fleet has ended: ${code}`));
    child.once('exit', died);
    child.once('message', (said) => {
      child.removeListener('exit', died);
      resolve(said as FleetSaid);
    });
  });
}
