/**
 * The API server over raw `node:https`: bytes in and out, streaming with backpressure, one connection pool, deadlines, and one failure
 * class for everything that can go wrong. No policy: it never retries but after a 401, once, with credentials read again, and where a
 * kept connection turns out to have been closed before the request reached the other side.
 */
import type { IncomingMessage } from 'node:http';
import { type Clock, type Deadline, deadline, systemClock } from '../clock.ts';
import { KubeCheckError } from '../errors.ts';
import type { KubeApi, KubeConfigSource, KubeRequest, KubeResponse } from '../kube-api.ts';
import { logger } from '../log.ts';
import { orAborted } from '../or-aborted.ts';
import { createAgents } from './agents.ts';
import { failureOf, isSuccess, readJson } from './body.ts';
import { chunksOf } from './chunks.ts';
import { classifyFailure } from './classify.ts';
import { createConnector } from './connect.ts';
import { send } from './send.ts';
import { createSlots } from './slots.ts';
import { createThrottle } from './throttle.ts';

const log = logger('api');
/** @see KubeRequest.timeoutMs */
const defaultTimeoutMs = 10_000;
/** A credential plugin may have to ask somebody else first. */
const connectTimeoutMs = 30_000;
/** Requests under way at once, watches and urgent ones apart: so few connections, however many callers. */
const maxConcurrent = 3;

/** A {@link KubeApi} with the parts that only its owner uses. */
export interface OwnedKubeApi extends KubeApi {
  /** Loads the kubeconfig and its credentials, without a request. @throws KubeCheckError CLIENT_UNAVAILABLE */
  connect(): Promise<void>;
  /** Ends all requests and connections. A later request opens new ones. */
  close(): void;
}

/** Does nothing until the first request. @defaultValue kubeConfig: client-node's `loadFromDefault()` */
export function createKubeApi(kubeConfig?: KubeConfigSource): KubeApi {
  return createOwnedKubeApi(kubeConfig, systemClock);
}

export function createOwnedKubeApi(kubeConfig: KubeConfigSource | undefined, clock: Clock): OwnedKubeApi {
  const connector = createConnector(kubeConfig);
  const agents = createAgents();
  const slots = createSlots(maxConcurrent);
  const throttle = createThrottle(clock);
  let closing = new AbortController();

  const within = (ms: number, ...outer: readonly AbortSignal[]): Deadline =>
    deadline(clock, ms, () => new Error('deadline'), ...outer);

  /** The answer's head, with renewed credentials after a 401. */
  async function exchange(request: KubeRequest, signal: AbortSignal): Promise<IncomingMessage> {
    // Credential plugins take no signal: what they say after it is not waited for.
    const first = await send(request, await orAborted(connector.connection(), signal), agents, signal);
    if (first.statusCode !== 401) return first;
    await drained(first);
    log('401 on %s, credentials are read again', request.path);
    return send(request, await orAborted(connector.renewed(), signal), agents, signal);
  }

  async function open(request: KubeRequest): Promise<KubeResponse> {
    throttle.check(request);
    const timeoutMs = request.timeoutMs ?? defaultTimeoutMs;
    const toHeaders = within(timeoutMs);
    // What ends the request also ends its body: the caller's signal, close(), and the deadline for as long as it is not cleared.
    const whole = within(Number.POSITIVE_INFINITY, request.signal, closing.signal, toHeaders.signal);
    let giveBack = (): void => undefined;
    const end = () => {
      toHeaders.clear();
      whole.clear();
      giveBack();
    };
    const failure = (error: unknown) =>
      classifyFailure({ ...request, signal: whole.signal }, error, toHeaders.passed ? timeoutMs : undefined);
    try {
      if (!request.urgent && request.query?.['watch'] !== 'true') giveBack = await slots.take(whole.signal);
      const message = await exchange(request, whole.signal);
      message.once('close', end);
      const status = message.statusCode ?? 0;
      log('%s %s %d', request.method ?? 'GET', request.path, status);
      // A refusal that trickles for ever would hold its slot.
      if (isSuccess(status)) toHeaders.clear();
      const headers = headersOf(message);
      throttle.heard(request, { status, headers });
      return { status, headers, body: bodyOf(message, whole.signal, failure) };
    } catch (error) {
      end();
      throw failure(error);
    }
  }

  async function json(request: KubeRequest): Promise<unknown> {
    const timeoutMs = request.timeoutMs ?? defaultTimeoutMs;
    const whole = within(timeoutMs, request.signal);
    const bounded = { ...request, signal: whole.signal, timeoutMs: Number.POSITIVE_INFINITY };
    try {
      const answer = await open(bounded);
      if (!isSuccess(answer.status)) throw await failureOf(bounded, answer, clock.nowMs());
      return await readJson(bounded, answer);
    } catch (error) {
      throw whole.passed ? classifyFailure(request, undefined, timeoutMs) : error;
    } finally {
      whole.clear();
    }
  }

  async function connect(): Promise<void> {
    const limit = within(connectTimeoutMs, closing.signal);
    try {
      await orAborted(connector.connection(), limit.signal);
    } catch (error) {
      if (!limit.signal.aborted) throw error;
      const why = limit.passed ? `none within ${connectTimeoutMs} ms` : 'closed';
      throw new KubeCheckError('CLIENT_UNAVAILABLE', `no client could be made from the kubeconfig: ${why}`, {
        remedy: 'check the credential plugin of the kubeconfig',
      });
    } finally {
      limit.clear();
    }
  }

  function close(): void {
    closing.abort(new Error('closed'));
    closing = new AbortController();
    agents.close();
  }

  return { json, open, connect, close };
}

/** Read to its end, unseen, so that its connection serves the next request. */
function drained(message: IncomingMessage): Promise<void> {
  return new Promise((resolve) => {
    message.once('close', resolve).resume();
  });
}

function headersOf(message: IncomingMessage): Headers {
  const headers = new Headers();
  for (const [name, value] of Object.entries(message.headersDistinct))
    for (const one of value ?? []) headers.append(name, one);
  return headers;
}

/** The body's bytes; a break in the middle is classified. */
async function* bodyOf(
  message: IncomingMessage,
  signal: AbortSignal,
  failure: (error: unknown) => KubeCheckError,
): AsyncGenerator<Uint8Array> {
  try {
    yield* chunksOf(message);
    // Node drops what it still held of an aborted answer, and ends it as if that were all.
    signal.throwIfAborted();
  } catch (error) {
    throw failure(error);
  }
}
