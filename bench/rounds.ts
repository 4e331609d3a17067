/**
 * Measures a scenario round by round. In a round each subject has its turn, and the one that begins changes from round to round: what else
 * the machine does, and how warm the server is, falls on all alike.
 */
import type { Measured } from './result.ts';
import type { Log, Measurement, PrepareOptions, Scenario } from './scenario.ts';

export interface RoundsOptions extends PrepareOptions {
  readonly rounds: number;
  readonly log: Log;
}

export async function measureRounds(scenario: Scenario, { rounds, log, ...options }: RoundsOptions): Promise<Measured> {
  await using prepared = await scenario.prepare(log, options);
  const measured = new Map<string, Measurement[]>(scenario.subjects.map((subject) => [subject, []]));
  for (let round = 0; round < rounds; round += 1) {
    for (const subject of inTurn(scenario.subjects, round)) {
      const measurement = await prepared.measure(subject);
      measured.get(subject)?.push(measurement);
      log(`round ${round + 1} of ${rounds}, ${subject}: ${inWords(scenario, measurement)}`);
    }
  }
  return { input: prepared.input, rounds: measured };
}

/** All of them, beginning with another one each round. */
export function inTurn<T>(subjects: readonly T[], round: number): readonly T[] {
  const first = subjects.length === 0 ? 0 : round % subjects.length;
  return [...subjects.slice(first), ...subjects.slice(0, first)];
}

function inWords({ metrics }: Scenario, measurement: Measurement): string {
  const parts = metrics.flatMap(({ name, label, unit }) => {
    const value = measurement[name];
    return value === undefined ? [] : [`${label} ${Number(value.toFixed(2))} ${unit}`.trim()];
  });
  return parts.join(', ');
}
