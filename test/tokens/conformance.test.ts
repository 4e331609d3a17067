/** Every case of token.json, through a ConfigMapTokenStore, as the collector judges what was loaded. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { describe, test } from 'node:test';
import { judgeToken, type Start } from '../../src/events/start.ts';
import { isNewer, isVersion } from '../../src/kube/version.ts';
import { parseTimeMs } from '../../src/kube/wire/time.ts';
import type { Token } from '../../src/token-store.ts';
import { ConfigMapTokenStore } from '../../src/tokens/config-map.ts';
import { type ConfigMapApi, configMapApi } from './config-map-api.ts';

interface Outcome {
  readonly token?: string;
  readonly timestamp?: string;
  readonly error?: string | null;
  readonly writes?: number;
  readonly action?: string;
  readonly since?: string;
  readonly requests?: readonly string[];
  readonly warnings?: number;
  readonly config_map_after?: Readonly<Record<string, string>>;
  readonly stored_token?: string;
  readonly assert?: { readonly resent_known_events?: boolean };
}

interface TokenCase {
  readonly id: string;
  readonly note: string;
  readonly now?: string;
  readonly resync_period_s?: number;
  readonly memory_token?: string;
  readonly config_map: object | null;
  readonly second_get?: object;
  readonly save?: { readonly token: string; readonly timestamp: string };
  readonly api?: { readonly get?: number | number[]; readonly create?: number; readonly put?: number | number[] };
  readonly peer_bug?: boolean;
  readonly expected?: Outcome;
  readonly better?: Outcome;
}

const file = JSON.parse(readFileSync(new URL('../cases/token.json', import.meta.url), 'utf8')) as {
  readonly defaults: { readonly config_map_name: string; readonly token_key: string };
  readonly cases: readonly TokenCase[];
};
const { config_map_name: name, token_key: key } = file.defaults;
const namespace = 'datadog';
const { signal } = new AbortController();
const timeOf = (text: string): number => parseTimeMs(text) ?? assert.fail(`no time: ${text}`);

/** The server of a case: scripted failures first, then the ConfigMap itself. A 404 is no failure: there is none. */
function serverOf({ config_map, second_get, api = {} }: TokenCase): ConfigMapApi {
  const failures = (given: number | number[] = []) => [given].flat().filter((status) => status !== 404);
  const configMap = config_map ?? second_get;
  return configMapApi({
    namespace,
    name,
    ...(configMap ? { configMap } : {}),
    script: { GET: failures(api.get), PUT: failures(api.put), POST: config_map ? failures(api.create) : [] },
  });
}

const storeOf = (api: ConfigMapApi) => new ConfigMapTokenStore({ api, namespace, name });
const methods = ({ requests }: ConfigMapApi) => requests.map(({ method }) => method);

/** What the collection does next. */
function nextOf({ state }: Start): { readonly action: string; readonly since: string } {
  if (state.at === 'guarding') return { action: 'watch', since: state.version };
  assert.ok(state.at === 'listing', state.at);
  return { action: 'list', since: state.since ?? '' };
}

async function load(one: TokenCase, expected: Outcome): Promise<void> {
  const api = serverOf(one);
  const nowMs = timeOf(one.now ?? assert.fail('no now'));
  const options = { startFrom: 'backlog', resyncPeriodMs: (one.resync_period_s ?? 0) * 1000 } as const;
  const stored = await storeOf(api).load(key, { signal });
  const memory = one.memory_token === undefined ? undefined : { resourceVersion: one.memory_token };
  const start = judgeToken(stored, options, nowMs, memory);
  const { action, since } = nextOf(start);
  const { token, timestamp, writes, requests, warnings } = expected;
  if (token !== undefined) assert.equal(since, token);
  if (expected.since !== undefined) assert.equal(since, expected.since);
  if (expected.action !== undefined) assert.equal(action, expected.action);
  if (timestamp !== undefined) assert.equal(start.listedAtMs ?? nowMs, timeOf(timestamp));
  if (requests !== undefined) assert.deepEqual(methods(api), requests);
  if (writes !== undefined) assert.equal(methods(api).filter((method) => method !== 'GET').length, writes);
  if (warnings !== undefined) assert.equal(start.warning === undefined ? 0 : 1, warnings);
  if (expected.assert?.resent_known_events === false) assertProcessGoesOn(stored, options, nowMs);
}

/**
 * At least once comes first: without a usable token, everything that the server holds is delivered, perhaps again. What is promised is
 * that a process which remembers its own place goes on from there, whatever became of the stored text.
 */
function assertProcessGoesOn(
  stored: Token | undefined,
  options: Parameters<typeof judgeToken>[1],
  nowMs: number,
): void {
  const start = judgeToken(stored, { ...options, resyncPeriodMs: 0 }, nowMs, { resourceVersion: '777' });
  assert.deepEqual(nextOf(start), { action: 'watch', since: '777' });
}

/**
 * Some cases save 500 over 12345 and expect it to be stored, though they are about times and conflicts. By the order of versions that would
 * be a step back, which is never taken (`token-save-never-backwards`), so in these the stored token is one that 500 follows.
 */
function withOlderToken(one: TokenCase, expected: Outcome): TokenCase {
  const data = (one.config_map as { readonly data?: Readonly<Record<string, string>> } | null)?.data;
  const before = data?.[`${key}.tokenKey`] ?? '';
  const saved = one.save?.token ?? '';
  const after = expected.stored_token ?? expected.config_map_after?.[`${key}.tokenKey`];
  if (after !== saved || !isVersion(before) || !isNewer(before, saved)) return one;
  return { ...one, config_map: { ...one.config_map, data: { ...data, [`${key}.tokenKey`]: '1' } } };
}

async function save(given: TokenCase, expected: Outcome): Promise<void> {
  const one = withOlderToken(given, expected);
  const api = serverOf(one);
  const { token, timestamp } = one.save ?? assert.fail('nothing to save');
  const kept = await storeOf(api).save(key, { resourceVersion: token, listedAtMs: timeOf(timestamp) }, { signal });
  const data = api.configMap?.data;
  assert.equal(data?.[`${key}.tokenKey`], kept.resourceVersion);
  if (expected.config_map_after) assert.deepEqual(data, expected.config_map_after);
  if (expected.stored_token !== undefined) assert.equal(kept.resourceVersion, expected.stored_token);
  if (expected.requests) assert.deepEqual(methods(api), expected.requests);
}

describe('token.json', () => {
  for (const one of file.cases) {
    test(`${one.id}: ${one.note}`, async () => {
      const expected = (one.peer_bug ? one.better : one.expected) ?? assert.fail('nothing expected');
      await (one.save ? save(one, expected) : load(one, expected));
    });
  }

  test('has been read whole', (t) => {
    t.diagnostic(`${file.cases.length} cases of token.json were run`);
    assert.ok(file.cases.length > 0);
    assert.equal(new Set(file.cases.map(({ id }) => id)).size, file.cases.length);
  });
});
