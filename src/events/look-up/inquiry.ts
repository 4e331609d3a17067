/**
 * What a batch of events asks about, found by letting the transforms' own rules ask: so nothing is fetched that they would not look at, and
 * nothing is left out that they do.
 */
import type { KubeEvent } from '../../kube/wire/event.ts';
import type { LookedUp } from '../options.ts';
import { cronJobOf } from '../transform/cron-job.ts';
import { nodeOf } from '../transform/host.ts';
import type { JobFacts, NodeFacts, ObjectLookups, PodFacts } from '../transform/lookups.ts';
import type { Asked, Facts } from './kinds.ts';
import { keyOf, type Memory } from './memory.ts';

export interface Question extends Asked {
  readonly kind: LookedUp;
  /** Its place in memory. */
  readonly key: string;
}

/** Of one batch. A node that is found through its pod comes on top. */
export const maxQuestions = 100;

export class Inquiry implements ObjectLookups {
  /** Answered from memory. */
  hits = 0;
  /** Asked beyond {@link maxQuestions}. */
  tooMany = 0;
  readonly #questions = new Map<string, Question>();
  readonly #kinds: ReadonlySet<LookedUp>;
  readonly #memory: Memory | undefined;

  /** @param memory - undefined: nothing is known yet */
  constructor(kinds: ReadonlySet<LookedUp>, memory: Memory | undefined) {
    this.#kinds = kinds;
    this.#memory = memory;
  }

  /** What memory could not answer, each once. */
  get questions(): readonly Question[] {
    return this.#questions.size === 0 ? none : [...this.#questions.values()];
  }

  about(event: KubeEvent): void {
    const node = nodeOf(event, this);
    if (node !== undefined) this.node(node);
    cronJobOf(event.object, this);
  }

  pod(namespace: string, name: string, uid: string): PodFacts | undefined {
    return this.#ask('pods', namespace, name, uid);
  }

  node(name: string): NodeFacts | undefined {
    return this.#ask('nodes', '', name, '');
  }

  job(namespace: string, name: string, uid: string): JobFacts | undefined {
    return this.#ask('jobs', namespace, name, uid);
  }

  #ask<K extends LookedUp>(kind: K, namespace: string, name: string, uid: string): Facts[K] | undefined {
    if (!this.#kinds.has(kind)) return undefined;
    const key = keyOf(kind, namespace, name, uid);
    const known = this.#memory?.recall(kind, key);
    if (known !== undefined) this.hits++;
    else if (isName(name) && (kind === 'nodes' || isName(namespace)) && uid.length <= maxLength)
      this.#note({ kind, namespace, name, uid, key });
    return known;
  }

  #note(question: Question): void {
    const id = idOf(question);
    if (this.#questions.has(id)) return;
    if (this.#questions.size < maxQuestions) this.#questions.set(id, question);
    else this.tooMany++;
  }
}

const none: readonly Question[] = [];

/** The same over all kinds. */
export const idOf = ({ kind, key }: Pick<Question, 'kind' | 'key'>): string => `${kind} ${key}`;

/** Of a name; a uid has 36 characters. An event may have a mebibyte of each, which memory must not keep. */
const maxLength = 253;

/** What no object can be called is not asked for: an event's text must not become another path. */
const isName = (name: string): boolean => name.length <= maxLength && subdomain.test(name);

/** @see https://kubernetes.io/docs/concepts/overview/working-with-objects/names/#dns-subdomain-names */
const subdomain = /^[a-z0-9](?:[-a-z0-9.]*[a-z0-9])?$/;
