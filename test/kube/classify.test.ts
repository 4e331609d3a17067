import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { errorCodes, isKubeCheckError, KubeCheckError } from '../../src/errors.ts';
import { aborted, classifyAnswer, classifyFailure, classifyStatus } from '../../src/kube/classify.ts';
import { describe as targetOf } from '../../src/kube/target.ts';
import type { KubeRequest } from '../../src/kube-api.ts';
import { never } from './server.ts';

const request: KubeRequest = { path: '/api/v1/namespaces/shop/events', signal: never };
const nowMs = Date.UTC(2024, 4, 29, 6, 10);
const status = (fields: object) =>
  JSON.stringify({ kind: 'Status', apiVersion: 'v1', metadata: {}, status: 'Failure', ...fields });
const asJson = { 'content-type': 'application/json' };
const asText = { 'content-type': 'text/plain; charset=utf-8' };
const list = 'list events in namespace "shop"';

interface Row {
  readonly what: string;
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
  readonly code: string;
  readonly message: string;
  readonly remedy?: RegExp;
  readonly retryAfterMs?: number;
  readonly details?: Readonly<Record<string, unknown>>;
}

const answers: readonly Row[] = [
  {
    what: '401',
    status: 401,
    headers: asJson,
    body: status({ message: 'Unauthorized', reason: 'Unauthorized', code: 401 }),
    code: 'API_UNAUTHORIZED',
    message: `${list}: credentials refused (401): Unauthorized`,
    remedy: /renew the token or certificate/,
    details: { statusReason: 'Unauthorized' },
  },
  {
    what: '403 of the authorizer',
    status: 403,
    headers: asJson,
    body: status({ message: 'events is forbidden: User "a" cannot list', reason: 'Forbidden', code: 403 }),
    code: 'API_DENIED',
    message: `${list}: not allowed (403): events is forbidden: User "a" cannot list`,
    remedy: /grant verb "list" on resource "events" of API group "" in namespace "shop"; renderRbac/,
    details: { statusReason: 'Forbidden' },
  },
  {
    what: '403 of a proxy',
    status: 403,
    headers: { 'content-type': 'text/html' },
    body: '<h1>no</h1>',
    code: 'API_DENIED',
    message: `${list}: not allowed (403)`,
  },
  {
    what: '404',
    status: 404,
    headers: asJson,
    body: status({ message: 'namespaces "shop" not found', reason: 'NotFound', code: 404 }),
    code: 'API_ABSENT',
    message: `${list}: HTTP 404: namespaces "shop" not found`,
    details: { statusReason: 'NotFound' },
  },
  {
    what: '404 of the mux',
    status: 404,
    headers: asText,
    body: '404 page not found\n',
    code: 'API_ABSENT',
    message: `${list}: HTTP 404: 404 page not found`,
  },
  {
    what: '409',
    status: 409,
    headers: asJson,
    body: status({ message: 'the object has been modified', reason: 'Conflict', code: 409 }),
    code: 'API_CONFLICT',
    message: `${list}: HTTP 409: the object has been modified`,
    details: { statusReason: 'Conflict' },
  },
  {
    what: '410 without a place to go on from',
    status: 410,
    headers: asJson,
    body: status({ message: 'too old resource version', reason: 'Expired', code: 410 }),
    code: 'API_GONE',
    message: `${list}: HTTP 410: too old resource version`,
    details: { statusReason: 'Expired' },
  },
  {
    what: '410 with a fresh continue token',
    status: 410,
    headers: asJson,
    body: status({ metadata: { continue: 'fresh' }, message: 'expired', reason: 'Expired', code: 410 }),
    code: 'API_GONE',
    message: `${list}: HTTP 410: expired`,
    details: { statusReason: 'Expired', continue: 'fresh' },
  },
  {
    what: 'a continue token beside another status',
    status: 500,
    headers: asJson,
    body: status({ metadata: { continue: 'fresh' }, code: 500 }),
    code: 'API_UNAVAILABLE',
    message: `${list}: HTTP 500`,
  },
  {
    what: '429 as text with seconds',
    status: 429,
    headers: { ...asText, 'retry-after': '3' },
    body: 'Too many requests, please try again later.\n',
    code: 'API_THROTTLED',
    message: `${list}: HTTP 429: Too many requests, please try again later.`,
    retryAfterMs: 3000,
  },
  {
    what: '429 with a date',
    status: 429,
    headers: { ...asText, 'retry-after': 'Wed, 29 May 2024 06:10:30 GMT' },
    code: 'API_THROTTLED',
    message: `${list}: HTTP 429`,
    retryAfterMs: 30_000,
  },
  {
    what: '429 with a date in the form of RFC 850',
    status: 429,
    headers: { 'retry-after': 'Wednesday, 29-May-24 06:10:30 GMT' },
    code: 'API_THROTTLED',
    message: `${list}: HTTP 429`,
    retryAfterMs: 30_000,
  },
  {
    what: '429 with a date that has passed',
    status: 429,
    headers: { 'retry-after': 'Wed, 29 May 2024 06:09:30 GMT' },
    code: 'API_THROTTLED',
    message: `${list}: HTTP 429`,
    retryAfterMs: 0,
  },
  {
    what: '429 that asks for a day gets ten minutes',
    status: 429,
    headers: { 'retry-after': '86400' },
    code: 'API_THROTTLED',
    message: `${list}: HTTP 429`,
    retryAfterMs: 600_000,
  },
  ...['', 'soon', '-5', '5.5', '1e3', '0x10', '99999999999'].map((header) => ({
    what: `429 with Retry-After '${header}', the Status says it`,
    status: 429,
    headers: { ...asJson, 'retry-after': header },
    body: status({ details: { retryAfterSeconds: 2 } }),
    code: 'API_THROTTLED',
    message: `${list}: HTTP 429`,
    retryAfterMs: 2000,
  })),
  {
    what: '500',
    status: 500,
    headers: asJson,
    body: status({ message: 'etcdserver: request timed out', code: 500 }),
    code: 'API_UNAVAILABLE',
    message: `${list}: HTTP 500: etcdserver: request timed out`,
  },
  {
    what: '503 with patience asked for',
    status: 503,
    headers: { ...asText, 'retry-after': '1' },
    body: 'apiserver not ready',
    code: 'API_UNAVAILABLE',
    message: `${list}: HTTP 503: apiserver not ready`,
    retryAfterMs: 1000,
  },
  {
    what: '504 from a version that the server has not seen',
    status: 504,
    headers: asJson,
    body: JSON.stringify({
      metadata: {},
      status: 'Failure',
      message: 'Timeout: Too large resource version: 900, current: 5',
      reason: 'Timeout',
      details: { causes: [{ reason: 'ResourceVersionTooLarge', message: 'Too large resource version' }] },
      code: 504,
    }),
    code: 'API_AHEAD',
    message: `${list}: HTTP 504: Timeout: Too large resource version: 900, current: 5`,
    details: { statusReason: 'Timeout' },
  },
  {
    what: '504 for another cause',
    status: 504,
    headers: asJson,
    body: status({ reason: 'Timeout', details: { causes: [{ reason: 'Another' }, null, 'text'] } }),
    code: 'API_UNAVAILABLE',
    message: `${list}: HTTP 504`,
    details: { statusReason: 'Timeout' },
  },
  {
    what: 'the cause of a 504 beside another status',
    status: 500,
    headers: asJson,
    body: status({ details: { causes: [{ reason: 'ResourceVersionTooLarge' }] } }),
    code: 'API_UNAVAILABLE',
    message: `${list}: HTTP 500`,
  },
  { what: '400', status: 400, body: 'bad', headers: asText, code: 'API_INVALID', message: `${list}: HTTP 400: bad` },
  { what: '422', status: 422, code: 'API_INVALID', message: `${list}: HTTP 422` },
  { what: '408', status: 408, code: 'API_UNAVAILABLE', message: `${list}: HTTP 408` },
  {
    what: 'a page of HTML with 200',
    status: 200,
    headers: { 'content-type': 'text/html' },
    body: '<html>Log in</html>',
    code: 'API_MALFORMED',
    message: `${list}: unexpected answer (200), not from an API server?`,
    remedy: /login page or proxy/,
  },
  {
    what: 'a redirect',
    status: 302,
    headers: { 'content-type': 'text/html', location: 'https://login.example' },
    code: 'API_MALFORMED',
    message: `${list}: unexpected answer (302), not from an API server?`,
    remedy: /login page or proxy/,
  },
  {
    what: 'the status of HTTP against that of the body',
    status: 403,
    headers: asJson,
    body: status({ code: 410, reason: 'Expired' }),
    code: 'API_DENIED',
    message: `${list}: not allowed (403)`,
    details: { statusReason: 'Expired' },
  },
  {
    what: 'a Status whose fields have other types',
    status: 410,
    headers: asJson,
    body: status({
      metadata: { continue: 7 },
      message: ['a'],
      reason: { b: 1 },
      code: '410',
      details: { retryAfterSeconds: '9', causes: 'ResourceVersionTooLarge' },
    }),
    code: 'API_GONE',
    message: `${list}: HTTP 410`,
  },
  ...[{ metadata: null, details: null }, { metadata: [], details: [] }, { details: { causes: [null] } }].map((odd) => ({
    what: `a Status with ${JSON.stringify(odd)}`,
    status: 410,
    headers: asJson,
    body: status(odd),
    code: 'API_GONE',
    message: `${list}: HTTP 410`,
  })),
  ...['null', '[]', '7', '"text"', '{"kind":', ''].map((body) => ({
    what: `the body '${body}'`,
    status: 500,
    headers: asJson,
    body,
    code: 'API_UNAVAILABLE',
    message: `${list}: HTTP 500`,
  })),
  {
    what: 'a text without a type',
    status: 502,
    body: '  Bad Gateway\n',
    code: 'API_UNAVAILABLE',
    message: `${list}: HTTP 502: Bad Gateway`,
  },
  {
    what: 'a foreign text, of which no more than 300 characters are told',
    status: 502,
    headers: asText,
    body: 'x'.repeat(5000),
    code: 'API_UNAVAILABLE',
    message: `${list}: HTTP 502: ${'x'.repeat(300)}`,
  },
  {
    what: 'a Status with a message as long as a book, of which 1000 characters are told',
    status: 500,
    headers: asJson,
    body: status({ message: 'y'.repeat(60_000) }),
    code: 'API_UNAVAILABLE',
    message: `${list}: HTTP 500: ${'y'.repeat(1000)}`,
  },
  {
    what: 'a proxy that repeats the credentials',
    status: 400,
    headers: asText,
    body: 'bad header Authorization: Bearer eyJhbGciOi.eyJzdWIi.c2ln here',
    code: 'API_INVALID',
    message: `${list}: HTTP 400: bad header Authorization: Bearer *** here`,
  },
];

describe('an answer', () => {
  for (const {
    what,
    status: httpStatus,
    headers = {},
    body = '',
    code,
    message,
    remedy,
    retryAfterMs,
    details,
  } of answers) {
    test(`${what}: ${code}`, () => {
      const error = classifyAnswer(request, { status: httpStatus, headers: new Headers(headers), body }, nowMs);
      assert.ok(isKubeCheckError(error));
      assert.equal(error.code, code);
      assert.equal(error.message, message);
      assert.equal(error.retryAfterMs, retryAfterMs);
      if (remedy) assert.match(error.remedy ?? '', remedy);
      assert.deepEqual(error.details, {
        verb: 'list',
        group: '',
        resource: 'events',
        namespace: 'shop',
        status: httpStatus,
        ...details,
      });
    });
  }

  test('without a body says nothing but its status', () => {
    const error = classifyAnswer(request, { status: 418, headers: new Headers(), body: '' }, nowMs);
    assert.equal(error.message, `${list}: HTTP 418`);
    assert.deepEqual([error.retryAfterMs, error.remedy], [undefined, undefined]);
  });
});

describe('a Status inside a watch', () => {
  const target = targetOf({ path: '/api/v1/events', query: { watch: 'true' }, signal: never });
  const table: readonly (readonly [string, unknown, string, number])[] = [
    ['by code', { code: 410, reason: 'Expired', message: 'too old' }, 'API_GONE', 410],
    ['by code, whatever the reason', { code: 403, reason: 'Expired' }, 'API_DENIED', 403],
    ['by code, without a reason', { code: 429 }, 'API_THROTTLED', 429],
    ['by reason Expired', { reason: 'Expired' }, 'API_GONE', 410],
    ['by reason Gone', { reason: 'Gone' }, 'API_GONE', 410],
    ['by reason Unauthorized', { reason: 'Unauthorized' }, 'API_UNAUTHORIZED', 401],
    ['by reason Forbidden', { reason: 'Forbidden' }, 'API_DENIED', 403],
    ['by reason NotFound', { reason: 'NotFound' }, 'API_ABSENT', 404],
    ['by reason TooManyRequests', { reason: 'TooManyRequests' }, 'API_THROTTLED', 429],
    ['by reason InternalError', { reason: 'InternalError' }, 'API_UNAVAILABLE', 500],
    ['by reason ServerTimeout', { reason: 'ServerTimeout' }, 'API_UNAVAILABLE', 500],
    ['by reason BadRequest', { reason: 'BadRequest' }, 'API_INVALID', 400],
    ['code 0, as protobuf says an absent one', { code: 0, reason: 'Expired' }, 'API_GONE', 410],
    ['a code that is no error', { code: 200, reason: 'Expired' }, 'API_GONE', 410],
    ['a code of another type', { code: '410', reason: 'Expired' }, 'API_GONE', 410],
    [
      'a version ahead of the server',
      { code: 504, details: { causes: [{ reason: 'ResourceVersionTooLarge' }] } },
      'API_AHEAD',
      504,
    ],
    ['an unknown reason', { reason: 'New' }, 'API_UNAVAILABLE', 500],
    ['a reason that is a name of every object', { reason: 'constructor' }, 'API_UNAVAILABLE', 500],
    ['a reason of another type', { reason: 410 }, 'API_UNAVAILABLE', 500],
    ['nothing', {}, 'API_UNAVAILABLE', 500],
    ['null', null, 'API_UNAVAILABLE', 500],
    ['a list', [{ code: 410 }], 'API_UNAVAILABLE', 500],
  ];
  for (const [what, object, code, httpStatus] of table) {
    test(`${what}: ${code}`, () => {
      const error = classifyStatus(target, object);
      assert.equal(error.code, code);
      assert.equal(error.details['status'], httpStatus);
      assert.match(error.message, /^watch events at the cluster scope: /);
    });
  }

  test('says its message, else its reason', () => {
    assert.match(classifyStatus(target, { code: 500, message: 'm', reason: 'r' }).message, /: HTTP 500: m$/);
    assert.match(classifyStatus(target, { code: 500, reason: 'r' }).message, /: HTTP 500: r$/);
  });

  test('may ask for patience', () => {
    assert.equal(classifyStatus(target, { code: 429, details: { retryAfterSeconds: 4 } }).retryAfterMs, 4000);
    assert.equal(classifyStatus(target, { code: 429, details: { retryAfterSeconds: -4 } }).retryAfterMs, undefined);
  });
});

describe('no answer', () => {
  const withCode = (code: string, message = `it said ${code}`) => Object.assign(new Error(message), { code });
  const table: readonly (readonly [string, unknown, string | undefined])[] = [
    ...['ENOTFOUND', 'EAI_AGAIN'].map((code) => [code, withCode(code), 'dns'] as const),
    ['ECONNREFUSED', withCode('ECONNREFUSED'), 'refused'],
    ['ETIMEDOUT', withCode('ETIMEDOUT'), 'timeout'],
    ...['ECONNRESET', 'EPIPE', 'ERR_STREAM_PREMATURE_CLOSE', 'HPE_INVALID_CONSTANT'].map(
      (code) => [code, withCode(code), 'reset'] as const,
    ),
    ...[
      'CERT_HAS_EXPIRED',
      'CERT_NOT_YET_VALID',
      'CERT_REVOKED',
      'CERT_SIGNATURE_FAILURE',
      'CRL_HAS_EXPIRED',
      'DEPTH_ZERO_SELF_SIGNED_CERT',
      'EPROTO',
      'ERR_OSSL_X509_KEY_VALUES_MISMATCH',
      'ERR_SSL_WRONG_VERSION_NUMBER',
      'ERR_TLS_CERT_ALTNAME_INVALID',
      'HOSTNAME_MISMATCH',
      'INVALID_CA',
      'INVALID_PURPOSE',
      'SELF_SIGNED_CERT_IN_CHAIN',
      'UNABLE_TO_DECODE_ISSUER_PUBLIC_KEY',
      'UNABLE_TO_GET_ISSUER_CERT_LOCALLY',
      'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
    ].map((code) => [code, withCode(code), 'tls'] as const),
    [
      'several addresses, all refused',
      Object.assign(new AggregateError([withCode('ECONNREFUSED'), withCode('ECONNREFUSED')]), { code: undefined }),
      'refused',
    ],
    ['EHOSTUNREACH', withCode('EHOSTUNREACH'), undefined],
    ['an error without a code', new Error('odd'), undefined],
    ['no error at all', undefined, undefined],
    ['a text', 'odd', undefined],
  ];
  for (const [what, thrown, reason] of table) {
    test(`${what}: ${reason ?? 'no reason told'}`, () => {
      const error = classifyFailure(request, thrown);
      assert.equal(error.code, 'API_UNAVAILABLE');
      assert.equal(error.details['reason'], reason);
      assert.equal(error.remedy !== undefined, reason !== undefined);
      assert.equal(error.cause, thrown);
    });
  }

  test('within the deadline: timeout, whatever was thrown', () => {
    const error = classifyFailure(request, withCode('ECONNRESET'), 500);
    assert.equal(error.message, `${list}: no complete answer within 500 ms`);
    assert.equal(error.details['reason'], 'timeout');
  });

  test('before the signal: aborted, whatever was thrown', () => {
    const signal = AbortSignal.abort(new Error('enough'));
    const error = classifyFailure({ ...request, signal }, withCode('ECONNRESET'));
    assert.equal(error.code, 'ABORTED');
    assert.equal(error.message, `${list}: aborted`);
    assert.equal((error.cause as Error).message, 'enough');
  });

  test('an error of ours stays what it is', () => {
    const ours = new KubeCheckError('API_GONE', 'm');
    assert.equal(classifyFailure({ ...request, signal: AbortSignal.abort() }, ours, 500), ours);
    assert.equal(aborted('it', AbortSignal.abort(ours)), ours);
  });
});

test('every code that the classifier knows is one of the table of codes', () => {
  for (const httpStatus of Array.from({ length: 1000 }, (_, n) => n)) {
    const { code } = classifyAnswer(request, { status: httpStatus, headers: new Headers(), body: '' }, nowMs);
    assert.ok(code.startsWith('API_') && code in errorCodes);
  }
});
