/** Units that a host makes one by one are checked like those of a configuration: nothing that comes later is silently ignored. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { isKubeCheckError } from '../src/errors.ts';
import { controlPlaneHealthCheck, eventCollector, quotaRetriever } from '../src/units.ts';

const refused: readonly (readonly [title: string, make: () => unknown, message: RegExp])[] = [
  ['quotas of namespaces', () => quotaRetriever({ namespaceQuotas: true }), /quotas\.namespaceQuotas.*not yet/],
  ['a query that can not be read', () => eventCollector({ query: 'event.' }), /events\.query: /],
  [
    'a selector that the API server would refuse',
    () => eventCollector({ filteredEventTypes: ['count!=1'] }),
    /events\.filteredEventTypes\[0\]: /,
  ],
  [
    'a namespace that can be none',
    () => eventCollector({ mode: 'watch', namespaces: ['a', 'b/c'] }),
    /events\.namespaces\[1\]/,
  ],
  [
    'an unknown option',
    () => eventCollector({ pagesize: 5 } as unknown as Parameters<typeof eventCollector>[0]),
    /events\.pagesize.*pageSize/s,
  ],
  [
    'a value of another type',
    () => controlPlaneHealthCheck({ detailed: 'yes' } as unknown as Parameters<typeof controlPlaneHealthCheck>[0]),
    /controlPlane\.detailed/,
  ],
];

describe('a unit made by itself refuses', () => {
  for (const [title, make, message] of refused) {
    it(title, () => {
      assert.throws(make, (error) => isKubeCheckError(error, 'CONFIG_INVALID') && message.test(error.message));
    });
  }
});

describe('a unit made by itself takes', () => {
  it('a token store, a detector and nothing at all', () => {
    assert.equal(eventCollector().name, 'events');
    assert.equal(quotaRetriever().name, 'quotas');
    assert.equal(controlPlaneHealthCheck({ detailed: true }).name, 'control-plane');
  });

  it('watch mode, several namespaces and quarantine', () => {
    const unit = eventCollector({ mode: 'watch', namespaces: ['a', 'b'], onRejected: 'quarantine' });
    const watched = (unit.permissions ?? []).filter(
      (permission) => 'verbs' in permission && permission.verbs.includes('watch'),
    );
    assert.deepEqual(
      watched.map((permission) => 'namespace' in permission && permission.namespace),
      ['a', 'b'],
    );
  });
});
