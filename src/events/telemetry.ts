/**
 * The collector's counts of itself, under the Agent's names: Kubernetes events looked at, and check events made of them. Each event is
 * counted once: its counts go along with the next hand-over, and are not handed over again when that is refused. Bounded in number and size.
 */
import type { KubeEvent } from '../kube/wire/event.ts';
import type { CheckEvent, Sender } from '../sender.ts';
import { PathMap } from './path-map.ts';
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

/** What a series is of; all are equally long. */
type Path = readonly [string, string, string, string, string, string];

/** Reasons are free text: who writes a new one each time must not make a series, and memory, of each. */
const maxSeries = 1000;
/** A mebibyte each, if nobody bounds them. Names of Kubernetes and of those who emit events are not longer. UTF-16 units. */
const maxValueLength = 200;

export function createEventTelemetry(): EventTelemetry {
  let series = new PathMap<Series>();

  /** @param values - of its tags, by their keys */
  function add(name: string, path: Path, values: () => Readonly<Record<string, string>>): void {
    const known = series.get(path);
    if (known) known.value++;
    else if (series.size < maxSeries) series.add(path, { name, tags: tagsOf(values()), value: 1 });
    else addToRest(name);
  }

  /** What has no series of its own. */
  function addToRest(name: string): void {
    const path: Path = [name, '', '', '', '', ''];
    const rest = series.get(path);
    if (rest) rest.value++;
    else series.add(path, { name, tags: ['series:other'], value: 1 });
  }

  function emitted({ sources: [first], sourceTypeName: source }: CheckEvent, isBundled: string): void {
    const kind = shortened(first.object.kind);
    const type = shortened(first.type);
    add('kubernetes_apiserver.emitted_events', [isBundled, kind, type, source, '', ''], () => ({
      ...{ kind, type, source },
      is_bundled: isBundled,
    }));
  }

  return {
    seen(event, source) {
      const kind = shortened(event.object.kind);
      const component = shortened(emitterOf(event));
      const type = shortened(event.type);
      const reason = shortened(event.reason);
      add('kubernetes_apiserver.kube_events', ['seen', kind, component, type, reason, source], () => ({
        kind,
        component,
        type,
        reason,
        source,
      }));
    },
    told({ alone, bundles }) {
      for (const event of alone) emitted(event, 'false');
      for (const event of bundles) emitted(event, 'true');
    },
    get waits() {
      return series.size > 0;
    },
    handOver(sender, tagsOfAll) {
      if (series.size === 0) return;
      const tagsOnAll = tagsOfAll();
      const counted = series.values;
      series = new PathMap();
      for (const { name, value, tags } of counted) sender.count({ name, value, tags: [...tags, ...tagsOnAll] });
    },
  };
}

const shortened = (text: string): string =>
  text.length > maxValueLength ? wellFormed(text.slice(0, maxValueLength)) : text;

/** What is unknown has no tag. */
const tagsOf = (values: Readonly<Record<string, string>>): readonly string[] =>
  Object.entries(values).flatMap(([key, value]) => (value === '' ? [] : [`${key}:${printableTag(value)}`]));
