/**
 * The collector's counts of itself, under the Agent's names: Kubernetes events looked at, and check events made of them. Each event is
 * counted once: its counts go along with the next hand-over, and are not handed over again when that is refused. Bounded in number and size.
 */
import type { KubeEvent } from '../kube/wire/event.ts';
import type { CheckEvent, Sender } from '../sender.ts';
import { keyOf } from './key-of.ts';
import { printableTag } from './transform/printable.ts';
import { emitterOf } from './transform/source-event.ts';
import { wellFormed } from './transform/text.ts';
import type { Telling } from './transform/transform.ts';

export interface EventTelemetry {
  /** An event was decided about. */
  seen(event: KubeEvent, sourceType: string): void;
  told(telling: Telling): void;
  /** Whether something was counted that is not handed over yet. */
  readonly waits: boolean;
  /** Hands over what was counted since the last time. `tagsOfAll` go on each sample; asked for only if there is one. */
  handOver(sender: Sender, tagsOfAll: () => readonly string[]): void;
}

interface Series {
  readonly name: string;
  readonly tags: readonly string[];
  value: number;
}

/** Reasons are free text: who writes a new one each time must not make a series, and memory, of each. */
const maxSeries = 1000;
/** A mebibyte each, if nobody bounds them. Names of Kubernetes and of those who emit events are not longer. UTF-16 units. */
const maxValueLength = 200;

export function createEventTelemetry(): EventTelemetry {
  const seriesByKey = new Map<string, Series>();

  function add(name: string, key: string, tags: () => readonly string[]): void {
    const known = seriesByKey.get(key);
    if (known) known.value++;
    else if (seriesByKey.size < maxSeries) seriesByKey.set(key, { name, tags: tags(), value: 1 });
    else {
      const rest = seriesByKey.get(name);
      if (rest) rest.value++;
      else seriesByKey.set(name, { name, tags: ['series:other'], value: 1 });
    }
  }

  function emitted({ sources: [first], sourceTypeName: source }: CheckEvent, isBundled: boolean): void {
    const kind = shortened(first.object.kind);
    const type = shortened(first.type);
    add('kubernetes_apiserver.emitted_events', keyOf(isBundled ? 'b' : 'a', kind, type, source), () =>
      tagsOf({ kind, type, source, is_bundled: String(isBundled) }),
    );
  }

  return {
    seen(event, source) {
      const kind = shortened(event.object.kind);
      const component = shortened(emitterOf(event));
      const type = shortened(event.type);
      const reason = shortened(event.reason);
      add('kubernetes_apiserver.kube_events', keyOf('k', kind, component, type, reason, source), () =>
        tagsOf({ kind, component, type, reason, source }),
      );
    },
    told({ alone, bundles }) {
      for (const event of alone) emitted(event, false);
      for (const event of bundles) emitted(event, true);
    },
    get waits() {
      return seriesByKey.size > 0;
    },
    handOver(sender, tagsOfAll) {
      if (seriesByKey.size === 0) return;
      const tags = tagsOfAll();
      const counted = [...seriesByKey.values()];
      seriesByKey.clear();
      for (const series of counted)
        sender.count({ name: series.name, value: series.value, tags: [...series.tags, ...tags] });
    },
  };
}

const shortened = (text: string): string =>
  text.length > maxValueLength ? wellFormed(text.slice(0, maxValueLength)) : text;

/** What is unknown has no tag. */
const tagsOf = (values: Readonly<Record<string, string>>): readonly string[] =>
  Object.entries(values).flatMap(([key, value]) => (value === '' ? [] : [`${key}:${printableTag(value)}`]));
