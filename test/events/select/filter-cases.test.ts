import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { parseInstanceConfig } from '../../../src/config/parse.ts';
import { configWarnings } from '../../../src/config/warnings.ts';
import { isKubeCheckError } from '../../../src/errors.ts';
import { selectableFields } from '../../../src/events/select/event-fields.ts';
import { appliedSelector } from '../../../src/events/select/field-selector.ts';

interface Expectation {
  readonly field_selector?: string;
  readonly warnings?: number;
  readonly configuration_error?: true;
}

interface FilterCase {
  readonly id: string;
  readonly note: string;
  readonly filtered_event_types: readonly string[];
  readonly options?: Readonly<Record<string, boolean>>;
  readonly expected?: Expectation;
  readonly better?: Expectation;
}

const { cases, supported_event_fields } = JSON.parse(
  readFileSync(new URL('../../cases/filter.json', import.meta.url), 'utf8'),
) as { readonly cases: readonly FilterCase[]; readonly supported_event_fields: readonly string[] };

test('the fields are those that the API server supports', () => {
  assert.deepEqual([...selectableFields].sort(), supported_event_fields);
});

for (const { id, note, filtered_event_types, options = {}, expected, better = expected } of cases)
  test(`${id}: ${note}`, () => {
    assert.ok(better);
    const read = () => parseInstanceConfig({ collect_events: true, filtered_event_types, ...options });
    if (better.configuration_error) {
      assert.throws(read, (error) => isKubeCheckError(error, 'CONFIG_INVALID'));
      return;
    }
    const config = read();
    assert.equal(appliedSelector(config.events || {}).text, better.field_selector);
    if (better.warnings !== undefined) assert.equal(configWarnings(config).length, better.warnings);
  });
