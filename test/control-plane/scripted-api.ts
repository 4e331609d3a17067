/**
 * A KubeApi that answers from a script and keeps what was asked, for units under test: any status, body in chunks, failures as the real
 * one classifies them. A request that is not in the script is a failure of the test.
 */
import assert from 'node:assert/strict';
import type { Clock } from '../../src/clock.ts';
import type { KubeCheckError } from '../../src/errors.ts';
import { classifyAnswer, classifyFailure } from '../../src/kube/classify.ts';
import type { KubeApi, KubeRequest, KubeResponse } from '../../src/kube-api.ts';
import type { UnitOutcome } from '../../src/report.ts';
import type { MetricSample, Sender, ServiceCheck } from '../../src/sender.ts';
import type { Unit, UnitContext } from '../../src/unit.ts';

export interface Answer {
  /** 200 unless told. */
  readonly status?: number;
  readonly type?: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** An object is sent as JSON, a list chunk by chunk. */
  readonly body?:
    | string
    | readonly (string | Uint8Array)[]
    | AsyncIterable<Uint8Array>
    | { readonly [key: string]: unknown };
  /** Called at the body's end, which then does not come. */
  readonly stalls?: () => void;
}
/** By path, or path and query. A list is used up in order; anything else answers every time. */
export type Script = Readonly<Record<string, Step | Step[]>>;
/** `hang`: nothing comes, ever. An error code of Node: there is no connection. */
type Step = Answer | 'hang' | { readonly fails: string };

export interface ScriptedApi extends KubeApi {
  readonly requests: readonly string[];
  readonly unplanned: readonly string[];
}

export function scriptedApi(script: Script): ScriptedApi {
  const requests: string[] = [];
  const unplanned: string[] = [];
  const left = new Map(Object.entries(script).map(([key, steps]) => [key, Array.isArray(steps) ? [...steps] : steps]));

  async function open(request: KubeRequest): Promise<KubeResponse> {
    const query = new URLSearchParams(request.query).toString();
    const url = query ? `${request.path}?${query}` : request.path;
    requests.push(url);
    const found = left.get(url) ?? left.get(request.path);
    const step = Array.isArray(found) ? found.shift() : found;
    if (step === undefined) {
      unplanned.push(url);
      throw new Error(`not in the script: ${url}`);
    }
    if (request.signal.aborted) throw classifyFailure(request, request.signal.reason);
    if (step === 'hang') throw await untilAborted(request);
    if ('fails' in step) throw failure(request, step.fails);
    const { status = 200, type = 'application/json', headers = {}, body = '', stalls } = step as Answer;
    return { status, headers: new Headers({ 'content-type': type, ...headers }), body: bytesOf(body, request, stalls) };
  }

  async function json(request: KubeRequest): Promise<unknown> {
    const { status, headers, body } = await open(request);
    let text = '';
    for await (const chunk of body) text += Buffer.from(chunk).toString();
    if (status < 200 || status > 299) throw classifyAnswer(request, { status, headers, body: text }, 0);
    return JSON.parse(text) as unknown;
  }

  return { open, json, requests, unplanned };
}

function untilAborted(request: KubeRequest): Promise<KubeCheckError> {
  return new Promise((resolve) =>
    request.signal.addEventListener('abort', () => resolve(classifyFailure(request, request.signal.reason))),
  );
}

const failure = (request: KubeRequest, code: string) =>
  classifyFailure(request, Object.assign(new Error(`connect ${code} 127.0.0.1:6443`), { code }));

async function* bytesOf(
  body: NonNullable<Answer['body']>,
  request: KubeRequest,
  stalls: Answer['stalls'],
): AsyncGenerator<Uint8Array> {
  if (typeof body === 'object' && Symbol.asyncIterator in body) {
    yield* body as AsyncIterable<Uint8Array>;
  } else {
    const chunks = Array.isArray(body) ? body : [typeof body === 'string' ? body : JSON.stringify(body)];
    for (const chunk of chunks) {
      if (request.signal.aborted) throw classifyFailure(request, request.signal.reason);
      yield typeof chunk === 'string' ? Buffer.from(chunk) : chunk;
    }
  }
  if (stalls === undefined) return;
  stalls();
  throw await untilAborted(request);
}

/** Time stands still until a test moves it. */
export function stillClock(): Clock & { readonly pending: readonly number[]; advance(ms: number): void } {
  let now = 1_750_000_000_000;
  let sleepers: { readonly at: number; readonly wake: () => void }[] = [];
  return {
    nowMs: () => now,
    monotonicMs: () => now,
    random: () => 0,
    sleep: (ms, { signal } = {}) =>
      new Promise((resolve, reject) => {
        const sleeper = { at: now + ms, wake: resolve };
        sleepers.push(sleeper);
        signal?.addEventListener('abort', () => {
          sleepers = sleepers.filter((one) => one !== sleeper);
          reject(signal.reason);
        });
      }),
    get pending() {
      return sleepers.map(({ at }) => at - now);
    },
    advance(ms) {
      now += ms;
      for (const { wake } of sleepers.filter(({ at }) => at <= now)) wake();
      sleepers = sleepers.filter(({ at }) => at > now);
    },
  };
}

export interface UnitRun {
  /** `ok` also where the unit resolved to nothing. A throw is `failed`, as the check makes it. */
  readonly outcome: UnitOutcome;
  readonly serviceChecks: readonly ServiceCheck[];
  readonly gauges: readonly MetricSample[];
  readonly warnings: readonly string[];
  readonly requests: readonly string[];
}

/** One run of a unit against a script, or against an API that goes on from run to run. */
export async function runUnit(
  unit: Unit,
  api: Script | ScriptedApi,
  given: Partial<UnitContext> = {},
): Promise<UnitRun> {
  const scripted = isApi(api) ? api : scriptedApi(api);
  const asked = scripted.requests.length;
  const serviceChecks: ServiceCheck[] = [];
  const gauges: MetricSample[] = [];
  const warnings = new Set<string>();
  const sender: Sender = {
    gauge: (sample) => void gauges.push(sample),
    count: () => assert.fail('no unit here counts'),
    serviceCheck: (check) => void serviceChecks.push(check),
    event: () => assert.fail('no unit here sends events'),
    commit: () => assert.fail('only the event collector commits'),
  };
  const never = new AbortController().signal;
  const clock = stillClock();
  const context = { api: scripted, sender, clock, tagProvider: {}, signal: never, tenure: never, ...given };
  const outcome = await unit
    .run({ warn: (message) => void warnings.add(message), ...context })
    .then((result) => result ?? ({ status: 'ok' } as const))
    .catch((error: KubeCheckError) => ({ status: 'failed', error }) as const);
  assert.deepEqual(scripted.unplanned, [], 'every request is planned');
  if (given.clock === undefined) assert.deepEqual(clock.pending, [], 'no timer is left running');
  return { outcome, serviceChecks, gauges, warnings: [...warnings], requests: scripted.requests.slice(asked) };
}

const isApi = (value: Script | ScriptedApi): value is ScriptedApi => typeof value['open'] === 'function';

/** The error of a failed outcome. */
export function errorOf({ outcome }: UnitRun): KubeCheckError {
  assert.equal(outcome.status, 'failed');
  return (outcome as Extract<UnitOutcome, { status: 'failed' }>).error;
}
