import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { errorCodes, isKubeCheckError } from '../../src/errors.ts';
import { classifyAnswer, classifyFailure, classifyStatus } from '../../src/kube/classify.ts';
import { describe } from '../../src/kube/target.ts';
import { never } from './server.ts';

const status = fc.oneof(fc.integer(), fc.constantFrom(200, 302, 401, 403, 404, 409, 410, 429, 500, 503, 504));
const odd = fc.oneof(
  fc.jsonValue(),
  fc.string(),
  fc.integer(),
  fc.double(),
  fc.constantFrom('__proto__', 'constructor'),
);
const statusObject = fc.record(
  {
    kind: odd,
    code: odd,
    reason: fc.oneof(odd, fc.constantFrom('Expired', 'Forbidden', 'Timeout')),
    message: odd,
    metadata: fc.oneof(odd, fc.record({ continue: odd })),
    details: fc.oneof(
      odd,
      fc.record({ retryAfterSeconds: odd, causes: fc.oneof(odd, fc.array(fc.oneof(odd, fc.record({ reason: odd })))) }),
    ),
  },
  { requiredKeys: [] },
);
const body = fc.oneof(
  fc.string({ unit: 'binary' }),
  fc.json(),
  statusObject.map((value) => JSON.stringify(value)),
  statusObject.map((value) => JSON.stringify(value).slice(0, -1)),
);
const headers = fc
  .record(
    {
      'content-type': fc.oneof(fc.constantFrom('application/json', 'text/plain', 'text/html', ''), fc.base64String()),
      'retry-after': fc.oneof(fc.string({ unit: 'grapheme-ascii' }), fc.integer().map(String), fc.date().map(String)),
    },
    { requiredKeys: [] },
  )
  .map((record) => new Headers(record));
const path = fc.oneof(
  fc.string(),
  fc.webPath(),
  fc.constantFrom('/api/v1/events', '/api/v1/namespaces/a/configmaps/b', '/apis/a.b/v1/things', '/readyz'),
);

function assertOurs(error: unknown): void {
  assert.ok(isKubeCheckError(error));
  assert.ok(error.code.startsWith('API_') && error.code in errorCodes, error.code);
  assert.equal(typeof error.message, 'string');
  assert.ok(error.message.length < 2500);
  if (error.retryAfterMs !== undefined) assert.ok(error.retryAfterMs >= 0 && Number.isFinite(error.retryAfterMs));
  assert.equal(typeof JSON.stringify(error), 'string');
}

test('any answer, whatever its status, headers and body, is an error with an API_ code', () => {
  fc.assert(
    fc.property(path, status, headers, body, fc.integer(), (path, status, headers, body, nowMs) =>
      assertOurs(classifyAnswer({ path, signal: never }, { status, headers, body }, nowMs)),
    ),
    { numRuns: 2000 },
  );
});

test('any object inside a watch is an error with an API_ code', () => {
  const target = describe({ path: '/api/v1/events', signal: never });
  fc.assert(
    fc.property(fc.oneof(statusObject, fc.anything()), (object) => assertOurs(classifyStatus(target, object))),
    { numRuns: 2000 },
  );
});

test('anything thrown instead of an answer is an error with an API_ code', () => {
  const thrown = fc.oneof(
    fc.anything(),
    fc.record({ code: fc.anything(), message: fc.anything(), errors: fc.anything() }, { requiredKeys: [] }),
    fc.tuple(fc.string(), fc.anything()).map(([message, code]) => Object.assign(new Error(message), { code })),
  );
  fc.assert(
    fc.property(path, thrown, (path, value) => assertOurs(classifyFailure({ path, signal: never }, value))),
    { numRuns: 2000 },
  );
});
