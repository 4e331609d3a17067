import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { quotaGauges } from '../../src/openshift/gauges.ts';

const quota = (total: unknown, namespaces?: unknown) => ({ metadata: { name: 'q' }, status: { total, namespaces } });
const series = (given: unknown) =>
  Object.fromEntries(
    quotaGauges(given).gauges.map(({ name, value, tags = [] }) => [
      `${name.replace('openshift.', '')} ${tags.slice(1).join()}`.trim(),
      value,
    ]),
  );

describe('a figure that cannot be read', () => {
  it('as a limit costs limit and remaining of that resource alone', () => {
    const given = quota({ hard: { pods: 'many', cpu: '2' }, used: { pods: '4', cpu: '1' } });
    assert.deepEqual(series(given), {
      'clusterquota.cpu.limit': 2,
      'clusterquota.cpu.used': 1,
      'clusterquota.cpu.remaining': 1,
      'clusterquota.pods.used': 4,
    });
    assert.deepEqual(quotaGauges(given).problems, ['cluster quota "q": hard "pods" is no quantity: "many"']);
  });

  it('as a use leaves the limit, and does not pass for nothing used', () => {
    assert.deepEqual(series(quota({ hard: { pods: '10' }, used: { pods: {} } })), { 'clusterquota.pods.limit': 10 });
  });

  it('in a namespace leaves what remains of the whole', () => {
    const given = quota({ hard: { pods: '10' }, used: { pods: '4' } }, [
      { namespace: 'a', status: { hard: { pods: '1e1.5' }, used: { pods: '3' } } },
    ]);
    const { 'appliedclusterquota.pods.remaining kube_namespace:a': remaining, ...rest } = series(given);
    assert.equal(remaining, 6);
    assert.deepEqual(
      Object.keys(rest).filter((name) => name.startsWith('applied')),
      ['appliedclusterquota.pods.used kube_namespace:a'],
    );
    assert.deepEqual(quotaGauges(given).problems, [
      'cluster quota "q", namespace "a": hard "pods" is no quantity: "1e1.5"',
    ]);
  });

  it('is shown escaped and cut', () => {
    const [problem = ''] = quotaGauges(quota({ hard: { 'a\nb': 'x'.repeat(500) } })).problems;
    assert.ok(problem.includes('"a\\nb"'), problem);
    assert.ok(problem.length < 200, problem);
  });

  it('is not a null: that is a figure which is absent', () => {
    const given = quota({ hard: { pods: '10' }, used: { pods: null } });
    assert.deepEqual(series(given), { 'clusterquota.pods.limit': 10, 'clusterquota.pods.remaining': 10 });
    assert.deepEqual(quotaGauges(given).problems, []);
  });
});

describe('the figures of a quota', () => {
  it('go below zero when it is exceeded', () => {
    assert.equal(series(quota({ hard: { pods: '1' }, used: { pods: '3' } }))['clusterquota.pods.remaining'], -2);
  });
  it('of resources named like parts of every object are figures like others', () => {
    const hard = JSON.parse('{"__proto__":"5","constructor":"7"}') as unknown;
    assert.deepEqual(series(quota({ hard })), {
      'clusterquota.__proto__.limit': 5,
      'clusterquota.__proto__.remaining': 5,
      'clusterquota.constructor.limit': 7,
      'clusterquota.constructor.remaining': 7,
    });
  });
});

describe('a quota of a strange shape', () => {
  const nothing: readonly unknown[] = [
    { metadata: { name: 'q' } },
    { metadata: { name: 'q' }, status: null },
    quota(null),
    quota('total'),
    quota({ hard: ['1'], used: 5 }, 'namespaces'),
  ];
  for (const given of nothing)
    it(`says nothing: ${JSON.stringify(given)}`, () =>
      assert.deepEqual(quotaGauges(given), { gauges: [], problems: [] }));

  for (const given of [
    null,
    'quota',
    5,
    [],
    {},
    { metadata: {} },
    { metadata: { name: 5 } },
    { metadata: { name: '' } },
  ])
    it(`without a name is a problem: ${JSON.stringify(given)}`, () =>
      assert.deepEqual(quotaGauges(given), { gauges: [], problems: ['a cluster quota without a name'] }));

  it('loses an entry without its namespace, and no other', () => {
    const good = { namespace: 'a', status: { used: { pods: '1' } } };
    const { gauges, problems } = quotaGauges(quota(undefined, [null, {}, { namespace: '' }, good]));
    assert.deepEqual(
      gauges.map(({ tags }) => tags),
      [['clusterquota:q', 'kube_namespace:a']],
    );
    assert.equal(problems.length, 3);
  });
});
