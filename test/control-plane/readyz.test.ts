import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { parseReadyz, requestReadyz } from '../../src/control-plane/readyz.ts';
import { isKubeCheckError } from '../../src/errors.ts';
import { type Answer, scriptedApi, stillClock } from './scripted-api.ts';

describe('the lines of a verbose readyz body', () => {
  const passed = (name: string, result = 'ok') => ({ name, passed: true, result });
  const failed = (name: string, result = 'failed: reason withheld') => ({ name, passed: false, result });
  const table: readonly [title: string, body: string, checks: readonly unknown[]][] = [
    [
      'are the checks, in their order',
      '[+]ping ok\n[-]etcd failed: reason withheld\nreadyz check failed\n',
      [passed('ping'), failed('etcd')],
    ],
    ['may end in CR LF', '[+]ping ok\r\n[-]etcd failed: reason withheld\r\n', [passed('ping'), failed('etcd')]],
    [
      'may be excluded, which is no failure',
      '[+]etcd excluded: ok\nreadyz check passed\n',
      [passed('etcd', 'excluded: ok')],
    ],
    ['may carry a reason', '[-]etcd failed: connection lost\n', [failed('etcd', 'failed: connection lost')]],
    ['may carry nothing', '[-]etcd\n[+]ping', [failed('etcd', ''), passed('ping', '')]],
    ['count as failed once one of the same name is', '[+]a ok\n[-]a failed: x\n[+]a ok\n', [failed('a', 'failed: x')]],
    [
      'keep the slashes of hooks',
      '[-]poststarthook/rbac/bootstrap-roles failed: x\n',
      [failed('poststarthook/rbac/bootstrap-roles', 'failed: x')],
    ],
    ['are not found in a bare ok', 'ok', []],
    ['are not found in nothing', '', []],
    ['are not found in a page', '<html><body>[+] add [-] remove</body></html>', []],
    ['begin at the beginning of a line', 'warn: [-]etcd failed\n', []],
  ];
  for (const [title, body, checks] of table) it(title, () => assert.deepEqual(parseReadyz(body), checks));
});

describe('the readyz request', () => {
  const ask = (answer: Answer, clock = stillClock()) =>
    requestReadyz({
      api: scriptedApi({ '/readyz?verbose=': answer }),
      clock,
      signal: new AbortController().signal,
    });

  it('gives any status with its body, joined over chunks in the middle of a character', async () => {
    const bytes = Buffer.from('[-]größe failed\n');
    const answer = await ask({ status: 500, body: [bytes.subarray(0, 6), bytes.subarray(6)] });
    assert.equal(answer.status, 500);
    assert.equal(answer.body, '[-]größe failed\n');
  });

  it('stops reading a body without end, and keeps its whole lines', async () => {
    let chunks = 0;
    let closed = false;
    async function* endless() {
      try {
        for (;;) {
          chunks += 1;
          yield Buffer.from(`[+]check-${chunks} ok\n`.padStart(1000, '\n'));
        }
      } finally {
        closed = true;
      }
    }
    const { body } = await ask({ body: endless() });
    assert.equal(chunks, 66);
    assert.ok(closed, 'the connection is given back');
    assert.ok(body.trimEnd().endsWith('[+]check-65 ok'), body.slice(-30));
  });

  it('ends with a time-out when the body stalls, and leaves no timer', async () => {
    const clock = stillClock();
    let asked: Promise<unknown> | undefined;
    await new Promise<void>((stalls) => {
      asked = ask({ body: '[+]ping ok\n', stalls }, clock);
    });
    clock.advance(10_000);
    await assert.rejects(asked!, (error) => {
      assert.ok(isKubeCheckError(error, 'API_UNAVAILABLE'));
      assert.equal(error.details['reason'], 'timeout');
      return true;
    });
    assert.deepEqual(clock.pending, []);
  });
});
