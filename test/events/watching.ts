/** Events units in watch mode over real HTTP, on one fake API server and one manual clock. The books are checked after each report. */
import assert from 'node:assert/strict';
import type { TestContext } from 'node:test';
import type { KubeCheckError } from '../../src/errors.ts';
import type { EventCollectorOptions } from '../../src/events/options.ts';
import { eventUnit } from '../../src/events/unit.ts';
import { createOwnedKubeApi } from '../../src/kube/api.ts';
import type { EventActivity, UnitOutcome } from '../../src/report.ts';
import type { Sender } from '../../src/sender.ts';
import { coreEvent, FakeApiServer, ManualClock, RecordingSender } from '../../src/testing/index.ts';
import type { TokenStore } from '../../src/token-store.ts';
import type { Unit, UnitContext } from '../../src/unit.ts';
import { createUnitContext } from '../../src/unit-context.ts';
import { assertBooks } from '../books.ts';
import { type LoggingStore, loggingStore } from './logging-store.ts';

/** A {@link UnitOutcome}, flat. */
export interface Told extends EventActivity {
  readonly status: UnitOutcome['status'];
  readonly error?: KubeCheckError;
  readonly warnings: readonly string[];
}

export interface Ports {
  readonly sender?: Sender;
  readonly store?: TokenStore;
}

export interface Collecting {
  readonly unit: Unit;
  /** Its report, of which no time may pass. */
  run(more?: Partial<UnitContext>): Promise<Told>;
  /** What a run in which it has no turn tells. */
  takeEvents(now: { readonly ledElsewhere: boolean }): EventActivity;
  /** Resolves when it has ended; time passes as far as needed. */
  stop(): Promise<void>;
  /** Delivered, of all its reports. */
  readonly delivered: number;
}

export interface Watching {
  readonly clock: ManualClock;
  readonly server: FakeApiServer;
  readonly sender: RecordingSender;
  readonly store: LoggingStore;
  /** A process of its own. It is stopped at the end of the test. */
  unit(options?: EventCollectorOptions, ports?: Ports): Collecting;
  /** For a unit that is run without checks of its books. */
  context(): UnitContext;
  /** Writes events of these names. */
  add(...names: readonly string[]): void;
  pass(ms: number): Promise<void>;
  /** All happens that needs no time. */
  calm(): Promise<void>;
  /** Ids committed, in order. */
  told(): readonly string[];
  /** Every version that was written is committed, and none twice. */
  assertAllOnce(): void;
}

export async function watching(t: TestContext): Promise<Watching> {
  const clock = new ManualClock({ random: 0 });
  const server = await new FakeApiServer({ clock }).start();
  const api = createOwnedKubeApi(server.kubeConfig(), clock);
  const sender = new RecordingSender();
  const store = loggingStore();
  const idle = { idle: () => server.idle() };
  const units: Collecting[] = [];
  t.after(async () => {
    for (const each of units) await each.stop();
    api.close();
    await server.idle();
    assert.equal(server.openWatches.length, 0, 'a watch was left open');
    await server.close();
  });

  function unit(options: EventCollectorOptions = {}, ports: Ports = {}): Collecting {
    const made = eventUnit({
      mode: 'watch',
      bundling: 'none',
      collectedEventTypes: [{ kind: 'Pod' }],
      tokenStore: ports.store ?? store,
      ...options,
    });
    let previous: { readonly events: EventActivity } | undefined;
    let delivered = 0;
    function close(events: EventActivity): EventActivity {
      assertBooks({ events }, previous);
      previous = { events };
      delivered += events.ledger.delivered;
      return events;
    }
    const collecting: Collecting = {
      unit: made,
      get delivered() {
        return delivered;
      },
      async run(more = {}) {
        const warnings: string[] = [];
        const warn = (message: string) => void warnings.push(message);
        const atMs = clock.monotonicMs();
        const context = createUnitContext({ api, clock, sender: ports.sender ?? sender, warn, ...more });
        const outcome = (await made.run(context)) ?? assert.fail('no outcome');
        assert.equal(clock.monotonicMs(), atMs);
        const error = outcome.status === 'failed' ? { error: outcome.error } : {};
        assert.ok(outcome.events);
        return { status: outcome.status, ...error, ...close(outcome.events), warnings };
      },
      takeEvents: (now) => close(made.takeEvents?.(now) ?? assert.fail('it takes none')),
      stop: () => clock.runUntil(made.stop?.() ?? assert.fail('it has no stop'), idle),
    };
    units.push(collecting);
    return collecting;
  }

  return {
    clock,
    server,
    sender,
    store,
    unit,
    context: () => createUnitContext({ api, clock, sender }),
    add(...names) {
      for (const name of names) server.addEvent(coreEvent({ name, object: { name } }));
    },
    pass: (ms) => clock.advance(ms, idle),
    calm: () => server.idle(),
    told: () => sender.committedSourceIds(),
    assertAllOnce() {
      assert.deepEqual([...sender.committedSourceIds()].sort(), server.eventVersions.map(({ id }) => id).sort());
      assert.deepEqual(sender.duplicateSourceIds(), []);
    },
  };
}
