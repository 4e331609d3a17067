import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import {
  asKubeCheckError,
  type ErrorCode,
  EventsRejectedError,
  errorCodes,
  isKubeCheckError,
  KubeCheckError,
  unreachable,
} from '../src/errors.ts';

type Errors = typeof import('../src/errors.ts');

/** The module once more, as another copy of the package would bring it. */
const anotherCopy = (): Promise<Errors> => import(`../src/errors.ts?copy=${copies++}`) as Promise<Errors>;
let copies = 0;

describe('isKubeCheckError', () => {
  test('knows the errors of another copy of the package, as instanceof does not', async () => {
    const other = await anotherCopy();
    assert.notEqual(other.KubeCheckError, KubeCheckError);
    for (const error of [new other.KubeCheckError('API_GONE', 'm'), new other.EventsRejectedError(['a'])]) {
      assert.equal(error instanceof KubeCheckError, false);
      assert.equal(isKubeCheckError(error), true);
      assert.equal(isKubeCheckError(error, error.code), true);
      assert.equal(isKubeCheckError(error, 'ABORTED'), false);
    }
    assert.equal(other.isKubeCheckError(new KubeCheckError('API_GONE', 'm')), true);
  });

  test('asks for a code where one is named', () => {
    const error = new KubeCheckError('API_GONE', 'm');
    assert.equal(isKubeCheckError(error), true);
    assert.equal(isKubeCheckError(error, 'API_GONE'), true);
    assert.equal(isKubeCheckError(error, 'API_DENIED'), false);
    assert.equal(isKubeCheckError(new EventsRejectedError([]), 'EVENTS_REJECTED'), true);
  });

  for (const value of [
    undefined,
    null,
    0,
    'API_GONE',
    {},
    new Error('m'),
    Object.assign(new Error('m'), { code: 'API_GONE', name: 'KubeCheckError' }),
    { name: 'KubeCheckError', code: 'API_GONE', message: 'm', details: {} },
    () => undefined,
  ]) {
    test(`does not take ${String(value)} for one`, () => {
      assert.equal(isKubeCheckError(value), false);
      assert.equal(isKubeCheckError(value, 'API_GONE'), false);
    });
  }

  test('knows none that went through JSON: that is a report, not an error', () => {
    assert.equal(isKubeCheckError(JSON.parse(JSON.stringify(new KubeCheckError('API_GONE', 'm')))), false);
  });
});

describe('a KubeCheckError', () => {
  const cause = new Error('a cause that says s3cr3t');
  const full = new KubeCheckError('API_THROTTLED', 'list events: HTTP 429', {
    cause,
    remedy: 'wait',
    retryAfterMs: 3000,
    details: { verb: 'list', status: 429, issues: [{ path: 'a' }] },
  });

  test('is an error with a code, a name, a cause and what was given', () => {
    assert.ok(full instanceof Error);
    assert.equal(String(full), 'KubeCheckError: list events: HTTP 429');
    assert.equal(full.cause, cause);
    assert.deepEqual([full.code, full.remedy, full.retryAfterMs], ['API_THROTTLED', 'wait', 3000]);
    assert.match(full.stack ?? '', /errors\.test/);
  });

  test('survives JSON.stringify, without stack and cause', () => {
    assert.deepEqual(JSON.parse(JSON.stringify({ error: full })), {
      error: {
        name: 'KubeCheckError',
        code: 'API_THROTTLED',
        message: 'list events: HTTP 429',
        remedy: 'wait',
        retryAfterMs: 3000,
        details: { verb: 'list', status: 429, issues: [{ path: 'a' }] },
      },
    });
  });

  test('what is unknown is absent from its JSON', () => {
    assert.deepEqual(JSON.parse(JSON.stringify(new KubeCheckError('ABORTED', 'm'))), {
      name: 'KubeCheckError',
      code: 'ABORTED',
      message: 'm',
      details: {},
    });
  });

  test('has a cause only if one was given, be it undefined', () => {
    assert.equal('cause' in new KubeCheckError('ABORTED', 'm'), false);
    assert.equal('cause' in new KubeCheckError('ABORTED', 'm', { cause: undefined }), true);
  });

  test('a patience of 0 ms is one', () => {
    const error = new KubeCheckError('API_THROTTLED', 'm', { retryAfterMs: 0 });
    assert.equal(JSON.parse(JSON.stringify(error)).retryAfterMs, 0);
  });
});

test('an EventsRejectedError names the ids, also as JSON, and keeps its cause', () => {
  const cause = new Error('413');
  const error = new EventsRejectedError(['a', 'b'], { cause });
  assert.ok(error instanceof KubeCheckError);
  assert.deepEqual(error.ids, ['a', 'b']);
  assert.equal(error.cause, cause);
  const { name, code, message, remedy, details } = JSON.parse(JSON.stringify(error));
  assert.deepEqual(
    { name, code, message, details },
    {
      name: 'EventsRejectedError',
      code: 'EVENTS_REJECTED',
      message: 'the sender refuses 2 event(s) for good',
      details: { ids: ['a', 'b'] },
    },
  );
  assert.ok(remedy);
});

describe('asKubeCheckError', () => {
  test('leaves one of ours as it is, also of another copy', async () => {
    const other = await anotherCopy();
    for (const error of [new KubeCheckError('API_GONE', 'm'), new other.KubeCheckError('API_GONE', 'm')])
      assert.equal(asKubeCheckError(error, 'UNIT_FAILED', 'unit'), error);
  });

  for (const [thrown, message] of [
    [new TypeError('x is not a function'), 'unit: x is not a function'],
    ['a text', 'unit: a text'],
    [undefined, 'unit: undefined'],
    [7, 'unit: 7'],
  ] as const) {
    test(`says where ${String(thrown)} came from, and keeps it as the cause`, () => {
      const error = asKubeCheckError(thrown, 'UNIT_FAILED', 'unit');
      assert.equal(error.code, 'UNIT_FAILED');
      assert.equal(error.message, message);
      assert.equal(error.cause, thrown);
    });
  }
});

test('asKubeCheckError() takes also what has no text', () => {
  const thrown: unknown = Object.create(null);
  const error = asKubeCheckError(thrown, 'UNIT_FAILED', 'unit');
  assert.equal(error.message, 'unit: something without a text was thrown');
  assert.equal(error.cause, thrown);
});

test('every code says in a sentence what it means', () => {
  for (const [code, meaning] of Object.entries(errorCodes) as [ErrorCode, string][]) {
    assert.match(code, /^[A-Z]+(_[A-Z]+)*$/);
    assert.match(meaning, /^\S.{20,}\.$/);
  }
});

test('unreachable() says what it was reached with', () => {
  assert.throws(() => unreachable({ at: 'nowhere' } as never), { name: 'TypeError', message: /"at":"nowhere"/ });
});
