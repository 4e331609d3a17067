/** What can go wrong between a client and its server: each fault waits for requests that match it, and then does its harm to them. */
import type { Clock } from '../../clock.ts';
import { type Answer, typicalAnswer } from './answer.ts';
import { type Exchange, isWatch, send, writeHead } from './exchange.ts';
import { negotiated, prefersProtobuf, protobufFrames, watchMediaType } from './protobuf.ts';

/** Which requests; what is absent matches any. */
export interface FaultMatch {
  /** `GET`, `POST`, ... */
  readonly method?: string;
  /** The whole path, or a pattern found in it. Never the query. */
  readonly path?: string | RegExp;
  /** Whether it is a watch. */
  readonly watch?: boolean;
  /** Parameters that it must have, e.g. `{ limit: '1' }`. */
  readonly query?: Readonly<Record<string, string>>;
}

/**
 * - `reset`: the connection is reset before any answer;
 * - `reset-mid-body`: after the headers and half of the body;
 * - `truncate`: the body ends in its middle, though all is well with HTTP: broken JSON;
 * - `stall`: headers and half of the body, then nothing; of a watch the headers alone;
 * - `endless`: the body never ends: behind it come 64 KiB of blanks, ten times a second of the server's clock;
 * - `hang`: no answer at all.
 */
export type FaultKind = 'reset' | 'reset-mid-body' | 'truncate' | 'stall' | 'endless' | 'hang';

/** What happens to the requests that match. Without `status`, `body` and `how` they are answered as always, after `delayMs`. */
export interface Fault extends FaultMatch {
  /** How many requests. @defaultValue 1 */
  readonly times?: number;
  /** First this long nothing, on the server's clock. Milliseconds. @defaultValue 0 */
  readonly delayMs?: number;
  /** Answered instead, with what a real server says with it: 429 has a `Retry-After` and is plain text, 503 is a Status. @defaultValue 200 with `body` */
  readonly status?: number;
  /** An object is sent as JSON. @defaultValue what a real server says with `status` */
  readonly body?: string | object;
  /** @defaultValue what a real server says with `status`; `application/json` for an object, `text/html` for text */
  readonly contentType?: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** @defaultValue the whole answer is sent */
  readonly how?: FaultKind;
}

export interface Faults {
  add(fault: Fault): void;
  clear(): void;
  /** The first one that matches; it has one time less. */
  take(exchange: Exchange): Fault | undefined;
}

export function createFaults(): Faults {
  const waiting = new Map<Fault, number>();
  return {
    add: (fault) => void waiting.set(fault, fault.times ?? 1),
    clear: () => waiting.clear(),
    take(exchange) {
      for (const [fault, times] of waiting) {
        if (!matches(fault, exchange)) continue;
        if (times > 1) waiting.set(fault, times - 1);
        else waiting.delete(fault);
        return fault;
      }
      return undefined;
    },
  };
}

function matches({ method, path, watch, query = {} }: FaultMatch, exchange: Exchange): boolean {
  if (method !== undefined && method !== exchange.request.method) return false;
  if (typeof path === 'string' && path !== exchange.path) return false;
  if (path instanceof RegExp && exchange.path.search(path) === -1) return false;
  if (watch !== undefined && watch !== isWatch(exchange.query)) return false;
  return Object.entries(query).every(([name, value]) => exchange.query.get(name) === value);
}

/** The first half of a frame: what a watch that breaks has sent. */
const brokenFrame = '{"type":"ADDED","object":{"kind":"Event","apiVersion":"v1","metadata":{"name":"cut-off","namespa';

/** Harms one request. `ordinary` answers it, and gives nothing where the answer is a stream of its own. */
export async function perform(
  fault: Fault,
  exchange: Exchange,
  { clock, ordinary }: { readonly clock: Clock; readonly ordinary: () => Promise<Answer | undefined> },
): Promise<void> {
  if (fault.delayMs !== undefined) await clock.sleep(fault.delayMs, { signal: exchange.closed, background: true });
  if (fault.how === 'reset') return void exchange.response.socket?.resetAndDestroy();
  if (fault.how === 'hang') return;
  const { accept } = exchange.record;
  const answer =
    answerOf(fault, accept) ?? (fault.how && isWatch(exchange.query) ? brokenWatch(accept) : await ordinary());
  if (answer) await deliver(exchange, answer, { how: fault.how, clock });
}

/** Cut in the middle it is a frame less. */
function brokenWatch(accept: string | undefined): Answer {
  const text = brokenFrame + brokenFrame;
  if (!prefersProtobuf(accept)) return { status: 200, contentType: 'application/json', body: text };
  return { status: 200, contentType: watchMediaType, body: protobufFrames(text) };
}

/** Undefined: the ordinary one. */
function answerOf({ status, body, contentType, headers }: Fault, accept: string | undefined): Answer | undefined {
  if (status === undefined && body === undefined) return undefined;
  const typical = status === undefined || body !== undefined ? undefined : negotiated(accept, typicalAnswer(status));
  const text = typeof body === 'object' ? JSON.stringify(body) : body;
  return {
    status: status ?? 200,
    contentType: contentType ?? typical?.contentType ?? (typeof body === 'object' ? 'application/json' : 'text/html'),
    body: text ?? typical?.body ?? '',
    headers: { ...typical?.headers, ...headers },
  };
}

async function deliver(
  exchange: Exchange,
  answer: Answer,
  { how, clock }: { readonly how: FaultKind | undefined; readonly clock: Clock },
): Promise<void> {
  const half = answer.body.slice(0, Math.ceil(answer.body.length / 2));
  switch (how) {
    case 'truncate':
      return send(exchange, { ...answer, body: half });
    case 'reset-mid-body':
      writeHead(exchange, answer);
      // Not before the client could read what was sent: a reset overtakes it.
      exchange.response.write(half, () => setImmediate(() => exchange.response.socket?.resetAndDestroy()));
      return;
    case 'stall':
      writeHead(exchange, answer);
      exchange.response.flushHeaders();
      if (!isWatch(exchange.query)) exchange.response.write(half);
      return;
    case 'endless':
      writeHead(exchange, answer);
      exchange.response.write(answer.body);
      return pour(exchange, clock);
    default:
      return send(exchange, answer);
  }
}

const blanks = Buffer.alloc(64 * 1024, ' ');

async function pour({ response, closed }: Exchange, clock: Clock): Promise<void> {
  while (!closed.aborted) {
    if (!response.writableNeedDrain) response.write(blanks);
    await clock.sleep(100, { signal: closed, background: true });
  }
}
