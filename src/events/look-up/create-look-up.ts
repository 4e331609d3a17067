/**
 * Look-ups of the objects that events are about, on the API server: from memory where it can tell, else by a GET each. For all scopes of a
 * unit together, as they ask about the same nodes.
 *
 * Promised: a batch waits for at most half a second, and for nothing while the server is in trouble; whatever happens, its events go out.
 */
import type { Clock } from '../../clock.ts';
import { textOf } from '../../errors.ts';
import type { KubeEvent } from '../../kube/wire/event.ts';
import type { LookupStats } from '../../unit.ts';
import type { LookedUp } from '../options.ts';
import type { ResolvedEventOptions } from '../resolve-options.ts';
import { noLookups, type ObjectLookups } from '../transform/lookups.ts';
import { Asking, type Counts } from './asking.ts';
import { Inquiry } from './inquiry.ts';
import { type LookUp, type LookUpRun, noLookUp } from './look-up.ts';
import { type Memory, openMemory } from './memory.ts';
import { createPatience, type Patience } from './patience.ts';

/** Does nothing until something is to be looked up. */
export function createLookUp({ lookUp, namespaces }: Pick<ResolvedEventOptions, 'lookUp' | 'namespaces'>): LookUp {
  return lookUp.length === 0 ? noLookUp : new ApiLookUp(new Set(lookUp), namespaces === undefined);
}

/** What there is from the first question on. */
interface Opened {
  readonly memory: Memory;
  readonly patience: Patience;
  readonly asking: Asking;
}

class ApiLookUp implements LookUp {
  readonly #kinds: ReadonlySet<LookedUp>;
  readonly #wholeCluster: boolean;
  readonly #counts: Counts = { hits: 0, misses: 0, failures: 0, late: 0 };
  #opening: Promise<Opened> | undefined;
  #opened: Opened | undefined;

  constructor(kinds: ReadonlySet<LookedUp>, wholeCluster: boolean) {
    this.#kinds = kinds;
    this.#wholeCluster = wholeCluster;
  }

  get stats(): LookupStats {
    return { ...this.#counts };
  }

  async about(events: readonly KubeEvent[], run: LookUpRun): Promise<ObjectLookups> {
    const memory = this.#opened?.memory;
    memory?.tick();
    const inquiry = new Inquiry(this.#kinds, memory);
    for (const event of events) inquiry.about(event);
    this.#counts.hits += inquiry.hits;
    this.#counts.late += inquiry.tooMany;
    const { questions } = inquiry;
    if (questions.length === 0) return memory?.known ?? noLookups;
    try {
      this.#opened ??= await this.#open(run.clock);
      await this.#opened.asking.ask(questions, run);
      this.#opened.patience.tell(run.warn);
    } catch (error) {
      run.warn(`events go without what would have to be looked up: ${textOf(error)}`);
    }
    return this.#opened?.memory.known ?? noLookups;
  }

  stop(): void {
    this.#opened?.asking.stop();
  }

  #open(clock: Clock): Promise<Opened> {
    this.#opening ??= open(clock, { kinds: this.#kinds, wholeCluster: this.#wholeCluster, counts: this.#counts });
    return this.#opening;
  }
}

async function open(
  clock: Clock,
  {
    kinds,
    wholeCluster,
    counts,
  }: { readonly kinds: ReadonlySet<LookedUp>; readonly wholeCluster: boolean; readonly counts: Counts },
): Promise<Opened> {
  const memory = await openMemory(clock);
  const patience = createPatience(clock, { wholeCluster });
  return { memory, patience, asking: new Asking({ kinds, clock, memory, patience, counts }) };
}
