/**
 * When an event was first and last seen. Two styles exist: old ones carry `firstTimestamp`, `lastTimestamp` and `count`, those made through
 * events.k8s.io carry `eventTime` and, when repeated, `series`. Which fields are filled also depends on the server that converted between them.
 *
 * @see https://github.com/kubernetes/enhancements/tree/master/keps/sig-instrumentation/383-new-event-api-ga-graduation
 */
import type { KubeEvent } from '../../kube/wire/event.ts';

/** Unix milliseconds; 0 only for an event without any time, which no API server stores. */
export function lastSeenAtMs(event: KubeEvent): number {
  return event.lastAtMs ?? event.series?.lastAtMs ?? event.eventAtMs ?? event.firstAtMs ?? event.createdAtMs ?? 0;
}

/** Unix milliseconds. Where neither style says it, the object's creation, unless the event was last seen before that (two clocks). */
export function firstSeenAtMs(event: KubeEvent): number {
  const said = event.firstAtMs ?? event.eventAtMs;
  if (said !== undefined) return said;
  const lastAtMs = lastSeenAtMs(event);
  return event.createdAtMs === undefined ? lastAtMs : Math.min(event.createdAtMs, lastAtMs);
}

/** How often it was seen. Writers of the new style leave `count` out and the protobuf encoding then says 0, so 0 is unknown, not none. */
export function seenCount(event: KubeEvent): number {
  const inSeries = event.series?.count ?? 0;
  if (inSeries > 0) return inSeries;
  const count = event.count ?? 0;
  return count > 0 ? count : 1;
}

/** The times that four digits of a year can write: the text is always equally long, and a forged time can't make it throw. */
const earliestMs = Date.parse('0001-01-01T00:00:00Z');
const latestMs = Date.parse('9999-12-31T23:59:59Z');

const dayMs = 86_400_000;
const twoDigits: readonly string[] = Array.from({ length: 60 }, (_, number) => String(number).padStart(2, '0'));
/** Of the day asked for last: events come day by day, and a date costs several times as much as a time of day. */
let known = { day: Number.NaN, text: '' };

/** `2006-01-02 15:04:05 +0000 UTC`: Go's way to print a time, which the Agent's events show. The fraction is cut off. */
export function utcText(atMs: number): string {
  const ms = Math.trunc(Math.min(Math.max(atMs, earliestMs), latestMs));
  const day = Math.floor(ms / dayMs);
  if (day !== known.day) known = { day, text: new Date(day * dayMs).toISOString().slice(0, 10) };
  const second = Math.floor((ms - day * dayMs) / 1000);
  const minute = Math.floor(second / 60);
  const [hh, mm, ss] = [Math.floor(minute / 60), minute % 60, second % 60].map((part) => twoDigits[part]);
  return `${known.text} ${hh}:${mm}:${ss} +0000 UTC`;
}
