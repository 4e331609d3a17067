import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { describe, test } from 'node:test';
import type { CollectedEventType } from '../../../src/events/options.ts';
import { noteworthyBy } from '../../../src/events/select/default-lists.ts';
import { noLookups } from '../../../src/events/transform/lookups.ts';
import { anEvent, type CoreEvent, kubeEvent } from '../kube-event.ts';
import { eventTransform } from '../transform/transformed.ts';

interface Outcome {
  readonly collected: boolean;
}
interface DefaultLists {
  readonly lists: Readonly<Record<string, readonly CollectedEventType[]>>;
  readonly cases: readonly {
    readonly id: string;
    readonly note: string;
    readonly source_detection: boolean;
    readonly event: CoreEvent;
    readonly expected?: Outcome;
    readonly better?: Outcome;
  }[];
}

const data = JSON.parse(
  readFileSync(new URL('../../cases/default-event-types.json', import.meta.url), 'utf8'),
) as DefaultLists;

describe('default-event-types.json: what filtering collects without being told', () => {
  let ran = 0;
  for (const given of data.cases) {
    test(`${given.id} ${given.note}`, () => {
      const transform = eventTransform({
        bundling: 'none',
        defaultFilters: true,
        sourceDetection: given.source_detection,
      });
      const { events } = transform([kubeEvent(given.event)], {
        lookups: noLookups,
        tagProvider: {},
        warn: assert.fail,
      });
      assert.deepEqual({ collected: events.length === 1 }, given.expected ?? given.better);
      ran++;
    });
  }

  test('all cases were run', (t) => {
    assert.equal(ran, data.cases.length);
    t.diagnostic(`default-event-types.json: ${ran} cases`);
  });

  test('all of its lists are ours: each reason of each kind, and no other', () => {
    // The data files the operator's list under the name that the Agent never finds.
    const sourceOf = (list: string) => (list === 'datadog-operator' ? 'datadog operator' : list);
    const kinds = ['Pod', 'Node', 'CronJob', 'Widget'];
    const reasons = new Set([
      'Other',
      ...Object.values(data.lists).flatMap((list) => list.flatMap((entry) => entry.reasons ?? [])),
    ]);
    const everywhere = data.lists['default'] ?? [];
    for (const [list, entries] of Object.entries(data.lists)) {
      if (list === 'default') continue;
      for (const kind of kinds) {
        for (const reason of reasons) {
          const expected = [...entries, ...everywhere].some(
            (entry) => (entry.kind ?? kind) === kind && (entry.reasons?.includes(reason) ?? true),
          );
          const event = anEvent({ reason, object: { kind } });
          assert.equal(noteworthyBy(event, sourceOf(list)) !== undefined, expected, `${list} ${kind} ${reason}`);
        }
      }
    }
  });
});
