import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseInstanceConfig } from '../../src/config/parse.ts';
import { configWarnings } from '../../src/config/warnings.ts';
import { issuesOf } from './refusal.ts';

test('what is suspicious is told with its place in the configuration', () => {
  const warnings = configWarnings({
    events: { bundling: 'none', collectedEventTypes: [{ reasons: ['OOM'] }], query: 'false' },
  });
  assert.deepEqual(
    warnings.map(({ path }) => path),
    ['events.bundling', 'events.collectedEventTypes[0]', 'events.query'],
  );
  for (const { message, remedy } of warnings) assert.ok(message !== '' && remedy !== undefined);
});

test('a configuration read from a file is told of in the same way', () => {
  const config = parseInstanceConfig({ collect_events: true, unbundle_events: true });
  assert.deepEqual(
    configWarnings(config).map(({ path }) => path),
    ['events.bundling'],
  );
});

test('most configurations are not suspicious, nor are events that are switched off', () => {
  for (const config of [{}, { events: {} }, { events: false }, { controlPlane: false, quotas: false }] as const)
    assert.deepEqual(configWarnings(config), []);
});

test('what is not accepted is refused', () => {
  assert.deepEqual(
    issuesOf(() => configWarnings({ events: { filteredEventTypes: ['count=1'] } })).map(({ path }) => path),
    ['events.filteredEventTypes[0]'],
  );
});
