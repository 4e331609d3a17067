/**
 * Human-readable lines, one an item, written at the commit. Text from the cluster can neither break a line nor drive the terminal:
 * whatever does not show is escaped.
 */
import type { CheckEvent, MetricSample, Sender, ServiceCheck } from '../sender.ts';
import { escapeText } from './output/escape.ts';
import { type Item, lineSender } from './output/line-sender.ts';
import { streamWriter } from './output/stream-writer.ts';

/** What {@link consoleSender} may be told. */
export interface ConsoleSenderOptions {
  /** Where the lines go; never ended by the sender. @defaultValue process.stdout */
  readonly stream?: NodeJS.WritableStream;
}

/**
 * Writes what it is handed as lines for people:
 *
 * ```text
 * gauge  openshift.clusterquota.cpu.used = 3.5  [clusterquota:team-a]
 * count  kubernetes_apiserver.kube_events = +12
 * check  kube_apiserver_controlplane.up CRITICAL: etcd, etcd-readiness
 * event  2026-01-01T00:00:00.000Z warning Events from the Pod shop/cart-0: %%% \n1 **BackOff**: ...  [kube_kind:Pod]
 * ```
 *
 * Nothing is written before `commit()`, which resolves when the stream has taken the whole batch (`acks: 'written'`), rejects with the
 * stream's error, and with the signal's reason on its abort: then what the stream already has may still come out, as whole lines.
 * A backslash is doubled; line breaks, terminal controls, bidirectional and other invisible characters are written as escapes.
 * @param options - where to write
 */
export function consoleSender(options: ConsoleSenderOptions = {}): Sender {
  return lineSender(
    format,
    streamWriter(() => options.stream ?? process.stdout),
  );
}

function format(item: Item): string {
  switch (item.type) {
    case 'gauge':
      return `gauge  ${escapeText(item.sample.name)} = ${item.sample.value}${suffix(item.sample)}`;
    case 'count':
      return `count  ${escapeText(item.sample.name)} = ${signed(item.sample.value)}${suffix(item.sample)}`;
    case 'serviceCheck':
      return `check  ${escapeText(item.check.name)} ${item.check.status.toUpperCase()}${messageOf(item.check)}${suffix(item.check)}`;
    case 'event':
      return `event  ${instant(item.event.timestampMs)} ${item.event.alertType} ${escapeText(item.event.title)}: ${escapeText(item.event.text)}${suffix(item.event)}`;
  }
}

const signed = (value: number): string => (value >= 0 ? `+${value}` : `${value}`);

const messageOf = ({ message }: ServiceCheck): string => (message === undefined ? '' : `: ${escapeText(message)}`);

/** Tags and host, as far as there are any. */
function suffix({ tags = [], hostname }: MetricSample | ServiceCheck | CheckEvent): string {
  const listed = tags.length === 0 ? '' : `  [${tags.map(escapeText).join(', ')}]`;
  return hostname === undefined ? listed : `${listed}  host ${escapeText(hostname)}`;
}

/** Beyond what a Date can say an event still is to be written. */
function instant(atMs: number): string {
  const date = new Date(atMs);
  return Number.isNaN(date.getTime()) ? `at ${atMs} ms` : date.toISOString();
}
