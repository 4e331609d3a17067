/**
 * Holds the files against the server: what was lost, skipped, delivered twice and with what excuse, and whether the stored token went back.
 * Pure: what happened comes as data.
 */
import { versionOf } from '../scenarios/committed.ts';
import type { Delivery } from './delivered.ts';
import { type Cause, causeOf, type Pair } from './excuses.ts';
import type { Evidence, FaultRecord } from './timeline.ts';

export interface Verdict {
  /** Versions that were written. */
  readonly written: number;
  /** Source events in the files, repetitions too. */
  readonly delivered: number;
  /** The last versions of objects that are in no file. */
  readonly lost: readonly string[];
  /** Versions overtaken, deleted or rolled back before they could be read. */
  readonly skipped: number;
  readonly repeated: Readonly<Partial<Record<Cause, number>>>;
  /** Without an excuse. */
  readonly unexcused: readonly Pair[];
  /** In a file, though nobody wrote them. */
  readonly unknown: readonly string[];
  /** The stored token went down without a reason. */
  readonly tokenBack: readonly TokenDrop[];
}

export interface TokenDrop {
  readonly atMs: number;
  readonly from: number;
  readonly to: number;
}

export function judge(evidence: Evidence): Verdict {
  const { made, given, held } = evidence;
  const versions = new Set([...given, ...made.map(({ id }) => id)]);
  const byId = deliveriesById(evidence.deliveries);
  const heldNow = new Set(held);
  const isDelivered = deliveryTest(evidence, byId);
  const { repeated, unexcused } = judgeRepeats(evidence, byId);
  return {
    written: made.length,
    delivered: evidence.deliveries.length,
    lost: held.filter((id) => !isDelivered(id)),
    skipped: [...versions].filter((id) => !heldNow.has(id) && !byId.has(id)).length,
    repeated,
    unexcused,
    unknown: [...byId.keys()].filter((id) => !versions.has(id)),
    tokenBack: tokenDrops(evidence),
  };
}

/** Each id's in the order of their hand-over. */
function deliveriesById(deliveries: readonly Delivery[]): ReadonlyMap<string, readonly Delivery[]> {
  const byId = Map.groupBy(deliveries, ({ id }) => id);
  for (const same of byId.values()) same.sort((one, other) => one.atMs - other.atMs);
  return byId;
}

/** @returns whether the server's last version of an object came */
function deliveryTest({ made, faults }: Evidence, byId: ReadonlyMap<string, readonly Delivery[]>) {
  const restoredMs = faults.findLast(isRestore)?.fromMs ?? 0;
  const before = new Set(made.filter(({ atMs }) => atMs < restoredMs).map(({ id }) => id));
  // After a restore the server gives versions a second time: what has such an id must have come since then.
  const again = new Set(made.filter(({ id, atMs }) => atMs >= restoredMs && before.has(id)).map(({ id }) => id));
  return (id: string): boolean => (byId.get(id) ?? []).some(({ atMs }) => !again.has(id) || atMs > restoredMs);
}

function judgeRepeats({ faults, leads }: Evidence, byId: ReadonlyMap<string, readonly Delivery[]>) {
  const repeated: Partial<Record<Cause, number>> = {};
  const unexcused: Pair[] = [];
  for (const same of byId.values()) {
    for (const [index, second] of same.entries()) {
      const first = same[index - 1];
      if (first === undefined) continue;
      const cause = causeOf({ first, second }, faults, leads);
      if (cause === undefined) unexcused.push({ first, second });
      else repeated[cause] = (repeated[cause] ?? 0) + 1;
    }
  }
  return { repeated, unexcused };
}

const isRestore = ({ kind }: FaultRecord): boolean =>
  kind === 'etcd-restored' || kind === 'etcd-restored-and-overtaken';
const isHandMade = ({ kind }: FaultRecord): boolean => kind.startsWith('token-');

/** Down is right only where the history was rewritten, or by our own hand. An absent token in between changes nothing. */
function tokenDrops(evidence: Pick<Evidence, 'tokens' | 'faults' | 'made'>): readonly TokenDrop[] {
  const drops: TokenDrop[] = [];
  let last: Stored | undefined;
  for (const { atMs, sinceMs, version } of evidence.tokens) {
    if (version === undefined) {
      if (last) last = { ...last, untilMs: Math.min(last.untilMs, sinceMs) };
      continue;
    }
    const before = last && { ...last, untilMs: Math.min(last.untilMs, sinceMs) };
    if (before && version < before.version && !isRight(atMs, before, evidence))
      drops.push({ atMs, from: before.version, to: version });
    last = { version, atMs, untilMs: Number.POSITIVE_INFINITY };
  }
  return drops;
}

/** A token that was there from `atMs` to `untilMs`. */
interface Stored {
  readonly version: number;
  readonly atMs: number;
  readonly untilMs: number;
}

/** @param atMs - when the lower one was seen */
function isRight(atMs: number, before: Stored, { faults, made }: Pick<Evidence, 'faults' | 'made'>): boolean {
  return faults.some((fault) => {
    if (isRestore(fault)) return fault.fromMs <= atMs && !isOfNewHistory(before, fault, made);
    return isHandMade(fault) && fault.fromMs <= atMs && before.untilMs <= fault.overMs;
  });
}

/**
 * Who reads may notice a restore late, and put back what it had read before: the token of the old history goes whenever that is, but one that
 * the new history had reached when it was stored must stay.
 */
const isOfNewHistory = ({ version, atMs }: Stored, { overMs }: FaultRecord, made: Evidence['made']): boolean =>
  made.some((one) => overMs <= one.atMs && one.atMs <= atMs && version <= Number(versionOf(one.id)));
