/**
 * What a benchmark is: a scenario (one file of `scenarios/`) prepares its surroundings once and then measures its subjects, ours and peers, in
 * turn, round by round, on the same work. Each measurement proves its own work right before it tells figures.
 */

export interface Metric {
  /** The key in a measurement: `cpuUsPerEvent`. */
  readonly name: string;
  /** For people: `CPU per event`. */
  readonly label: string;
  /** `µs`, `MB`, `ms`, … */
  readonly unit: string;
  /** What people are to look at first: has a plot, and ratios to ours. At most one of a scenario. */
  readonly isMain?: boolean;
}

/** By the name of the metric. */
export type Measurement = Readonly<Record<string, number>>;

export interface Prepared extends AsyncDisposable {
  /** What was measured on: counts, sizes, versions. Kept with the results. */
  readonly input: Readonly<Record<string, string | number>>;
  /** One round of one subject. @throws where the work was not done right: then there are no figures */
  measure(subject: string): Promise<Measurement>;
}

export interface Scenario {
  /** The file's name without its ending: `backlog-list`. */
  readonly name: string;
  readonly title: string;
  /** One or two sentences: what is done, what is counted, what is not. */
  readonly about: string;
  readonly metrics: readonly Metric[];
  /** Ours first. */
  readonly subjects: readonly string[];
  /** @defaultValue 5 */
  readonly rounds?: number;
  prepare(log: Log, options?: PrepareOptions): Promise<Prepared>;
}

export type Log = (line: string) => void;

export interface PrepareOptions {
  /** Much less of the same, to see whether it works: such figures are never kept. @defaultValue false */
  readonly isQuick?: boolean;
}

/** @throws for a name that there is not */
export function named<Subject>(subjects: Readonly<Record<string, Subject>>, name: string): Subject {
  const subject = subjects[name];
  if (subject === undefined) throw new Error(`no subject ${name}`);
  return subject;
}
