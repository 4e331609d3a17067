/** Tokens and the writer's term as the text of a file: JSON, one object a key, and read by people, too. Pure. */
import { type Json, record } from '../kube/wire/json-value.ts';
import type { Fence } from '../leader-elector.ts';
import type { Token } from '../token-store.ts';
import { fenceToStore, parseFence } from './fence.ts';
import { parseRelist } from './relist.ts';
import { parseSeen, seenToStore } from './seen.ts';

export interface Kept {
  readonly tokens: Readonly<Record<string, Token>>;
  /** Who wrote last. */
  readonly fence?: Fence;
}

/** As the ConfigMap's annotation: no key of a token has a slash. */
const fenceKey = 'kube-apiserver-check/fence';

export function textOf({ tokens, fence }: Kept): string {
  const file = {
    ...Object.fromEntries(Object.entries(tokens).map(([key, token]) => [key, tokenToStore(token)])),
    ...(fence ? { [fenceKey]: fenceToStore(fence) } : {}),
  };
  return `${JSON.stringify(file, undefined, 2)}\n`;
}

function tokenToStore(token: Token): Json {
  const { wholeAtMs: _wholeAtMs, witness: _witness, ...rest } = token;
  const seen = seenToStore(token);
  return seen ? { ...rest, seen } : rest;
}

/** Undefined: it holds something else. */
export function parseTokens(text: string): Kept | undefined {
  let parsed: Json | undefined;
  try {
    parsed = record(JSON.parse(text));
  } catch {
    return undefined;
  }
  if (!parsed) return undefined;
  const { [fenceKey]: stored, ...entries } = parsed;
  const tokens = Object.entries(entries).map(([key, value]) => [key, parseToken(value)] as const);
  if (!tokens.every((entry): entry is readonly [string, Token] => entry[1] !== undefined)) return undefined;
  const fence = parseFence(stored);
  return { tokens: Object.fromEntries(tokens), ...(fence ? { fence } : {}) };
}

function parseToken(value: unknown): Token | undefined {
  const token = record(value);
  const { resourceVersion, listedAtMs } = token ?? {};
  if (typeof resourceVersion !== 'string') return undefined;
  const relist = parseRelist(token?.['relist']);
  return {
    resourceVersion,
    ...(typeof listedAtMs === 'number' ? { listedAtMs } : {}),
    ...(relist ? { relist } : {}),
    ...parseSeen(token?.['seen'], resourceVersion),
  };
}
