/** Several checks in one process, one of which has a server that is stuck: it takes connections and requests, and never answers. */
import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { KubeASCheck, type KubeASCheckConfig, type RunReport } from '../src/index.ts';
import { coreEvent, FakeApiServer, type FaultKind, ManualClock, RecordingSender } from '../src/testing/index.ts';

type Mode = 'poll' | 'watch';

interface Member {
  readonly server: FakeApiServer;
  readonly check: KubeASCheck;
}

interface Fleet {
  readonly stuck: Member;
  readonly others: readonly Member[];
  readonly clock: ManualClock;
  readonly idle: () => Promise<void>;
  /** All that was written at the servers that answer. */
  written(): readonly string[];
  /** All that any sender has taken. */
  committed(): readonly string[];
}

const otherCount = 5;

interface FleetOptions {
  readonly config: KubeASCheckConfig;
  readonly how: FaultKind;
  /** One sender for all. */
  readonly shared: boolean;
}

async function fleet(t: TestContext, { config, how, shared }: FleetOptions): Promise<Fleet> {
  const clock = new ManualClock();
  const members: Member[] = [];
  const senders = Array.from({ length: shared ? 1 : otherCount + 1 }, () => new RecordingSender());
  for (let n = 0; n <= otherCount; n++) {
    const server = await new FakeApiServer({ clock }).start();
    const sender = senders[n % senders.length] ?? assert.fail();
    members.push({ server, check: new KubeASCheck({ sender, clock, kubeConfig: server.kubeConfig(), config }) });
  }
  const [stuck, ...others] = members;
  assert.ok(stuck);
  stuck.server.fail({ how, times: Number.POSITIVE_INFINITY });
  // It sees the sockets of the whole process.
  const idle = () => stuck.server.idle();
  t.after(async () => {
    await clock.runUntil(Promise.all(members.map(({ check }) => check.stop())), { idle });
    for (const { server } of members) await server.close();
  });
  return {
    ...{ stuck, others, clock, idle },
    written: () => others.flatMap(({ server }) => server.eventVersions.map(({ id }) => id)).sort(),
    committed: () => senders.flatMap((sender) => sender.committedSourceIds()).sort(),
  };
}

function writeTo({ others, stuck }: Fleet, name: string): void {
  for (const [n, { server }] of [stuck, ...others].entries())
    server.addEvent(coreEvent({ name: `${name}-${n}`, object: { uid: `${n}` } }));
}

/** Its run, and whether that is over. */
function watched(run: Promise<RunReport>): { readonly run: Promise<RunReport>; readonly over: boolean } {
  let over = false;
  const end = () => {
    over = true;
  };
  run.then(end, end);
  return {
    run,
    get over() {
      return over;
    },
  };
}

/** What two runs of the others take: they read the first event from a list and the second from a watch. */
const tookMs: Readonly<Record<Mode, number>> = { poll: 2000 + 500, watch: 0 };

const surroundings = (['poll', 'watch'] as const).flatMap((mode) =>
  (['hang', 'stall'] as const).flatMap((how) => [true, false].map((leads) => ({ mode, how, leads }))),
);

for (const { mode, how, leads } of surroundings) {
  const config: KubeASCheckConfig = { leader: { skip: !leads }, events: { mode, batchWindowMs: 0 } };
  const where = `in ${mode} mode${leads ? ', with a lease' : ''}`;
  const stuck = how === 'hang' ? 'never answers' : 'answers half';

  for (const shared of [false, true]) {
    test(`${where}, a check whose server ${stuck} delays no other${shared ? ' of the same sender' : ''}`, async (t) => {
      const its = await fleet(t, { config, how, shared });
      const hanging = watched(its.stuck.check.run());
      for (const name of ['first', 'second']) {
        writeTo(its, name);
        const runs = Promise.all(its.others.map(({ check }) => check.run()));
        assert.ok((await its.clock.runUntil(runs, its)).every(({ ok }) => ok));
        await its.idle();
        assert.deepEqual(its.committed(), its.written());
      }
      assert.deepEqual([its.clock.monotonicMs(), hanging.over], [tookMs[mode], false]);
      await its.clock.runUntil(Promise.all(its.others.map(({ check }) => check.stop())), its);
      assert.deepEqual([its.clock.monotonicMs(), hanging.over], [tookMs[mode], false], 'nor does it delay their end');
    });
  }
}
