/**
 * Event collection of one scope in watch mode: the first run starts it, the tenure ends it. A run never waits for it: it tells what
 * happened since the last one, and begins anew what has ended meanwhile.
 */
import type { CommitGate } from '../commit-gate.ts';
import { asKubeCheckError, type KubeCheckError, retold } from '../errors.ts';
import type { EventActivity, UnitOutcome } from '../report.ts';
import type { TokenStore } from '../token-store.ts';
import type { UnitContext, UnitProgress } from '../unit.ts';
import { Collection } from './collection.ts';
import { harmless } from './harmless.ts';
import { createNotes } from './notes.ts';
import { progressOf, withPlace } from './outcome.ts';
import type { ResolvedEventOptions } from './resolve-options.ts';
import type { Scope } from './scope.ts';
import type { SharedPorts } from './session.ts';
import { WatchLoop } from './watch-loop.ts';

/** Events that happened so short a while ago are the newest there can be on a cluster that is never quiet. */
const freshMs = 5000;

export class WatchCollector {
  readonly #collection: Collection;
  readonly #notes = createNotes();
  #loop: WatchLoop | undefined;

  constructor(options: ResolvedEventOptions, scope: Scope, shared?: SharedPorts) {
    this.#collection = new Collection(options, scope, shared);
  }

  async run(given: UnitContext, store: TokenStore, gate: CommitGate): Promise<UnitOutcome> {
    const error = this.#failure();
    const last = this.#loop;
    if (!given.tenure.aborted && (last === undefined || last.ending)) {
      // What it says between two runs is told by the next one.
      const context = { ...given, ...harmless({ ...given, warn: (message) => this.#notes.add(message) }) };
      const after = last?.ended ?? Promise.resolve();
      this.#loop = new WatchLoop(this.#collection, { context, store, gate, after });
    }
    const { session } = this.#collection;
    if (error && last?.error === error && session?.delivery.refusal !== undefined)
      this.#notes.add(asKubeCheckError(session.delivery.refusal, 'COMMIT_FAILED', 'events').message);
    for (const note of this.#notes.take()) given.warn(note);
    const events = this.#collection.close(error === undefined && this.#isCaughtUp(given));
    return error ? { status: 'failed', error: withPlace(error, session), events } : { status: 'ok', events };
  }

  async stop(): Promise<void> {
    await this.#loop?.stop();
  }

  takeEvents({ ledElsewhere }: { readonly ledElsewhere: boolean }): EventActivity {
    if (ledElsewhere && this.#loop?.over) this.#collection.giveUp();
    return this.#collection.close(false);
  }

  progress(): UnitProgress {
    return progressOf(this.#collection, this.#loop?.live ?? true);
  }

  /** What is wrong at this moment, the gravest first. */
  #failure(): KubeCheckError | undefined {
    const loop = this.#loop;
    if (!loop) return undefined;
    const { reader, delivery, checkpoint, counts } = this.#collection.session ?? {};
    if (loop.error) return loop.error;
    if (delivery?.refusal !== undefined) return asKubeCheckError(delivery.refusal, 'COMMIT_FAILED', 'events');
    if (reader?.failure) return reader.failure;
    const uncounted = counts?.takeRefusal();
    if (uncounted !== undefined) return asKubeCheckError(uncounted, 'COMMIT_FAILED', 'the counts of events');
    return loop.saveFailure && lagging(loop.saveFailure, checkpoint?.unsavedSinceMs);
  }

  /** The stream is open, all it brought is committed, and it is quiet or brings what has just happened. */
  #isCaughtUp({ clock }: UnitContext): boolean {
    const { session, options } = this.#collection;
    if (session === undefined || session.delivery.pending > 0 || session.reader.state.at !== 'streaming') return false;
    const ageMs = clock.nowMs() - (session.intake.newestAtMs ?? Number.NEGATIVE_INFINITY);
    return session.reader.pulse.quietMs >= options.readQuietMs || Math.abs(ageMs) < freshMs;
  }
}

/** How far the stored token is behind: what a kill would repeat. */
function lagging(error: KubeCheckError, unsavedSinceMs: number | undefined): KubeCheckError {
  if (unsavedSinceMs === undefined) return error;
  const since = new Date(unsavedSinceMs).toISOString();
  const message = `${error.message}; delivery goes on, what is committed since ${since} is not saved`;
  return retold(error, message, { details: { unsavedSinceMs } });
}
