/** Units that a host makes one by one are checked like those of a configuration: nothing that comes later is silently ignored. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { isKubeCheckError } from '../src/errors.ts';
import { controlPlaneHealthCheck, eventCollector, quotaRetriever } from '../src/units.ts';

const refused: readonly (readonly [title: string, make: () => unknown, message: RegExp])[] = [
  ['quotas of namespaces', () => quotaRetriever({ namespaceQuotas: true }), /quotas\.namespaceQuotas.*not yet/],
  ['watch mode', () => eventCollector({ mode: 'watch' }), /events\.mode.*not yet/],
  ['several namespaces', () => eventCollector({ namespaces: ['a', 'b'] }), /events\.namespaces.*not yet/],
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
});
