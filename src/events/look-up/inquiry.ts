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
  readonly #noted = new Set<string>();
  /** By the namespace of the events that ask. */
  readonly #questions = new Map<string, Question[]>();
  #asking = '';
  readonly #kinds: ReadonlySet<LookedUp>;
  readonly #memory: Memory | undefined;

  /** @param memory - undefined: nothing is known yet */
  constructor(kinds: ReadonlySet<LookedUp>, memory: Memory | undefined) {
    this.#kinds = kinds;
    this.#memory = memory;
  }

  /**
   * What memory could not answer, each once: in turn of each namespace that events are in, so that who writes events with names of their own
   * making takes no other's place. `tooMany` are left.
   */
  get questions(): readonly Question[] {
    const chosen: Question[] = [];
    for (let turn = 0; chosen.length < maxQuestions; turn++) {
      const next = [...this.#questions.values()].flatMap((asked) => asked[turn] ?? []);
      if (next.length === 0) break;
      chosen.push(...next.slice(0, maxQuestions - chosen.length));
    }
    return chosen;
  }

  /** Asked beyond {@link maxQuestions}. */
  get tooMany(): number {
    return Math.max(0, this.#noted.size - maxQuestions);
  }

  about(event: KubeEvent): void {
    this.#asking = event.namespace;
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
    if (this.#noted.has(id)) return;
    this.#noted.add(id);
    const asked = this.#questions.get(this.#asking);
    if (asked === undefined) this.#questions.set(this.#asking, [question]);
    else if (asked.length < maxQuestions) asked.push(question);
  }
}

/** The same over all kinds. */
export const idOf = ({ kind, key }: Pick<Question, 'kind' | 'key'>): string => `${kind} ${key}`;

/** Of a name; a uid has 36 characters. An event may have a mebibyte of each, which memory must not keep. */
const maxLength = 253;

/** What no object can be called is not asked for: an event's text must not become another path. */
export const isName = (name: string): boolean => name.length <= maxLength && subdomain.test(name);

/** @see https://kubernetes.io/docs/concepts/overview/working-with-objects/names/#dns-subdomain-names */
const subdomain = /^[a-z0-9](?:[-a-z0-9.]*[a-z0-9])?$/;
