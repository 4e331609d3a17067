/**
 * What the reader tells becomes what waits for delivery: counted in the books, and in order. Of lists it also keeps how far they are, for
 * their signal and their gap. It never fails and never waits, as what was read does not come again.
 */
import type { Clock } from '../clock.ts';
import type { KubeEvent } from '../kube/wire/event.ts';
import { logger } from '../log.ts';
import type { EventGap } from '../report.ts';
import type { UnitObserver } from '../unit.ts';
import type { WatchOutput } from '../watch/output.ts';
import type { Checkpoint } from './checkpoint.ts';
import type { Fold } from './fold.ts';
import { gapOf } from './gap.ts';
import type { Ledger } from './ledger.ts';
import type { LowWaterMark } from './low-water.ts';
import { lastSeenAtMs } from './transform/times.ts';

type Page = WatchOutput & { readonly type: 'page' };

export interface IntakeOptions {
  /** The scope's name. */
  readonly scope: string;
  readonly clock: Clock;
  readonly ledger: Ledger;
  readonly checkpoint: Checkpoint;
  readonly waiting: LowWaterMark;
  /** Absent: repeats are not folded. */
  readonly fold?: Fold;
  readonly eventTtlMs: number;
  /** `startFrom`: in a first list, only what happened since is wanted. Unix milliseconds. */
  readonly oldestMs?: number;
  /** The stored text that was no version. */
  readonly unreadable?: string;
  /** When reading was last known to be complete. Unix milliseconds. */
  readonly wholeAtMs?: number;
}

interface IntakeRun {
  readonly observer?: UnitObserver | undefined;
  warn(message: string): void;
}

/** The list that is being read. */
interface OpenList {
  /** Monotonic. */
  readonly startedAtMs: number;
  /** On the wall clock. Absent: its beginning was not seen, another process began it. */
  readonly beganAtMs?: number;
  read: number;
  recovered: number;
}

const log = logger('events');

export class Intake {
  readonly #options: IntakeOptions;
  #wholeAtMs: number | undefined;
  #list: OpenList | undefined;
  #gaps: EventGap[] = [];
  #newestAtMs: number | undefined;

  constructor(options: IntakeOptions) {
    this.#options = options;
    this.#wholeAtMs = options.wholeAtMs;
  }

  take(output: WatchOutput, run: IntakeRun): void {
    const { ledger, waiting, checkpoint, fold } = this.#options;
    switch (output.type) {
      case 'woken':
        run.warn(
          `events were waiting as soon as a watch that had been silent for ${Math.round(output.silentMs / 1000)} s was opened again: its connection was most likely dead (a proxy that cuts idle ones?)`,
        );
        return;
      case 'interrupted':
        run.warn(`${output.error.message} (tried again after ${output.delayMs} ms)`);
        return;
      case 'located':
        this.#releaseAll();
        waiting.add([], output.place, { ordered: false });
        checkpoint.listEnded();
        return;
      case 'frames': {
        const { events, malformed, place } = output;
        if (events.length > 0 || malformed > 0) run.observer?.frameRead();
        ledger.book('read', events.length + malformed);
        ledger.book('malformed', malformed);
        this.release();
        waiting.add(fold ? fold.pass(events) : events, place, { ordered: true });
        this.whole();
        this.#newestAtMs = lastTimeOf(events) ?? this.#newestAtMs;
        return;
      }
      case 'page':
        this.#takePage(output, run);
    }
  }

  /** What was held for as long as it is to be joins what waits. */
  release(): void {
    const { waiting, fold } = this.#options;
    if (fold) waiting.addLate(fold.due());
  }

  /** When what the stream brought last had happened. Unix milliseconds. */
  get newestAtMs(): number | undefined {
    return this.#newestAtMs;
  }

  /** What there was up to this moment has been read. */
  whole(): void {
    this.#wholeAtMs = this.#options.clock.nowMs();
    this.#options.checkpoint.whole();
  }

  /** The gaps found since the last call. */
  takeGaps(): readonly EventGap[] {
    const gaps = this.#gaps;
    this.#gaps = [];
    return gaps;
  }

  #takePage(page: Page, run: IntakeRun): void {
    const { ledger, waiting, clock } = this.#options;
    const { list, events, repeated, malformed } = page;
    if (list.begins || !this.#list) {
      log('%s: listing, cause %s, from %s', this.#options.scope, list.cause, list.from);
      const began = list.begins ? { beganAtMs: clock.nowMs() } : {};
      this.#list = { startedAtMs: clock.monotonicMs(), ...began, read: 0, recovered: 0 };
      // Of one that is gone on with, the place that was stored is of the new history already.
      if (list.cause === 'rewound' && list.begins) this.#forget(page, run);
    }
    this.#releaseAll();
    const read = events.length + repeated + malformed;
    ledger.book('read', read);
    ledger.book('repeated', repeated);
    ledger.book('malformed', malformed);
    const wanted = list.cause === 'first' ? this.#youngEnough(events) : events;
    this.#list.read += read;
    this.#list.recovered += wanted.length;
    waiting.add(wanted, page.place, { ordered: false });
    if (list.ends) this.#endList(list, this.#list, run);
  }

  /** A list has no place that could stay below what is held. */
  #releaseAll(): void {
    const { waiting, fold } = this.#options;
    if (fold) waiting.addLate(fold.flush());
  }

  /** Where there was no token, `startFrom` may leave out what happened long before. */
  #youngEnough(events: readonly KubeEvent[]): readonly KubeEvent[] {
    const { oldestMs, ledger } = this.#options;
    if (oldestMs === undefined) return events;
    const young = events.filter((event) => lastSeenAtMs(event) >= oldestMs);
    if (young.length < events.length) ledger.filtered(new Map([['start-from', events.length - young.length]]));
    return young;
  }

  /** The one case in which a stored token goes down: removed, because it is about a history that is no more. */
  #forget({ list, place }: Page, run: IntakeRun): void {
    run.warn(
      `the API server's history was rewritten (etcd restored from a backup?): it is not the one that was read up to ${list.from ?? 'now'}; every event it holds now is delivered`,
    );
    this.#options.checkpoint.forget(place, list.from);
  }

  #endList(list: Page['list'], { startedAtMs, beganAtMs, read, recovered }: OpenList, run: IntakeRun): void {
    const { clock, checkpoint, scope, eventTtlMs, unreadable } = this.#options;
    this.#list = undefined;
    checkpoint.listEnded();
    run.observer?.relisted({ scope, cause: list.cause, read, durationMs: clock.monotonicMs() - startedAtMs });
    const gap = gapOf({
      list,
      scope,
      wholeAtMs: this.#wholeAtMs,
      nowMs: clock.nowMs(),
      recovered,
      eventTtlMs,
      ...(unreadable === undefined ? {} : { unreadable }),
    });
    if (gap) this.#gaps.push(gap);
    this.#wholeAtMs = beganAtMs ?? this.#wholeAtMs;
  }
}

function lastTimeOf(events: readonly KubeEvent[]): number | undefined {
  const last = events.at(-1);
  return last && lastSeenAtMs(last);
}
