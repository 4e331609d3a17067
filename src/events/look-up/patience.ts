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
  /** The server has answered this while it was waited for: all is well, and the right is there. */
  answered(question: Question): void;
  /** Says what is to be said, each once. */
  tell(warn: (message: string) => void): void;
}

/** Rights may be granted meanwhile; trouble that comes and goes is told no more often. Milliseconds. */
const againMs = 600_000;

/** Half of it is longer than requests without an answer outlive their batch, or the next batch would wait for the same. Milliseconds. */
const firstRestMs = 4000;

/** Of a kind, as rights may differ between namespaces: what is refused in more than these is said no more, as they are many. */
const mostTold = 10;
/** Beyond these the one refused longest ago is asked again: a request, no more. */
const mostRealms = 1000;

/** @param wholeCluster - the right can be granted at the cluster scope as well as in a namespace */
export function createPatience(clock: Clock, { wholeCluster }: { readonly wholeCluster: boolean }): Patience {
  const backoff = createBackoff({ random: () => clock.random(), firstMs: firstRestMs, maxMs: 60_000 });
  let restsUntilMs = Number.NEGATIVE_INFINITY;
  let troubled = false;
  let toldAtMs = Number.NEGATIVE_INFINITY;
  /** By realm; the one refused longest ago first. One that is over still says that it was told. */
  const offUntilMs = new Map<string, number>();
  const told = new Map<string, number>();
  let notes: string[] = [];

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
    const times = told.get(question.kind) ?? 0;
    if (!offUntilMs.delete(realm) && times < mostTold) {
      notes.push(refusalOf(question, wholeCluster));
      told.set(question.kind, times + 1);
    }
    offUntilMs.set(realm, clock.monotonicMs() + againMs);
    const [oldest] = offUntilMs.keys();
    if (oldest !== undefined && offUntilMs.size > mostRealms) offUntilMs.delete(oldest);
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
    answered(question) {
      troubled = false;
      backoff.reset();
      offUntilMs.delete(realmOf(question));
    },
    tell(warn) {
      if (notes.length === 0) return;
      const telling = notes;
      notes = [];
      for (const note of telling) warn(note);
    },
  };
}

/** Where a right is granted: RoleBindings may grant it in one namespace and not in another. */
const realmOf = ({ kind, namespace }: Question): string => (kinds[kind].namespaced ? `${kind} ${namespace}` : kind);

function refusalOf({ kind, namespace }: Question, wholeCluster: boolean): string {
  const { group, tells, namespaced } = kinds[kind];
  const inNamespace = namespaced ? `in namespace "${namespace}"` : 'at the cluster scope';
  const where = namespaced && wholeCluster ? `${inNamespace}, or at the cluster scope for all of them` : inNamespace;
  return `events go without ${tells}: grant verb "get" on resource "${kind}" of API group "${group}" ${where}, or leave "${kind}" out of look_up`;
}
