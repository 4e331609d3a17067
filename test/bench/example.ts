/** A scenario that measures what it is told. */
import type { Measurement, Scenario } from '../../bench/scenario.ts';

export interface ExampleOptions {
  readonly subjects?: readonly string[];
  readonly measure?: (subject: string) => Measurement;
  readonly disposed?: () => void;
}

export function exampleScenario({ subjects = ['ours', 'peer'], measure, disposed }: ExampleOptions = {}): Scenario {
  return {
    name: 'example',
    title: 'An <example>',
    about: 'Nothing is done.',
    metrics: [
      { name: 'cpu', label: 'CPU', unit: 'µs', isMain: true },
      { name: 'memory', label: 'memory', unit: 'MB' },
    ],
    subjects,
    prepare: async () => ({
      input: { events: 1000 },
      measure: async (subject) => measure?.(subject) ?? { cpu: 1, memory: 1 },
      [Symbol.asyncDispose]: async () => disposed?.(),
    }),
  };
}
