/** How a scope's collecting is told of. Pure. */
import { type KubeCheckError, retold } from '../errors.ts';
import type { UnitOutcome } from '../report.ts';
import type { LookupStats, QueryStats, UnitProgress } from '../unit.ts';
import { mergeActivity, noActivity } from './activity.ts';
import { type Collection, pendingOf } from './collection.ts';
import type { Scope } from './scope.ts';
import type { Session } from './session.ts';

/** A failure says from where the next run goes on, so that nobody has to fear for what was not read. */
export function withPlace(error: KubeCheckError, session: Session | undefined): KubeCheckError {
  if (!session) return error;
  const { state } = session.reader;
  const from =
    'version' in state ? state.version : state.at === 'listing' ? (state.place?.first ?? state.since) : undefined;
  const pending = pendingOf(session);
  const kept = pending === 0 ? '' : `, ${pending} event(s) read and kept`;
  return retold(error, `${error.message}; the next run goes on from ${from ?? 'the beginning'}${kept}`, {
    details: { pending, ...(from === undefined ? {} : { goesOnFrom: from }) },
  });
}

export function progressOf({ ledger, session }: Collection, live: boolean): UnitProgress {
  const lastReadAtMs = session?.reader.pulse.heardAtMs;
  const { savedAtMs, unsavedSinceMs } = session?.checkpoint ?? {};
  return {
    live,
    ledger,
    ...(lastReadAtMs === undefined ? {} : { lastReadAtMs }),
    ...(savedAtMs === undefined ? {} : { lastSaveAtMs: savedAtMs }),
    ...(unsavedSinceMs === undefined ? {} : { unsavedSinceMs }),
  };
}

interface Told {
  readonly scope: Scope;
  readonly outcome: UnitOutcome;
}

/** Of several scopes: what one of them failed at is said with its name, and takes nothing from the others. */
export function mergedOutcome(told: readonly Told[]): UnitOutcome {
  const [first] = told;
  if (told.length === 1 && first) return first.outcome;
  const events = mergeActivity(told.map(({ outcome }) => outcome.events ?? noActivity));
  const failed = told.flatMap(({ scope, outcome }) => (outcome.status === 'failed' ? [{ scope, ...outcome }] : []));
  // A refused term concerns all of them, and is what the check can do something about.
  const worst = failed.find(({ error }) => error.details['storedTerm'] !== undefined) ?? failed[0];
  if (!worst) return { status: 'ok', events };
  const others = failed.filter((each) => each !== worst).map(({ scope }) => scope.name);
  const { error } = worst;
  const more = others.length > 0 ? ` (and ${others.length} more: ${others.join(', ')})` : '';
  return {
    status: 'failed',
    error: retold(error, `${worst.scope.name}: ${error.message}${more}`, {
      details: {
        scopes: Object.fromEntries(
          failed.map(({ scope, error: { code, message } }) => [scope.name, { code, message }]),
        ),
      },
    }),
    events,
  };
}

export function mergedProgress(parts: readonly UnitProgress[]): UnitProgress {
  const live = parts.every((part) => part.live);
  const { ledger } = mergeActivity(parts.map((part) => ({ ledger: part.ledger, gaps: [], caughtUp: true })));
  const last = (pick: (part: UnitProgress) => number | undefined) => extreme(parts.map(pick), Math.max);
  const query = sumOf(parts.flatMap((part) => part.query ?? []));
  const lookups = sumOf(parts.flatMap((part) => part.lookups ?? []));
  const lastReadAtMs = last((part) => part.lastReadAtMs);
  const lastSaveAtMs = last((part) => part.lastSaveAtMs);
  const unsavedSinceMs = extreme(
    parts.map((part) => part.unsavedSinceMs),
    Math.min,
  );
  return {
    live,
    ledger,
    ...(lastReadAtMs === undefined ? {} : { lastReadAtMs }),
    ...(lastSaveAtMs === undefined ? {} : { lastSaveAtMs }),
    ...(unsavedSinceMs === undefined ? {} : { unsavedSinceMs }),
    ...(query ? { query } : {}),
    ...(lookups ? { lookups } : {}),
  };
}

/** Figures of the same kind, added up; undefined where there are none. */
function sumOf<Stats extends QueryStats | LookupStats>(told: readonly Stats[]): Stats | undefined {
  const [first, ...others] = told;
  return others.reduce<Stats | undefined>((sum, stats) => sum && added(sum, stats), first);
}

const added = <Stats extends object>(a: Stats, b: Stats): Stats => {
  const second = new Map(Object.entries(b));
  return Object.fromEntries(Object.entries(a).map(([name, value]) => [name, value + second.get(name)])) as Stats;
};

function extreme(values: readonly (number | undefined)[], of: (...values: number[]) => number): number | undefined {
  const known = values.filter((value) => value !== undefined);
  return known.length === 0 ? undefined : of(...known);
}
