import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { openShiftDetector } from '../../src/openshift/detector.ts';
import { quotaRetriever } from '../../src/openshift/quotas.ts';
import { type Answer, errorOf, runUnit, type Script, stillClock } from '../control-plane/scripted-api.ts';

const list = '/apis/quota.openshift.io/v1/clusterresourcequotas';
const group = { '/apis/quota.openshift.io': { body: { kind: 'APIGroup' } } };
const quota = (name: string, hard: unknown = { pods: '1' }) => ({ metadata: { name }, status: { total: { hard } } });
const page = (names: readonly string[], next = ''): Answer => ({
  body: { kind: 'ClusterResourceQuotaList', metadata: { continue: next }, items: names.map((name) => quota(name)) },
});
const expired = (fresh?: string): Answer => ({
  status: 410,
  body: { kind: 'Status', code: 410, reason: 'Expired', metadata: fresh === undefined ? {} : { continue: fresh } },
});
const retrieve = (script: Script) => runUnit(quotaRetriever(), { ...group, ...script });
const limits = (run: Awaited<ReturnType<typeof retrieve>>) =>
  run.gauges.filter(({ name }) => name.endsWith('.limit')).map(({ tags }) => tags?.[0]);

describe('the list of quotas', () => {
  it('is read page by page, each quota once', async () => {
    const run = await retrieve({
      [`${list}?limit=500`]: page(['a', 'b'], 'c1'),
      [`${list}?limit=500&continue=c1`]: page(['c'], 'c2'),
      [`${list}?limit=500&continue=c2`]: page(['d']),
    });
    assert.deepEqual(run.outcome, { status: 'ok' });
    assert.deepEqual(limits(run), ['clusterquota:a', 'clusterquota:b', 'clusterquota:c', 'clusterquota:d']);
    assert.equal(run.requests.length, 4);
  });

  it('goes on where the server says when its place expired', async () => {
    const run = await retrieve({
      [`${list}?limit=500`]: page(['a'], 'old'),
      [`${list}?limit=500&continue=old`]: expired('fresh'),
      [`${list}?limit=500&continue=fresh`]: page(['b']),
    });
    assert.deepEqual(run.outcome, { status: 'ok' });
    assert.deepEqual(limits(run), ['clusterquota:a', 'clusterquota:b']);
  });

  it('starts over when the server does not say where', async () => {
    const run = await retrieve({
      [`${list}?limit=500`]: [page(['a'], 'old'), page(['a', 'b'])],
      [`${list}?limit=500&continue=old`]: expired(),
    });
    assert.deepEqual(run.outcome, { status: 'ok' });
    assert.deepEqual(new Set(limits(run)), new Set(['clusterquota:a', 'clusterquota:b']));
  });

  it('is given up when it expires again and again, what was read being sent', async () => {
    const run = await retrieve({
      [`${list}?limit=500`]: page(['a'], 'old'),
      [`${list}?limit=500&continue=old`]: Array.from({ length: 4 }, () => expired('old')),
    });
    assert.equal(errorOf(run).code, 'API_GONE');
    assert.equal(run.requests.length, 6);
    assert.deepEqual(limits(run), ['clusterquota:a']);
  });

  it('that stays at a page is malformed, not endless', async () => {
    const run = await retrieve({
      [`${list}?limit=500`]: page(['a'], 'same'),
      [`${list}?limit=500&continue=same`]: [page(['b'], 'same')],
    });
    assert.equal(errorOf(run).code, 'API_MALFORMED');
  });

  for (const body of [{}, { kind: 'Status' }, { items: 'none' }, { items: {} }])
    it(`is not ${JSON.stringify(body)}`, async () => {
      assert.equal(errorOf(await retrieve({ [list]: { body } })).code, 'API_MALFORMED');
    });

  for (const body of [{ items: null }, { items: [] }, { kind: 'ClusterResourceQuotaList' }])
    it(`may be empty: ${JSON.stringify(body)}`, async () => {
      const run = await retrieve({ [list]: { body } });
      assert.deepEqual([run.outcome, run.gauges], [{ status: 'ok' }, []]);
    });
});

describe('a cluster whose quotas cannot be read', () => {
  it('that is not OpenShift is skipped, and says so', async () => {
    const run = await runUnit(quotaRetriever(), {
      '/apis/quota.openshift.io': { status: 404 },
      '/oapi': { status: 403 },
    });
    assert.equal(run.outcome.status, 'skipped');
    assert.match((run.outcome as { reason: string }).reason, /not OpenShift/);
    assert.deepEqual(run.warnings, []);
  });

  it('that has the group but not the resource is skipped, and asked again', async () => {
    const unit = quotaRetriever();
    const run = await runUnit(unit, { ...group, [list]: { status: 404 } });
    assert.equal(run.outcome.status, 'skipped');
    const later = await runUnit(unit, { [list]: page(['a']) });
    assert.deepEqual(later.outcome, { status: 'ok' });
  });

  it('fails with the rule that is missing', async () => {
    const error = errorOf(await retrieve({ [list]: { status: 403, body: { kind: 'Status', message: 'forbidden' } } }));
    assert.equal(error.code, 'API_DENIED');
    assert.match(error.message, /list clusterresourcequotas at the cluster scope/);
    assert.match(error.remedy ?? '', /"quota.openshift.io"/);
  });

  for (const [title, answer] of [
    ['broken', { status: 500 }],
    ['unreachable', { fails: 'ECONNREFUSED' }],
  ] as const)
    it(`fails while the server is ${title}, be it at detection or at the list`, async () => {
      assert.equal(errorOf(await retrieve({ [list]: answer })).code, 'API_UNAVAILABLE');
      const run = await runUnit(quotaRetriever(), { '/apis/quota.openshift.io': answer });
      assert.equal(errorOf(run).code, 'API_UNAVAILABLE');
    });

  it('fails after a minute, however slowly the pages come', async () => {
    const clock = stillClock();
    const script = {
      ...group,
      [`${list}?limit=500`]: page(['a'], 'c1'),
      [`${list}?limit=500&continue=c1`]: 'hang',
    } as const;
    let reached = (): void => undefined;
    const hanging = new Promise<void>((resolve) => {
      reached = resolve;
    });
    const warn = () => undefined;
    const sender = { gauge: () => reached() };
    const running = runUnit(quotaRetriever(), script, { clock, warn, sender: sender as never });
    await hanging;
    clock.advance(60_000);
    const error = errorOf(await running);
    assert.deepEqual([error.code, error.details['reason']], ['API_UNAVAILABLE', 'timeout']);
    assert.deepEqual(clock.pending, []);
  });

  it('is left at once when the run is ended', async () => {
    const controller = new AbortController();
    const running = runUnit(quotaRetriever(), { '/apis/quota.openshift.io': 'hang' }, { signal: controller.signal });
    controller.abort();
    assert.equal(errorOf(await running).code, 'ABORTED');
  });
});

describe('warnings of unreadable figures', () => {
  it('are one each up to ten, then a number', async () => {
    const hard = Object.fromEntries(Array.from({ length: 13 }, (_, index) => [`r${index}`, 'bad']));
    const run = await retrieve({ [list]: { body: { items: [quota('a', hard), quota('b')] } } });
    assert.equal(run.warnings.length, 11);
    assert.match(run.warnings[0] ?? '', /"a": hard "r0"/);
    assert.match(run.warnings[10] ?? '', /3 more/);
    assert.deepEqual(limits(run), ['clusterquota:b']);
    assert.deepEqual(run.outcome, { status: 'ok' });
  });
});

describe('units that share a detector', () => {
  it('share its answer, in any order', async () => {
    const detector = openShiftDetector();
    const quotas = quotaRetriever({ detector });
    await runUnit(quotas, { ...group, [list]: page([]) });
    assert.deepEqual((await runUnit(detector, {})).requests, []);
    assert.deepEqual((await runUnit(quotas, { [list]: page([]) })).requests, [`${list}?limit=500`]);
  });
});

describe('the rights that quotas ask for', () => {
  it('are to see what is served, and to list', () => {
    assert.deepEqual(quotaRetriever().permissions, [
      { verbs: ['get'], nonResourceUrl: '/apis/quota.openshift.io' },
      { verbs: ['get'], nonResourceUrl: '/oapi' },
      { verbs: ['list'], group: 'quota.openshift.io', resource: 'clusterresourcequotas' },
    ]);
  });
});
