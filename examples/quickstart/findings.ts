/** What a run shows beside its report, counted from what the sender was given and what the server made. */
import type { RunReport } from 'kube-apiserver-check';
import type { EventVersion, RecordedBatch } from 'kube-apiserver-check/testing';

export type Finding = readonly [label: string, text: string];

/** What the sender did not acknowledge. */
export function refused(batches: readonly RecordedBatch[]): readonly Finding[] {
  const rejected = batches.filter(({ outcome }) => outcome === 'rejected');
  if (rejected.length === 0) return [];
  const checks = rejected.flatMap(({ serviceChecks }) => serviceChecks).length;
  const gauges = rejected.flatMap((batch) => batch.gauges).length;
  const events = rejected.flatMap((batch) => batch.events).length;
  return [['refused', `${checks} checks, ${gauges} gauges, ${events} events`]];
}

/** Events that were refused before: whether they are the very same. */
export function cameAgain(earlier: readonly RecordedBatch[], batches: readonly RecordedBatch[]): readonly Finding[] {
  const before = earlier.at(-1)?.outcome === 'rejected' ? (earlier.at(-1)?.events ?? []) : [];
  if (before.length === 0) return [];
  const now = batches.flatMap(({ events }) => events);
  const sameObjects = before.filter((event) => now.includes(event)).length;
  const sameIds = before.filter(({ id }) => now.some((event) => event.id === id)).length;
  return [
    [
      'again',
      `of ${before.length} events refused before, ${sameObjects} came as the same objects, ${sameIds} with the same ids`,
    ],
  ];
}

/** A gap in the stream: whether all that the server made in it has arrived. */
export function bridged(
  { events, startedAtMs }: RunReport,
  before: RunReport | undefined,
  made: readonly EventVersion[],
  committed: readonly string[],
): readonly Finding[] {
  const unreadMs = before ? startedAtMs - before.startedAtMs - before.durationMs : 0;
  return events.gaps.map(({ cause, fromVersion, toVersion, recovered }) => {
    const within = made.filter(
      ({ resourceVersion: version }) => isAbove(version, fromVersion) && !isAbove(version, toVersion),
    );
    const lost = within.filter(({ id }) => !committed.includes(id)).length;
    return [
      'gap',
      `${fromVersion} to ${toVersion} (${cause}), ${Math.round(unreadMs / 1000)} s unread: ` +
        `${within.length} versions made, ${recovered} recovered by a list, ${lost} lost`,
    ];
  });
}

const isAbove = (version: string, other: string): boolean => BigInt(version) > BigInt(other);
