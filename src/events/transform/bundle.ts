/**
 * One bundle: events of one object and type told in one text, equal lines counted together. Where a bundle is full follows the Agent's
 * estimate of its size, so that both cut a series of events alike; it leaves enough room that a text never exceeds the limit.
 */
import type { KubeEvent } from '../../kube/wire/event.ts';
import type { CheckEvent, SourceEvent } from '../../sender.ts';
import { checkEvent, objectTitle } from './check-event.ts';
import type { TransformContext } from './context.ts';
import { nodeOf } from './host.ts';
import type { ObjectLookups } from './lookups.ts';
import { escapeMarkdown } from './markdown.ts';
import { printableLine, printableText } from './printable.ts';
import { emitterOf, sourceEvent } from './source-event.ts';
import { tagsOf } from './tags.ts';
import { cutText, maxTextLength, sortByCodePoints, textLength } from './text.ts';
import { utcText } from './times.ts';

/** Lengths in characters after escaping. */
const maxSize = 3750;
const emptySize = 250;
/** A line's count and blank. */
const lineOverhead = 11;
/** The longest count that {@link lineOverhead} has room for. */
const maxCount = 9_999_999_999;
/** A forged emitter must not leave lines without room. */
const maxEmitterLength = 2000;
const emitterSeparator = ', ';

export interface Bundle {
  readonly first: KubeEvent;
  readonly sources: [SourceEvent, ...SourceEvent[]];
  /** By line, not escaped. */
  readonly lines: Map<string, Line>;
  /** By name, escaped: the first event of each. */
  readonly emitters: Map<string, KubeEvent>;
  size: number;
  firstAtMs: number;
  lastAtMs: number;
  node: string | undefined;
}

interface Line {
  readonly escaped: string;
  /** How often it was seen. */
  count: number;
}

/** Takes any event, also one that is too big: its line is cut when the text is made. */
export function openBundle(event: KubeEvent, lookups: ObjectLookups): Bundle {
  const source = sourceEvent(event);
  const text = bundleLine(event);
  const line = { escaped: escapeMarkdown(text), count: source.count };
  const emitter = shownEmitter(event);
  return {
    first: event,
    sources: [source],
    lines: new Map([[text, line]]),
    emitters: new Map([[emitter, event]]),
    size: emptySize + textLength(emitter) + lineSize(line),
    firstAtMs: source.firstAtMs,
    // Never before 1970, as in the Agent.
    lastAtMs: Math.max(source.lastAtMs, 0),
    node: nodeOf(event, lookups),
  };
}

/** False, and nothing changed, if it doesn't fit. */
export function addToBundle(bundle: Bundle, event: KubeEvent, lookups: ObjectLookups): boolean {
  const text = bundleLine(event);
  const known = bundle.lines.get(text);
  const line = known ?? { escaped: escapeMarkdown(text), count: 0 };
  const emitter = shownEmitter(event);
  const source = sourceEvent(event);
  let growth = known ? 0 : lineSize(line);
  if (!bundle.emitters.has(emitter)) growth += emitterSeparator.length + textLength(emitter);
  const count = line.count + source.count;
  if ((growth > 0 && bundle.size + growth > maxSize) || count > maxCount) return false;

  line.count = count;
  if (!known) bundle.lines.set(text, line);
  bundle.size += growth;
  bundle.sources.push(source);
  if (!bundle.emitters.has(emitter)) bundle.emitters.set(emitter, event);
  bundle.firstAtMs = Math.min(bundle.firstAtMs, source.firstAtMs);
  bundle.lastAtMs = Math.max(bundle.lastAtMs, source.lastAtMs);
  bundle.node ??= nodeOf(event, lookups);
  return true;
}

export function bundleToCheckEvent(bundle: Bundle, sourceTypeName: string, context: TransformContext): CheckEvent {
  const { first, sources, node } = bundle;
  const emitters = [...bundle.emitters]
    .filter(([name, event]) => name !== '' || event === first)
    .map(([, event]) => event);
  const tagged = { object: first.object, ref: sources[0].object, node, reason: undefined, emitters };
  const parts = {
    sources,
    title: `Events from the ${objectTitle(first.object)}`,
    text: bundleText(bundle),
    timestampMs: bundle.lastAtMs,
    tags: tagsOf(tagged, context),
    sourceTypeName,
    node,
  };
  return checkEvent(first, parts, context);
}

function bundleText(bundle: Bundle): string {
  const head = '%%% \n';
  const emitters = [...bundle.emitters.keys()].filter((name) => name !== '').join(emitterSeparator);
  const emittedBy = emitters === '' ? '' : `emitted by the ${emitters} `;
  const foot = ` \n _Events ${emittedBy}seen at ${utcText(bundle.lastAtMs)} since ${utcText(bundle.firstAtMs)}_ \n\n %%%`;
  if (bundle.size <= maxSize) return head + bundleLines(bundle) + foot;
  // Over the estimate there is one line only; often it fits all the same.
  const [line = '', { count } = noLine] = bundle.lines.entries().next().value ?? [];
  const room = maxTextLength - textLength(head + foot) - 1;
  return `${head}${cutText(`${count} ${line.slice(0, -1)}`, room, escapeMarkdown)}\n${foot}`;
}

const noLine: Line = { escaped: '', count: 0 };

function bundleLines({ lines }: Bundle): string {
  let all = '';
  for (const text of sortByCodePoints([...lines.keys()])) {
    const { count, escaped } = lines.get(text) ?? noLine;
    all += `${all === '' ? '' : ' '}${count} ${escaped}`;
  }
  return all;
}

function bundleLine({ reason, message }: KubeEvent): string {
  return `**${printableLine(reason)}**: ${printableText(message)}\n`;
}

function lineSize({ escaped }: Line): number {
  return lineOverhead + textLength(escaped);
}

function shownEmitter(event: KubeEvent): string {
  return cutText(printableLine(emitterOf(event)), maxEmitterLength, escapeMarkdown);
}
