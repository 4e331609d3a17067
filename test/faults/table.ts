/** The figures of a run for people, and what was found in a bad one. Pure. */
import { causes, type Pair } from './excuses.ts';
import { type Result, repeatedInAll } from './result.ts';
import type { RunOutcome } from './run.ts';
import { faultKinds } from './schedule.ts';
import type { Evidence, FaultRecord } from './timeline.ts';

const shown = 20;

/** As a table of two columns. */
export function runTable(result: Result): string {
  const faults = faultKinds.flatMap((kind) => (result.faults[kind] ? [`${kind} ${result.faults[kind]}`] : []));
  const excused = causes.flatMap((cause) => (result.repeated[cause] ? [`${cause} ${result.repeated[cause]}`] : []));
  const gaps = Object.entries(result.gaps).map(([cause, times]) => `${cause} ${times}`);
  return markdown(
    [result.subject, `seed ${result.seed}`],
    [
      ['versions written', String(result.written)],
      ['faults', `${sum(result.faults)}: ${faults.join(', ')}`],
      ['delivered', String(result.delivered)],
      ['lost', String(result.lost)],
      ['skipped (overtaken, deleted or rolled back unread)', String(result.skipped)],
      ['repeated, excused', excused.join(', ') || '0'],
      ['repeated, not excused', String(result.unexcused)],
      ['delivered, never written', String(result.unknown)],
      ['stored token went back', String(result.tokenBack)],
      ['gaps said', gaps.join(', ') || '0'],
      ['CPU of the processes', `${(result.cpuMs / 1000).toFixed(1)} s`],
      ['wall time', `${(result.wallMs / 1000).toFixed(0)} s`],
    ],
  );
}

/** One row a subject. */
export const comparisonTable = (results: readonly Result[]): string =>
  markdown(
    ['', 'written', 'faults', 'delivered', 'lost', 'skipped', 'repeated', 'CPU ms'],
    results.map((result) => [
      `${result.subject}`,
      ...[result.written, sum(result.faults), result.delivered, result.lost, result.skipped].map(String),
      ...[repeatedInAll(result), result.cpuMs].map(String),
    ]),
  );

const sum = (counts: Readonly<Partial<Record<string, number>>>): number =>
  Object.values(counts).reduce<number>((total, count = 0) => total + count, 0);

export function markdown(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) => `| ${cells.join(' | ')} |`;
  return [line(head), line(head.map(() => '---')), ...rows.map(line)].join('\n');
}

/** The first of each kind, and what happened around them. */
export function findings({ verdict, evidence, problems }: RunOutcome): string {
  const { lost, unexcused, unknown, tokenBack } = verdict;
  const sections: readonly (readonly [title: string, lines: readonly string[]])[] = [
    ['lost', lost.slice(0, shown).map((id) => lostLine(id, evidence))],
    ['repeated without an excuse', unexcused.slice(0, shown).map((pair) => pairLine(pair, evidence))],
    ['delivered, never written', unknown.slice(0, shown)],
    [
      'the stored token went back',
      tokenBack.slice(0, shown).map(({ atMs, from, to }) => `${time(atMs)}: ${from} → ${to}`),
    ],
    ['processes', problems],
  ];
  const found = sections.filter(([, lines]) => lines.length > 0);
  if (found.length === 0) return '';
  return [
    ...found.map(([title, lines]) => [`${title}:`, ...lines].join('\n  ')),
    [
      'timeline:',
      ...evidence.faults.map(faultLine),
      ...evidence.leads.map(({ process, fromMs }) => `${time(fromMs)} ${process} leads`),
    ].join('\n  '),
  ].join('\n');
}

const time = (ms: number): string => new Date(ms).toISOString().slice(11, 23);

function lostLine(id: string, { made }: Evidence): string {
  const written = made.findLast((one) => one.id === id);
  return `${id} written ${written === undefined ? 'before the run' : time(written.atMs)}`;
}

function pairLine({ first, second }: Pair, { made }: Evidence): string {
  const written = made.findLast(({ id }) => id === first.id);
  const when = written === undefined ? 'before the run' : time(written.atMs);
  return `${first.id} written ${when}: ${first.process} at ${time(first.atMs)}, ${second.process} at ${time(second.atMs)}`;
}

const faultLine = ({ kind, process, fromMs, overMs, recoveredMs, savedVersion }: FaultRecord): string =>
  [
    `${time(fromMs)} ${kind}${process === undefined ? '' : ` ${process}`}`,
    `over ${time(overMs)}, recovered ${time(recoveredMs)}${savedVersion === undefined ? '' : `, token ${savedVersion}`}`,
  ].join(', ');
