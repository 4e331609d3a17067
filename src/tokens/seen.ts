/**
 * What a token knows of the server's history, stored beside it: it is of that version alone (`at`), so that a token that somebody else
 * wrote (by hand, or the Agent) has none. What can't be read is none.
 */
import { isNewer, isVersion } from '../kube/version.ts';
import { type Json, record } from '../kube/wire/json-value.ts';
import type { Token, Witness } from '../token-store.ts';

/** Undefined: there is nothing to store. */
export function seenToStore({ resourceVersion, wholeAtMs, witness }: Token): Json | undefined {
  if (wholeAtMs === undefined && witness === undefined) return undefined;
  return {
    at: resourceVersion,
    ...(wholeAtMs === undefined ? {} : { wholeAtMs }),
    ...(witness === undefined ? {} : { witness }),
  };
}

export function parseSeen(value: unknown, resourceVersion: string): Pick<Token, 'wholeAtMs' | 'witness'> {
  const { at, wholeAtMs, witness } = record(value) ?? {};
  if (at !== resourceVersion) return {};
  const known = parseWitness(witness, resourceVersion);
  return { ...(isTime(wholeAtMs) ? { wholeAtMs } : {}), ...(known ? { witness: known } : {}) };
}

/** What a Date can hold: beyond that it could not even be told. */
const isTime = (value: unknown): value is number =>
  typeof value === 'number' && !Number.isNaN(new Date(value).getTime());

function parseWitness(value: unknown, resourceVersion: string): Witness | undefined {
  const { namespace, name, uid, version } = record(value) ?? {};
  if (!isPathSegment(namespace) || !isPathSegment(name)) return undefined;
  if (typeof uid !== 'string' || uid === '') return undefined;
  if (typeof version !== 'string' || !isVersion(version) || !isVersion(resourceVersion)) return undefined;
  return isNewer(version, resourceVersion) ? undefined : { namespace, name, uid, version };
}

/** The server's own rule for names: a stored one must not ask for another path than an event's. */
const isPathSegment = (value: unknown): value is string =>
  typeof value === 'string' && /^[^/%]+$/.test(value) && value !== '.' && value !== '..';
