/**
 * The one classifier: a failed list, a refused watch, an in-stream Status or a broken connection all become one of the `API_*` codes here.
 * The HTTP code decides the class, the body only refines it: 429 comes as text/plain, 504 as a Status without kind.
 */
import { type ErrorCode, isKubeCheckError, KubeCheckError } from '../errors.ts';
import type { KubeRequest } from '../kube-api.ts';
import { connectionCode, connectionReason, remedies, words } from './connection.ts';
import { withoutCredentials } from './secrets.ts';
import { asStatus, parseStatus, retryAfterHeader, retryAfterSeconds, type StatusObject } from './status.ts';
import { describe, type RequestTarget } from './target.ts';

const byStatus: ReadonlyMap<number, ErrorCode> = new Map([
  [401, 'API_UNAUTHORIZED'],
  [403, 'API_DENIED'],
  [404, 'API_ABSENT'],
  [408, 'API_UNAVAILABLE'],
  [409, 'API_CONFLICT'],
  [410, 'API_GONE'],
  [429, 'API_THROTTLED'],
]);

/** Only for an in-stream Status that has no code. @see https://github.com/kubernetes/apimachinery/blob/v0.36.3/pkg/apis/meta/v1/types.go */
const byReason: ReadonlyMap<string, number> = new Map([
  ['Unauthorized', 401],
  ['Forbidden', 403],
  ['NotFound', 404],
  ['AlreadyExists', 409],
  ['Conflict', 409],
  ['Gone', 410],
  ['Expired', 410],
  ['TooManyRequests', 429],
  ['BadRequest', 400],
  ['Invalid', 422],
  ['InternalError', 500],
  ['ServiceUnavailable', 503],
  ['Timeout', 504],
  ['ServerTimeout', 500],
]);

/** Of text from elsewhere no more is quoted: of a foreign body, and of a Status. Characters. */
const bodyExcerpt = 300;
const messageExcerpt = 1000;

/** An answer that is not 2xx. `nowMs` serves a Retry-After given as a date. */
export function classifyAnswer(
  request: KubeRequest,
  answer: { readonly status: number; readonly headers: Headers; readonly body: string },
  nowMs: number,
): KubeCheckError {
  const status = parseStatus(answer.body);
  const retryAfterMs = retryAfterHeader(answer.headers.get('retry-after'), nowMs);
  return fail(describe(request), answer.status, status, {
    text: status?.message ?? plainText(answer.body, answer.headers.get('content-type')),
    ...(retryAfterMs === undefined ? {} : { retryAfterMs }),
  });
}

/** A Status that came inside a watch, under HTTP 200. */
export function classifyStatus(target: RequestTarget, object: unknown): KubeCheckError {
  const status = asStatus(object) ?? {};
  return fail(target, errorCode(status.code) ?? byReason.get(status.reason ?? '') ?? 500, status, {
    text: status.message ?? status.reason ?? '',
  });
}

/** 0 stands for an absent code; a success is no reason to end a stream with a Status. */
const errorCode = (code: number | undefined): number | undefined =>
  code !== undefined && code >= 400 && code <= 599 ? code : undefined;

function fail(
  target: RequestTarget,
  httpStatus: number,
  status: StatusObject | undefined,
  {
    text,
    retryAfterMs = retryAfterSeconds(status?.retryAfterSeconds),
  }: { readonly text: string; readonly retryAfterMs?: number | undefined },
): KubeCheckError {
  const ahead = httpStatus === 504 && status?.causes?.includes('ResourceVersionTooLarge');
  const code = ahead ? 'API_AHEAD' : codeOf(httpStatus);
  const fresh = code === 'API_GONE' ? status?.continue : undefined;
  const remedy = remedyFor(code, target);
  const said = withoutCredentials(text).slice(0, messageExcerpt);
  return new KubeCheckError(code, `${target.text}: ${headline(code, httpStatus)}${said ? `: ${said}` : ''}`, {
    ...(retryAfterMs === undefined ? {} : { retryAfterMs }),
    ...(remedy === undefined ? {} : { remedy }),
    details: {
      ...target.details,
      status: httpStatus,
      ...(status?.reason ? { statusReason: status.reason } : {}),
      ...(fresh ? { continue: fresh } : {}),
    },
  });
}

function codeOf(httpStatus: number): ErrorCode {
  const known = byStatus.get(httpStatus);
  if (known) return known;
  if (httpStatus >= 500) return 'API_UNAVAILABLE';
  return httpStatus >= 400 ? 'API_INVALID' : 'API_MALFORMED';
}

function headline(code: ErrorCode, httpStatus: number): string {
  if (code === 'API_DENIED') return 'not allowed (403)';
  if (code === 'API_UNAUTHORIZED') return 'credentials refused (401)';
  if (code === 'API_MALFORMED') return `unexpected answer (${httpStatus}), not from an API server?`;
  return `HTTP ${httpStatus}`;
}

function remedyFor(code: ErrorCode, { rule }: RequestTarget): string | undefined {
  if (code === 'API_DENIED') return `grant ${rule}; renderRbac(config) makes the whole manifest`;
  if (code === 'API_UNAUTHORIZED')
    return 'renew the token or certificate in the kubeconfig; it is read again at each request';
  if (code === 'API_MALFORMED')
    return 'check the server address in the kubeconfig: a login page or proxy seems to answer';
  if (code === 'API_ABSENT') return 'check the server address in the kubeconfig, and the names in the configuration';
  if (code === 'API_THROTTLED')
    return "look at the API server's load and its flow schemas; it is asked again when it wants to be";
  if (code === 'API_UNAVAILABLE') return 'look at the API server, its etcd, and what is between here and there';
  return undefined;
}

/** A request or body that ended without an answer's end: connection, TLS, DNS, deadline, abort. */
export function classifyFailure(request: KubeRequest, thrown: unknown, timedOutAfterMs?: number): KubeCheckError {
  if (isKubeCheckError(thrown)) return thrown;
  const target = describe(request);
  if (timedOutAfterMs !== undefined) {
    return new KubeCheckError('API_UNAVAILABLE', `${target.text}: no complete answer within ${timedOutAfterMs} ms`, {
      remedy: remedies.timeout,
      details: { ...target.details, reason: 'timeout' },
    });
  }
  if (request.signal.aborted) return aborted(target.text, request.signal);
  const code = connectionCode(thrown);
  const reason = connectionReason(code);
  const text = thrown instanceof Error && thrown.message ? thrown.message : code;
  return new KubeCheckError(
    'API_UNAVAILABLE',
    `${target.text}: ${reason === undefined ? '' : `${words[reason]}: `}${text}`,
    {
      cause: thrown,
      ...(reason === undefined ? {} : { remedy: remedies[reason] }),
      details: { ...target.details, ...(reason === undefined ? {} : { reason }) },
    },
  );
}

/** The work was ended by a signal; its reason, if it is one of ours, says more. */
export function aborted(what: string, signal: AbortSignal): KubeCheckError {
  if (isKubeCheckError(signal.reason)) return signal.reason;
  return new KubeCheckError('ABORTED', `${what}: aborted`, { cause: signal.reason });
}

/** A foreign body is quoted only where it is plain text, and not at length. */
function plainText(body: string, contentType: string | null): string {
  if (contentType !== null && !contentType.startsWith('text/plain')) return '';
  return body.trim().slice(0, bodyExcerpt);
}
