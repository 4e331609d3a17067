/** Tokens and the writer's term in a ConfigMap object: how they are read from it and written into it, all else unchanged. Pure. */
import { KubeCheckError } from '../errors.ts';
import { type Json, record } from '../kube/wire/json-value.ts';
import { parseTimeMs } from '../kube/wire/time.ts';
import type { Fence } from '../leader-elector.ts';
import type { Token } from '../token-store.ts';
import { assertMayClaim, assertMayWrite, fenceToStore, isSameFence, parseFence } from './fence.ts';
import { parseRelist } from './relist.ts';
import { parseSeen, seenToStore } from './seen.ts';

export interface ConfigMap {
  /** As the server gave it: what is not ours goes back unchanged. */
  readonly whole: Json;
  readonly data: Readonly<Record<string, string>>;
  readonly annotations: Annotations;
}

type Annotations = Readonly<Record<string, string>>;

const tokenSuffix = '.tokenKey';

const fenceAnnotation = 'kube-apiserver-check/fence';
/** All places in one, by key: an annotation's name has 63 characters, and a key may hold a namespace of as many. */
const relistAnnotation = 'kube-apiserver-check/relist';
const seenAnnotation = 'kube-apiserver-check/seen';

/** Without a version to write over, it is no object of the API server's, and a write would be unconditional. */
export function configMapOf(value: unknown): ConfigMap {
  const whole = record(value) ?? {};
  const metadata = record(whole['metadata']);
  if (typeof metadata?.['resourceVersion'] !== 'string' || metadata['resourceVersion'] === '') {
    throw new KubeCheckError('API_MALFORMED', 'the answer is no ConfigMap', {
      remedy: 'check proxies between here and the API server',
    });
  }
  return { whole, data: texts(whole['data']), annotations: texts(metadata['annotations']) };
}

const texts = (value: unknown): Readonly<Record<string, string>> =>
  Object.fromEntries(
    Object.entries(record(value) ?? {}).filter((entry): entry is [string, string] => typeof entry[1] === 'string'),
  );

/** The uid and resourceVersion in its metadata make the server refuse a write over somebody else's. */
export function bodyOf({ whole, data, annotations }: ConfigMap): Json {
  return {
    ...whole,
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { ...record(whole['metadata']), annotations },
    data,
  };
}

export function tokenIn({ data, annotations }: ConfigMap, key: string): Token | undefined {
  const relist = parseRelist(byKey(annotations, relistAnnotation)[key]);
  const resourceVersion = data[`${key}${tokenSuffix}`];
  const listedAtMs = parseTimeMs(data[`${key}.tokenTimestamp`]);
  if (resourceVersion === undefined && listedAtMs === undefined && !relist) return undefined;
  const seen = byKey(annotations, seenAnnotation)[key];
  return {
    resourceVersion: resourceVersion ?? '',
    ...(listedAtMs === undefined ? {} : { listedAtMs }),
    ...(relist ? { relist } : {}),
    ...(resourceVersion === undefined ? {} : parseSeen(seen, resourceVersion)),
  };
}

/** Those with a token or with the place of a list: a time alone is none. */
export function keysIn({ data, annotations }: ConfigMap): readonly string[] {
  const withToken = Object.keys(data)
    .filter((name) => name.endsWith(tokenSuffix) && name !== tokenSuffix)
    .map((name) => name.slice(0, -tokenSuffix.length));
  const withRelist = Object.entries(byKey(annotations, relistAnnotation))
    .filter(([, place]) => parseRelist(place))
    .map(([key]) => key);
  return [...new Set([...withToken, ...withRelist])];
}

/** Without a token: the object without its keys. */
export function withToken(configMap: ConfigMap, key: string, token: Token | undefined): ConfigMap {
  const { [`${key}${tokenSuffix}`]: _token, [`${key}.tokenTimestamp`]: timestamp, ...data } = configMap.data;
  const placed = withEntry(configMap.annotations, relistAnnotation, key, token?.relist);
  const annotations = withEntry(placed, seenAnnotation, key, token && seenToStore(token));
  if (!token) return { ...configMap, data, annotations };
  const time = token.listedAtMs === undefined ? timestamp : rfc3339(token.listedAtMs);
  return {
    ...configMap,
    data: {
      ...data,
      [`${key}${tokenSuffix}`]: token.resourceVersion,
      ...(time === undefined ? {} : { [`${key}.tokenTimestamp`]: time }),
    },
    annotations,
  };
}

const byKey = (annotations: Annotations, name: string): Json => record(parseJson(annotations[name])) ?? {};

/** Other keys' entries stay as they are; without any, the annotation goes. */
function withEntry(annotations: Annotations, name: string, key: string, entry: object | undefined): Annotations {
  const { [name]: _before, ...others } = annotations;
  const { [key]: _mine, ...entries } = byKey(annotations, name);
  const after = entry ? { ...entries, [key]: entry } : entries;
  return Object.keys(after).length === 0 ? others : { ...others, [name]: JSON.stringify(after) };
}

/** In whole seconds, as the Agent writes it. */
const rfc3339 = (ms: number): string => new Date(ms).toISOString().replace(/\.\d+Z$/, 'Z');

/** The writer's term goes with the write. @throws KubeCheckError FENCED */
export function writtenBy(configMap: ConfigMap, fence: Fence | undefined): ConfigMap {
  if (!fence) return configMap;
  assertMayWrite(fenceIn(configMap), fence);
  return withFence(configMap, fence);
}

/** Undefined: it is claimed already. @throws KubeCheckError FENCED */
export function claimedBy(configMap: ConfigMap, fence: Fence): ConfigMap | undefined {
  const stored = fenceIn(configMap);
  assertMayClaim(stored, fence);
  return isSameFence(stored, fence) ? undefined : withFence(configMap, fence);
}

const fenceIn = ({ annotations }: ConfigMap): Fence | undefined => parseFence(parseJson(annotations[fenceAnnotation]));

const withFence = (configMap: ConfigMap, fence: Fence): ConfigMap => ({
  ...configMap,
  annotations: { ...configMap.annotations, ...fenceAnnotations(fence) },
});

/** What a ConfigMap that is made for a claim begins with. */
export const fenceAnnotations = (fence: Fence): Annotations => ({
  [fenceAnnotation]: JSON.stringify(fenceToStore(fence)),
});

function parseJson(text: string | undefined): unknown {
  if (text === undefined) return undefined;
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
