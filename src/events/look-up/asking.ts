/**
 * The questions of a batch to the API server: few at a time, and for no longer than a batch may wait. An answer that comes later is kept for
 * the next batch. Nothing here rejects.
 */
import { type Clock, deadline } from '../../clock.ts';
import { asKubeCheckError, isKubeCheckError, KubeCheckError } from '../../errors.ts';
import { createSlots } from '../../kube/slots.ts';
import type { KubeApi } from '../../kube-api.ts';
import { orAborted } from '../../or-aborted.ts';
import type { LookupStats } from '../../unit.ts';
import type { LookedUp } from '../options.ts';
import { idOf, isName, type Question } from './inquiry.ts';
import { type Facts, kinds, maxDelayMs, readObject } from './kinds.ts';
import type { LookUpRun } from './look-up.ts';
import { keyOf, type Memory } from './memory.ts';
import type { Patience } from './patience.ts';

export type Counts = { -readonly [Count in keyof LookupStats]: LookupStats[Count] };

/** `known`: in memory by now. `void`: failed, or not to be asked at all. `late`: not within the batch's time. */
type Outcome = 'answered' | 'known' | 'void' | 'late';

/** One batch while it waits. */
interface Batch {
  readonly api: KubeApi;
  /** Its time is over. */
  readonly limit: AbortSignal;
  /** Questions without an outcome. */
  open: number;
}

/** Of all scopes together, so that lists, commits of tokens and the control plane's checks always find a free connection. */
const maxConcurrent = 2;
/** For an answer that no batch waits for any more. Milliseconds. */
const timeoutMs = 2000;

export interface AskingOptions {
  readonly kinds: ReadonlySet<LookedUp>;
  readonly clock: Clock;
  readonly memory: Memory;
  readonly patience: Patience;
  readonly counts: Counts;
}

export class Asking {
  readonly #options: AskingOptions;
  readonly #slots = createSlots(maxConcurrent);
  readonly #underWay = new Map<string, Promise<Outcome>>();
  /** Answers ever got. */
  #answers = 0;
  #ending = new AbortController();

  constructor(options: AskingOptions) {
    this.#options = options;
  }

  /** Resolves when all is answered, or when the batch has waited long enough. */
  async ask(questions: readonly Question[], { api, signal }: Pick<LookUpRun, 'api' | 'signal'>): Promise<void> {
    const { clock, patience, counts } = this.#options;
    const asked = questions.filter((question) => !patience.isOff(question));
    if (asked.length === 0) return;
    if (patience.resting) {
      counts.late += asked.length;
      return;
    }
    const limit = deadline(clock, maxDelayMs, () => new Error('late'), signal);
    const batch: Batch = { api, limit: limit.signal, open: 0 };
    const answersBefore = this.#answers;
    const answers = Promise.all(asked.map((question) => this.#settle(question, batch)));
    await orAborted(answers, limit.signal).catch(() => undefined);
    limit.clear();
    if (limit.passed && this.#answers === answersBefore) patience.slow();
    counts.late += batch.open;
  }

  stop(): void {
    this.#ending.abort(new KubeCheckError('ABORTED', 'look-ups: stopped'));
    this.#ending = new AbortController();
  }

  /** Of a pod also its node. */
  async #settle(question: Question, batch: Batch): Promise<void> {
    const { memory, patience } = this.#options;
    batch.open++;
    const outcome = await this.#answer(question, batch);
    if (outcome === 'late' || batch.limit.aborted) return;
    batch.open--;
    if (outcome === 'void') return;
    if (outcome === 'answered') patience.answered(question);
    const nodeName = question.kind === 'pods' ? memory.recall('pods', question.key)?.nodeName : undefined;
    if (nodeName) await this.#settleNode(nodeName, batch);
  }

  async #settleNode(name: string, batch: Batch): Promise<void> {
    const { kinds: wanted, memory } = this.#options;
    const key = keyOf('nodes', '', name, '');
    if (!wanted.has('nodes') || !isName(name) || memory.recall('nodes', key) !== undefined) return;
    await this.#settle({ kind: 'nodes', namespace: '', name, uid: '', key }, batch);
  }

  async #answer(question: Question, { api, limit }: Batch): Promise<Outcome> {
    const { memory, patience } = this.#options;
    let giveBack: () => void;
    try {
      giveBack = await this.#slots.take(limit);
    } catch {
      return 'late';
    }
    const id = idOf(question);
    const known = memory.recall(question.kind, question.key) === undefined ? this.#underWay.get(id) : 'known';
    if (known !== undefined || patience.resting || patience.isOff(question)) {
      giveBack();
      return known ?? (patience.isOff(question) ? 'void' : 'late');
    }
    const answer = this.#fetch(question, api).finally(() => {
      this.#underWay.delete(id);
      giveBack();
    });
    this.#underWay.set(id, answer);
    return answer;
  }

  async #fetch<K extends LookedUp>(question: Question & { readonly kind: K }, api: KubeApi): Promise<Outcome> {
    const { patience, counts } = this.#options;
    const kind = kinds[question.kind];
    const path = kind.path(question);
    counts.misses++;
    try {
      const object = readObject(await api.json({ path, signal: this.#ending.signal, timeoutMs }));
      if (object === undefined) throw new KubeCheckError('API_MALFORMED', `GET ${path}: no object of the API`);
      return this.#keep(question, kind.read(object, question));
    } catch (thrown) {
      if (isKubeCheckError(thrown, 'ABORTED')) return 'late';
      if (isKubeCheckError(thrown, 'API_ABSENT')) return this.#keep(question, kind.absent);
      counts.failures++;
      patience.failed(question, asKubeCheckError(thrown, 'UNIT_FAILED', 'look-ups'));
      return 'void';
    }
  }

  #keep<K extends LookedUp>(question: Question & { readonly kind: K }, facts: Facts[K]): Outcome {
    const { memory } = this.#options;
    memory.keep(question.kind, question, facts);
    this.#answers++;
    return 'answered';
  }
}
