import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { componentGaugeOf, parseComponentStatuses } from '../../src/control-plane/component-status.ts';
import { isKubeCheckError } from '../../src/errors.ts';

const parse = (...conditions: readonly unknown[]) =>
  parseComponentStatuses({ items: [{ metadata: { name: 'c' }, conditions }] }).components;

describe('a component is judged by its Healthy condition', () => {
  const refused = (port: number) =>
    `Get "https://127.0.0.1:${port}/healthz": dial tcp 127.0.0.1:${port}: connect: connection refused`;
  const table: readonly [title: string, condition: unknown, status: string | undefined, message?: string | RegExp][] = [
    ['True is ok', { type: 'Healthy', status: 'True', message: 'ok' }, 'ok', 'ok'],
    ['True without a message is ok', { type: 'Healthy', status: 'True' }, 'ok'],
    [
      'False is critical with its error',
      { type: 'Healthy', status: 'False', error: 'e', message: 'm' },
      'critical',
      'e',
    ],
    ['or else its message', { type: 'Healthy', status: 'False', error: '', message: 'm' }, 'critical', 'm'],
    ['Unknown keeps its message', { type: 'Healthy', status: 'Unknown', message: 'm' }, 'unknown', 'm'],
    ['a status of no meaning is unknown', { type: 'Healthy', status: 1 }, 'unknown'],
    ['another type says nothing', { type: 'Ready', status: 'False' }, undefined],
    ['null says nothing', null, undefined],
    [
      'a scheduler elsewhere is unknown',
      { type: 'Healthy', status: 'False', message: refused(10259) },
      'unknown',
      /refused/,
    ],
    [
      'a controller-manager elsewhere too',
      { type: 'Healthy', status: 'False', error: refused(10257) },
      'unknown',
      /refused/,
    ],
    [
      'another port refused is critical',
      { type: 'Healthy', status: 'False', message: refused(2379) },
      'critical',
      /2379/,
    ],
    [
      'a scheduler that answers badly is critical',
      { type: 'Healthy', status: 'False', message: 'Get "https://127.0.0.1:10259/healthz": i/o timeout' },
      'critical',
      /timeout/,
    ],
  ];
  for (const [title, condition, status, message] of table)
    it(title, () => {
      const [component, ...none] = parse(condition);
      assert.equal(component?.status, status);
      if (message instanceof RegExp) assert.match(component?.message ?? '', message);
      else assert.equal(component?.message, message);
      assert.deepEqual(none, []);
    });

  it('has a gauge of 1 or 0, and none where it is unknown', () => {
    const values = (['ok', 'critical', 'unknown'] as const).map(
      (status) => componentGaugeOf({ name: 'c', status })?.value,
    );
    assert.deepEqual(values, [1, 0, undefined]);
  });
});

describe('a list of components', () => {
  it('keeps those with a name and counts those without', () => {
    const healthy = [{ type: 'Healthy', status: 'True' }];
    const items = [
      { conditions: healthy },
      { metadata: { name: 'b' }, conditions: healthy },
      null,
      { metadata: { name: '' } },
    ];
    const { components, nameless } = parseComponentStatuses({ items });
    assert.deepEqual(components, [{ name: 'b', status: 'ok' }]);
    assert.equal(nameless, 3);
  });
  it('may say nothing of a component', () => {
    assert.deepEqual(parseComponentStatuses({ items: [{ metadata: { name: 'a' }, conditions: null }] }).components, []);
  });
  for (const body of [null, 'ok', [], {}, { kind: 'Status' }, { items: {} }])
    it(`is not ${JSON.stringify(body)}`, () =>
      assert.throws(
        () => parseComponentStatuses(body),
        (error) => isKubeCheckError(error, 'API_MALFORMED'),
      ));
});
