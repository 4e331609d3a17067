/** Tokens and the writer's term in a ConfigMap object: how they are read from it and written into it, all else unchanged. Pure. */
import { KubeCheckError } from '../errors.ts';
import { type Json, record } from '../kube/wire/json-value.ts';
import { parseTimeMs } from '../kube/wire/time.ts';
import type { Fence } from '../leader-elector.ts';
import type { RelistPlace, Token } from '../token-store.ts';
import { parseRelist } from './relist.ts';

export interface ConfigMap {
  /** As the server gave it: what is not ours goes back unchanged. */
  readonly whole: Json;
  readonly data: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
}

const fenceAnnotation = 'kube-apiserver-check/fence';
/** All places in one, by key: an annotation's name has 63 characters, and a key may hold a namespace of as many. */
const relistAnnotation = 'kube-apiserver-check/relist';

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
  const relist = parseRelist(relistsIn(annotations)[key]);
  const resourceVersion = data[`${key}.tokenKey`];
  const listedAtMs = parseTimeMs(data[`${key}.tokenTimestamp`]);
  if (resourceVersion === undefined && listedAtMs === undefined && !relist) return undefined;
  return {
    resourceVersion: resourceVersion ?? '',
    ...(listedAtMs === undefined ? {} : { listedAtMs }),
    ...(relist ? { relist } : {}),
  };
}

/** Without a token: the object without its keys. */
export function withToken(configMap: ConfigMap, key: string, token: Token | undefined): ConfigMap {
  const { [`${key}.tokenKey`]: _token, [`${key}.tokenTimestamp`]: timestamp, ...data } = configMap.data;
  const annotations = withRelist(configMap.annotations, key, token?.relist);
  if (!token) return { ...configMap, data, annotations };
  const time = token.listedAtMs === undefined ? timestamp : rfc3339(token.listedAtMs);
  return {
    ...configMap,
    data: {
      ...data,
      [`${key}.tokenKey`]: token.resourceVersion,
      ...(time === undefined ? {} : { [`${key}.tokenTimestamp`]: time }),
    },
    annotations,
  };
}

const relistsIn = (annotations: ConfigMap['annotations']): Json =>
  record(parseJson(annotations[relistAnnotation])) ?? {};

function withRelist(
  annotations: ConfigMap['annotations'],
  key: string,
  place: RelistPlace | undefined,
): ConfigMap['annotations'] {
  const { [relistAnnotation]: _before, ...others } = annotations;
  const { [key]: _mine, ...relists } = relistsIn(annotations);
  const after = place ? { ...relists, [key]: place } : relists;
  return Object.keys(after).length === 0 ? others : { ...others, [relistAnnotation]: JSON.stringify(after) };
}

/** In whole seconds, as the Agent writes it. */
const rfc3339 = (ms: number): string => new Date(ms).toISOString().replace(/\.\d+Z$/, 'Z');

/** The writer's term goes with the write; an earlier term than the stored one must not write at all. */
export function fenced(configMap: ConfigMap, fence: Fence | undefined): ConfigMap {
  if (!fence) return configMap;
  const stored = record(parseJson(configMap.annotations[fenceAnnotation]));
  const term = stored?.['term'];
  if (typeof term === 'number' && term > fence.term) {
    throw new KubeCheckError(
      'FENCED',
      `the event token belongs to term ${term} of ${JSON.stringify(stored?.['holder'])}, this is term ${fence.term}`,
      {
        remedy: 'nothing: a newer leader goes on from here',
      },
    );
  }
  return { ...configMap, annotations: { ...configMap.annotations, [fenceAnnotation]: JSON.stringify(fence) } };
}

function parseJson(text: string | undefined): unknown {
  if (text === undefined) return undefined;
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
