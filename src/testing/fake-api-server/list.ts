/**
 * Lists: a consistent snapshot at the first page's version, page by page in key order; exact and at-least versions; tokens and versions
 * that have expired, and versions that are not there yet.
 */
import {
  type Answer,
  badRequest,
  expiredContinue,
  expiredList,
  jsonAnswer,
  Refusal,
  tooLargeVersion,
} from './answer.ts';
import { atNewest, decodeContinue, encodeContinue } from './continue-token.ts';
import type { FieldSelector } from './field-selector.ts';
import type { History } from './history.ts';
import type { KubeObject } from './object.ts';
import { prefixOf, type ResourcePath } from './resources.ts';

export interface ListRequest {
  readonly path: ResourcePath;
  readonly query: URLSearchParams;
  readonly selector: FieldSelector;
  /** Continue tokens of an older version have expired. */
  readonly continueFloor: bigint;
}

interface Place {
  readonly revision: bigint;
  readonly from: string;
}

/** @throws Refusal */
export function list(history: History, request: ListRequest): Answer {
  const { path, query, selector } = request;
  // A selector for one namespace is served as that namespace's list: its continue tokens are shorter.
  const prefix = prefixOf(path.resource, path.namespace ?? selector.exact('metadata.namespace'));
  const place = placeOf(history, request, prefix);
  const limit = limitOf(query);
  const items: KubeObject[] = [];
  let last = '';
  let more = 0;
  for (const { key, object } of history.range(prefix, place.from, place.revision)) {
    if (limit > 0 && items.length === limit) {
      more++;
      continue;
    }
    last = key;
    if (selector.matches(object)) items.push(object);
  }
  const next = {
    continue: encodeContinue({ revision: place.revision, start: `${last.slice(prefix.length)}\0` }),
    // With a selector nobody knows how many of the rest would match.
    ...(selector.empty ? { remainingItemCount: more } : {}),
  };
  const metadata = { resourceVersion: `${place.revision}`, ...(more > 0 ? next : {}) };
  const { kind, apiVersion } = path.resource;
  return jsonAnswer(200, { kind: `${kind}List`, apiVersion, metadata, items });
}

function placeOf(history: History, { query, continueFloor }: ListRequest, prefix: string): Place {
  const token = query.get('continue');
  const version = query.get('resourceVersion') ?? '';
  if (!token) return { revision: revisionOf(history, version, query), from: prefix };
  if (version !== '' && version !== '0')
    throw new Refusal(badRequest('specifying resource version is not allowed when using continue'));
  const { revision, start } = decodeContinue(token);
  if (revision === atNewest) return { revision: history.revision, from: prefix + start };
  if (revision > history.revision) throw new Refusal(tooLargeVersion(revision, history.revision));
  if (revision < history.compacted || revision < continueFloor)
    throw new Refusal(expiredContinue(encodeContinue({ revision: atNewest, start })));
  return { revision, from: prefix + start };
}

/** With a limit, and no `resourceVersionMatch`, a version means exactly that version; without one, at least that. */
function revisionOf(history: History, version: string, query: URLSearchParams): bigint {
  if (version === '' || version === '0') return history.revision;
  const wanted = parseVersion(version, (problem) => badRequest(`invalid resource version: ${problem}`));
  if (wanted > history.revision) throw new Refusal(tooLargeVersion(wanted, history.revision));
  const match = query.get('resourceVersionMatch') ?? (limitOf(query) > 0 ? 'Exact' : 'NotOlderThan');
  if (match !== 'Exact') return history.revision;
  if (wanted < history.compacted) throw new Refusal(expiredList());
  return wanted;
}

/** @throws Refusal with what `refuse` makes of the problem, unless it is an unsigned 64-bit number */
export function parseVersion(version: string, refuse: (problem: string) => Answer): bigint {
  const parsed = /^\d+$/.test(version) ? BigInt(version) : undefined;
  if (parsed !== undefined && parsed < 2n ** 64n) return parsed;
  const why = parsed === undefined ? 'invalid syntax' : 'value out of range';
  const quoted = JSON.stringify(version);
  throw new Refusal(refuse(`resourceVersion: Invalid value: ${quoted}: strconv.ParseUint: parsing ${quoted}: ${why}`));
}

/** 0: all. */
function limitOf(query: URLSearchParams): number {
  return Math.max(parseInteger(query.get('limit') ?? '0'), 0);
}

/** @throws Refusal 400 */
export function parseInteger(value: string): number {
  if (/^[+-]?\d+$/.test(value)) return Number(value);
  throw new Refusal(badRequest(`strconv.ParseInt: parsing ${JSON.stringify(value)}: invalid syntax`));
}
