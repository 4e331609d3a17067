import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { controlPlaneHealthCheck } from '../../src/control-plane/health.ts';
import type { ServiceCheck } from '../../src/sender.ts';
import { type Answer, errorOf, runUnit, scriptedApi, stillClock } from './scripted-api.ts';

const up = 'kube_apiserver_controlplane.up';
const body = '[+]ping ok\n[+]etcd ok\n[+]informer-sync ok\nreadyz check passed\n';
const forbidden = {
  status: 403,
  body: { kind: 'Status', code: 403, message: 'forbidden: User "agent" cannot get path "/readyz"' },
};

/** `whole | part: status message`, as one reads it. */
const told = (checks: readonly ServiceCheck[]) =>
  checks.map(({ tags, status, message }) => `${tags?.join() ?? 'whole'}: ${status} ${message}`);

describe('the parts of a control plane', () => {
  const table: readonly [title: string, answer: Answer, told: readonly string[]][] = [
    [
      'are all well when each line passes',
      { body },
      ['whole: ok ok', 'component:apiserver: ok ok', 'component:etcd: ok ok'],
    ],
    [
      'are judged by the worst of their lines: etcd by all that begin with its name, the API server by all others',
      {
        status: 500,
        body: '[+]ping ok\n[+]etcd ok\n[-]etcd-override-0 failed: reason withheld\n[-]informer-sync failed: reason withheld\n[-]shutdown failed: reason withheld\n',
      },
      [
        'whole: critical not ready: etcd-override-0, informer-sync, shutdown',
        'component:apiserver: critical apiserver not ready: informer-sync, shutdown',
        'component:etcd: critical etcd not ready: etcd-override-0',
      ],
    ],
    [
      'are believed against a status of 200',
      { body: '[-]etcd failed: reason withheld\n[+]ping ok\n' },
      [
        'whole: critical not ready: etcd',
        'component:apiserver: ok ok',
        'component:etcd: critical etcd not ready: etcd',
      ],
    ],
    [
      'say nothing of an etcd that the server does not check',
      { body: '[+]ping ok\n' },
      ['whole: ok ok', 'component:apiserver: ok ok'],
    ],
    [
      'leave etcd unknown when the server lists nothing, so that an older verdict does not stand for good',
      { body: 'ok' },
      [
        'whole: ok ok',
        'component:apiserver: ok ok',
        'component:etcd: unknown not known: the server does not list its checks',
      ],
    ],
  ];
  for (const [title, answer, wanted] of table)
    it(title, async () => {
      const run = await runUnit(controlPlaneHealthCheck(), { '/readyz?verbose=': answer });
      assert.deepEqual(told(run.serviceChecks), wanted);
      assert.ok(run.serviceChecks.every(({ name, hostname }) => name === up && hostname === undefined));
      assert.deepEqual(run.outcome, { status: 'ok' });
      assert.deepEqual(run.gauges, []);
    });

  it('names twenty failing checks and counts the rest', async () => {
    const lines = Array.from({ length: 23 }, (_, index) => `[-]c${index} failed`).join('\n');
    const { serviceChecks } = await runUnit(controlPlaneHealthCheck(), { '/readyz': { status: 500, body: lines } });
    assert.match(serviceChecks[0]?.message ?? '', /^not ready: c0, .*, c19 and 3 more$/);
  });
});

describe('a server that gives no verdict', () => {
  const html = { type: 'text/html', body: '<html>Sign in</html>' };
  const table: readonly [
    title: string,
    answer: Answer | { readonly fails: string },
    status: string,
    code: string,
    message: RegExp,
    reason?: string,
  ][] = [
    [
      'refuses the connection',
      { fails: 'ECONNREFUSED' },
      'critical',
      'API_UNAVAILABLE',
      /connection refused/,
      'refused',
    ],
    ['has no known name', { fails: 'ENOTFOUND' }, 'critical', 'API_UNAVAILABLE', /host name/, 'dns'],
    [
      'shows a foreign certificate',
      { fails: 'SELF_SIGNED_CERT_IN_CHAIN' },
      'critical',
      'API_UNAVAILABLE',
      /TLS/,
      'tls',
    ],
    ['does not connect in time', { fails: 'ETIMEDOUT' }, 'critical', 'API_UNAVAILABLE', /timed out/, 'timeout'],
    ['is behind a load balancer without backends', { status: 503, ...html }, 'critical', 'API_UNAVAILABLE', /503/],
    ['fails without saying why', { status: 500 }, 'critical', 'API_UNAVAILABLE', /500/],
    ['fails though each line passes', { status: 500, type: 'text/plain', body }, 'critical', 'API_UNAVAILABLE', /500/],
    ['refuses the token', { status: 401 }, 'unknown', 'API_UNAUTHORIZED', /credentials refused \(401\)/],
    ['does not allow it', forbidden, 'unknown', 'API_DENIED', /forbidden: .*nonResourceURL "\/readyz"/],
    [
      'does not allow it, whatever its body lists',
      { status: 403, body: '[-]etcd failed' },
      'unknown',
      'API_DENIED',
      /403/,
    ],
    ['asks for patience', { status: 429, headers: { 'retry-after': '7' } }, 'unknown', 'API_THROTTLED', /429/],
    [
      'has no such path',
      { status: 404, type: 'text/plain', body: '404 page not found\n' },
      'unknown',
      'API_ABSENT',
      /404/,
    ],
    ['is a login page', { ...html }, 'unknown', 'API_MALFORMED', /not from an API server/],
    ['sends the browser away', { status: 302, ...html }, 'unknown', 'API_MALFORMED', /302/],
    ['answers nothing', { body: '' }, 'unknown', 'API_MALFORMED', /200/],
  ];
  for (const [title, answer, status, code, message, reason] of table)
    it(`${title}: ${status}, and the unit failed with ${code}`, async () => {
      const run = await runUnit(controlPlaneHealthCheck({ componentHealth: 'readyz' }), { '/readyz': answer });
      const error = errorOf(run);
      assert.equal(error.code, code);
      assert.equal(error.details['reason'], reason);
      const [whole, apiserver, etcd, ...none] = run.serviceChecks;
      assert.equal(whole?.status, status);
      assert.match(whole?.message ?? '', message);
      assert.deepEqual(apiserver, { ...whole, tags: ['component:apiserver'] });
      assert.deepEqual([etcd?.tags, etcd?.status], [['component:etcd'], 'unknown']);
      assert.match(etcd?.message ?? '', message);
      assert.deepEqual(none, []);
    });

  it('that does not answer at all is critical after ten seconds', async () => {
    const clock = stillClock();
    const running = runUnit(controlPlaneHealthCheck(), { '/readyz': 'hang' }, { clock });
    clock.advance(9_999);
    assert.deepEqual(clock.pending, [1]);
    clock.advance(1);
    const run = await running;
    assert.equal(errorOf(run).details['reason'], 'timeout');
    assert.equal(run.serviceChecks[0]?.status, 'critical');
    assert.match(run.serviceChecks[0]?.message ?? '', /within 10000 ms/);
  });

  it('hands its wish to wait on', async () => {
    const run = await runUnit(controlPlaneHealthCheck(), {
      '/readyz': { status: 429, headers: { 'retry-after': '7' } },
    });
    assert.equal(errorOf(run).retryAfterMs, 7000);
  });

  it('does not get control characters or endless text into a message', async () => {
    const message = `forbidden\r\n\u0000\u0085\u2028injected${'😀'.repeat(600)}`;
    const answer = { status: 403, body: { kind: 'Status', message } };
    const { serviceChecks } = await runUnit(controlPlaneHealthCheck(), { '/readyz': answer });
    const text = serviceChecks[0]?.message ?? '';
    assert.match(text, /forbidden injected😀+…$/u);
    assert.ok(text.length <= 1000);
  });
});

describe('a run that is ended', () => {
  it('sends no verdict, as nothing is known', async () => {
    const controller = new AbortController();
    const running = runUnit(controlPlaneHealthCheck(), { '/readyz': 'hang' }, { signal: controller.signal });
    controller.abort();
    const run = await running;
    assert.equal(errorOf(run).code, 'ABORTED');
    assert.deepEqual(run.serviceChecks, []);
  });
});

describe('a sender that throws', () => {
  it('is not taken for an unreachable server', async () => {
    const broken = new TypeError('sink is closed');
    const sender = {
      serviceCheck: () => {
        throw broken;
      },
    };
    const run = await runUnit(controlPlaneHealthCheck(), { '/readyz': { body } }, { sender: sender as never });
    assert.equal(errorOf(run) as unknown, broken);
  });
});

describe('detailed health', () => {
  it('sends a service check for each line, under a name of its own', async () => {
    const lines = '[+]ping ok\n[-]etcd failed: reason withheld\n[+]log excluded: ok\n';
    const run = await runUnit(controlPlaneHealthCheck({ detailed: true }), { '/readyz': { status: 500, body: lines } });
    const name = 'kube_apiserver_controlplane.check';
    assert.deepEqual(
      run.serviceChecks.filter((check) => check.name !== up),
      [
        { name, status: 'ok', message: 'ok', tags: ['check:ping'] },
        { name, status: 'critical', message: 'failed: reason withheld', tags: ['check:etcd'] },
        { name, status: 'ok', message: 'excluded: ok', tags: ['check:log'] },
      ],
    );
  });

  it('adds nothing where nothing is listed', async () => {
    const run = await runUnit(controlPlaneHealthCheck({ detailed: true }), { '/readyz': { body: 'ok' } });
    assert.ok(run.serviceChecks.every(({ name }) => name === up));
  });
});

describe('component status', () => {
  const path = '/api/v1/componentstatuses';
  const list = (...items: readonly unknown[]) => ({ body: { kind: 'ComponentStatusList', items } });
  const scheduler = {
    metadata: { name: 'scheduler' },
    conditions: [{ type: 'Healthy', status: 'True', message: 'ok' }],
  };
  const absent = { status: 404, type: 'text/plain', body: '404 page not found\n' };

  it('is not asked by default where readyz answers', async () => {
    const { requests } = await runUnit(controlPlaneHealthCheck(), { '/readyz': { body } });
    assert.deepEqual(requests, ['/readyz?verbose=']);
  });

  it('stands in for a readyz that is absent', async () => {
    const run = await runUnit(controlPlaneHealthCheck(), { '/readyz': absent, [path]: list(scheduler) });
    assert.deepEqual(run.requests, ['/readyz?verbose=', path]);
    assert.deepEqual(run.outcome, { status: 'ok' });
    assert.match(told(run.serviceChecks)[0] ?? '', /^whole: unknown .*404/);
    assert.deepEqual(told(run.serviceChecks).slice(1), ['component:scheduler: ok ok']);
    assert.deepEqual(run.gauges, [
      { name: 'kube_apiserver.component_status', value: 1, tags: ['component:scheduler'] },
    ]);
  });

  it('does not stand in where it was ruled out', async () => {
    const run = await runUnit(controlPlaneHealthCheck({ componentHealth: 'readyz' }), { '/readyz': absent });
    assert.equal(errorOf(run).code, 'API_ABSENT');
  });

  it('fails the unit where it cannot be read, after the verdict of readyz was sent', async () => {
    const run = await runUnit(controlPlaneHealthCheck({ componentHealth: 'component-status' }), {
      '/readyz': { body },
      [path]: { status: 403, body: { kind: 'Status', message: 'forbidden' } },
    });
    const error = errorOf(run);
    assert.equal(error.code, 'API_DENIED');
    assert.match(error.message, /list componentstatuses at the cluster scope/);
    assert.deepEqual(told(run.serviceChecks), ['whole: ok ok']);
  });

  it('is not asked of a server that just gave no answer: the outage is said of the API server instead', async () => {
    const unit = controlPlaneHealthCheck({ componentHealth: 'component-status' });
    const run = await runUnit(unit, { '/readyz': { fails: 'ECONNREFUSED' } });
    assert.deepEqual(run.requests, ['/readyz?verbose=']);
    assert.match(told(run.serviceChecks)[1] ?? '', /^component:apiserver: critical .*connection refused/);
  });

  it('that is no list is malformed', async () => {
    const unit = controlPlaneHealthCheck({ componentHealth: 'component-status' });
    const run = await runUnit(unit, { '/readyz': { body }, [path]: { body: { kind: 'Pod' } } });
    assert.equal(errorOf(run).code, 'API_MALFORMED');
  });
});

describe('the rights that the control plane unit asks for', () => {
  const readyz = { verbs: ['get'], nonResourceUrl: '/readyz' };
  const componentStatuses = { verbs: ['list'], group: '', resource: 'componentstatuses' };
  it('are those of readyz', () => assert.deepEqual(controlPlaneHealthCheck().permissions, [readyz]));
  it('are those of ComponentStatus too where that is asked for', () =>
    assert.deepEqual(controlPlaneHealthCheck({ componentHealth: 'component-status' }).permissions, [
      readyz,
      componentStatuses,
    ]));
});

describe('construction', () => {
  it('asks nothing', () => {
    const api = scriptedApi({});
    controlPlaneHealthCheck({ detailed: true });
    assert.deepEqual(api.requests, []);
  });
});
