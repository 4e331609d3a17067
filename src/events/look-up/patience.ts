/**
 * Whether the API server may be asked just now. One that fails, is slow or asks for patience is left alone for a while, so that an outage
 * delays one batch and not each; what the rights do not allow is off. Both are said when they begin, not in each run.
 */
import type { Clock } from '../../clock.ts';
import type { KubeCheckError } from '../../errors.ts';
import { createBackoff } from '../../watch/backoff.ts';
import type { Question } from './inquiry.ts';
import { kinds, maxDelayMs } from './kinds.ts';

export interface Patience {
  /** Nothing is asked for a while. */
  readonly resting: boolean;
  /** The right to ask this is missing. */
  isOff(question: Question): boolean;
  failed(question: Question, error: KubeCheckError): void;
  /** A batch has waited in vain. */
  slow(): void;
  /** An answer came while it was waited for: all is well. */
  answered(): void;
  /** Says what is to be said, each once. */
  tell(warn: (message: string) => void): void;
}

/** Rights may be granted meanwhile; trouble that comes and goes is told no more often. Milliseconds. */
const againMs = 600_000;

/** Half of it is longer than requests without an answer outlive their batch, or the next batch would wait for the same. Milliseconds. */
const firstRestMs = 4000;

/** @param apart - rights may differ between namespaces, which are few */
export function createPatience(clock: Clock, { apart }: { readonly apart: boolean }): Patience {
  const backoff = createBackoff({ random: () => clock.random(), firstMs: firstRestMs, maxMs: 60_000 });
  let restsUntilMs = Number.NEGATIVE_INFINITY;
  let troubled = false;
  let toldAtMs = Number.NEGATIVE_INFINITY;
  const offUntilMs = new Map<string, number>();
  let notes: string[] = [];

  const realmOf = ({ kind, namespace }: Question): string =>
    apart && kinds[kind].namespaced ? `${kind} ${namespace}` : kind;

  function rest(why: string, retryAfterMs?: number): void {
    const nowMs = clock.monotonicMs();
    // Several requests that were under way fail of one cause.
    const restMs = nowMs < restsUntilMs ? (retryAfterMs ?? 0) : backoff.next(retryAfterMs);
    restsUntilMs = Math.max(restsUntilMs, nowMs + restMs);
    if (!troubled && nowMs - toldAtMs >= againMs) {
      notes.push(`events go for now without what would have to be looked up: ${why}`);
      toldAtMs = nowMs;
    }
    troubled = true;
  }

  function refused(question: Question): void {
    const realm = realmOf(question);
    if (!offUntilMs.has(realm)) notes.push(refusalOf(question));
    offUntilMs.set(realm, clock.monotonicMs() + againMs);
  }

  return {
    get resting() {
      return clock.monotonicMs() < restsUntilMs;
    },
    isOff: (question) =>
      offUntilMs.size > 0 && clock.monotonicMs() < (offUntilMs.get(realmOf(question)) ?? Number.NEGATIVE_INFINITY),
    failed(question, error) {
      if (error.code === 'API_DENIED') refused(question);
      else rest(error.message, error.retryAfterMs);
    },
    slow: () => rest(`the API server did not answer within ${maxDelayMs} ms`),
    answered() {
      troubled = false;
      backoff.reset();
    },
    tell(warn) {
      if (notes.length === 0) return;
      const told = notes;
      notes = [];
      for (const note of told) warn(note);
    },
  };
}

function refusalOf({ kind, namespace }: Question): string {
  const { group, tells, namespaced } = kinds[kind];
  const where = namespaced ? `in namespace "${namespace}"` : 'at the cluster scope';
  return `events go without ${tells}: grant verb "get" on resource "${kind}" of API group "${group}" ${where}, or leave "${kind}" out of look_up`;
}
