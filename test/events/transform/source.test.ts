import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { describe, test } from 'node:test';
import { noLookups } from '../../../src/events/transform/lookups.ts';
import { detectSource } from '../../../src/events/transform/source.ts';
import { anEvent } from '../kube-event.ts';
import { eventTransform } from './transformed.ts';

interface Sources {
  readonly default: string;
  readonly mapping: Readonly<Record<string, string>>;
  readonly cases: readonly {
    readonly id: string;
    readonly note: string;
    readonly reporting_controller: string;
    readonly source_component: string;
    readonly source_detection: boolean;
    readonly expected: string;
  }[];
}

const sources = JSON.parse(readFileSync(new URL('../../cases/sources.json', import.meta.url), 'utf8')) as Sources;

describe('sources.json: the source type of an event', () => {
  let ran = 0;
  for (const given of sources.cases) {
    test(`${given.id} ${given.note}`, () => {
      const event = anEvent({ component: given.source_component, reportingComponent: given.reporting_controller });
      const transform = eventTransform({ sourceDetection: given.source_detection });
      const [told] = transform([event], { lookups: noLookups, tagProvider: {}, warn: assert.fail }).events;
      assert.equal(told?.sourceTypeName, given.expected);
      ran++;
    });
  }

  test('all cases were run', (t) => {
    assert.equal(ran, sources.cases.length);
    t.diagnostic(`sources.json: ${ran} cases`);
  });

  test('each of the known controllers is known in either field', () => {
    const names = Object.entries(sources.mapping);
    assert.equal(names.length, 71);
    for (const [name, expected] of names) {
      assert.equal(detectSource({ reportingComponent: name, component: '' }), expected);
      assert.equal(detectSource({ reportingComponent: '', component: name }), expected);
    }
  });

  test('names that every object has are no controllers', () => {
    assert.equal(detectSource({ reportingComponent: '__proto__', component: 'constructor' }), sources.default);
  });
});
