/** One run as a block of text, no line wider than a terminal of 100 columns. */
import type { CheckEvent, EventActivity, MetricSample, RunReport, ServiceCheck } from 'kube-apiserver-check';
import type { RecordedBatch } from 'kube-apiserver-check/testing';
import type { Finding } from './findings.ts';

const width = 100;
const titleWidth = 44;

export interface BlockOfRun {
  readonly act: number;
  readonly title: string;
  readonly says: string;
  readonly process: number;
  readonly report: RunReport;
  /** What the sender was given in this run. */
  readonly batches: readonly RecordedBatch[];
  /** Counted from the run, told under a label of their own. */
  readonly findings: readonly Finding[];
  readonly tokenBefore: string | undefined;
  readonly token: string | undefined;
}

export function formatBlock({ report, batches, findings, ...run }: BlockOfRun): string {
  const all = <Item>(pick: (batch: RecordedBatch) => readonly Item[]) => batches.flatMap(pick);
  return [
    '',
    header(run, report),
    ...wrapped(run.says, '  '),
    ...labelled('checks', checkLines(all((batch) => batch.serviceChecks))),
    ...labelled('gauges', [gaugeLine(all((batch) => batch.gauges))]),
    ...labelled('events', all((batch) => batch.events).map(eventLine)),
    ...labelled('failed', failures(report)),
    ...findings.flatMap(([label, text]) => labelled(label, [text])),
    ...labelled('books', [books(report.events)]),
    ...labelled('token', [tokenLine(run)]),
  ].join('\n');
}

function header({ act, title, process }: Pick<BlockOfRun, 'act' | 'title' | 'process'>, report: RunReport): string {
  const left = `${new Date(report.startedAtMs).toISOString().slice(11, 19)}  ${act}. ${title} `;
  const right = ` process ${process}, ran ${Math.round(report.durationMs / 100) / 10} s`;
  return `${left}${'─'.repeat(Math.max(width - left.length - right.length, 0))}${right}`;
}

function checkLines(checks: readonly ServiceCheck[]): readonly string[] {
  const texts = checks.map(({ name, status, message, tags = [] }) => {
    const what = tags.length > 0 ? tags.join(' ') : name;
    return status === 'ok' ? `${what} ok` : `${what} ${status.toUpperCase()}: ${message}`;
  });
  return checks.every(({ status }) => status === 'ok') ? [texts.join(' · ')] : texts;
}

/** The quota as a whole; its gauges a namespace are counted only. */
function gaugeLine(gauges: readonly MetricSample[]): string {
  if (gauges.length === 0) return 'none';
  const values = new Map(gauges.map(({ name, value }) => [name, value]));
  const figures = [...values].flatMap(([name, limit]) => {
    const resource = /^openshift\.clusterquota\.(.+)\.limit$/.exec(name)?.[1];
    if (resource === undefined) return [];
    const value = (what: string) => values.get(`openshift.clusterquota.${resource}.${what}`);
    return `${resource} ${value('used')} of ${limit}, ${value('remaining')} left`;
  });
  return `openshift.clusterquota ${figures.join(' · ')} (${gauges.length} gauges in all)`;
}

function eventLine({ alertType, title, sources }: CheckEvent): string {
  const versions = new Map<string, number>();
  for (const { reason } of sources) versions.set(reason, (versions.get(reason) ?? 0) + 1);
  const reasons = [...versions].map(([reason, count]) => (count === 1 ? reason : `${reason} ×${count}`));
  return `${alertType.padEnd(7)} ${cut(title, titleWidth).padEnd(titleWidth)}  ${reasons.join(', ')}`;
}

function failures({ units, commitError }: RunReport): readonly string[] {
  const ofUnits = units.flatMap(({ name, outcome }) =>
    outcome.status === 'failed' ? [`${name}: ${outcome.error.code}: ${outcome.error.message}`] : [],
  );
  return commitError ? [`checks and gauges: ${commitError.code}: ${commitError.message}`, ...ofUnits] : ofUnits;
}

function books({ ledger }: EventActivity): string {
  const { carried, read, delivered, filtered, filteredBy, pending } = ledger;
  const rules = Object.entries(filteredBy).map(([rule, count]) => `${rule} ${count}`);
  const ends = [
    `${delivered} delivered`,
    `${filtered} filtered${rules.length > 0 ? ` (${rules.join(', ')})` : ''}`,
    ...(['repeated', 'folded', 'malformed', 'quarantined'] as const).flatMap((end) =>
      ledger[end] > 0 ? [`${ledger[end]} ${end}`] : [],
    ),
    `${pending} pending`,
  ];
  return `${carried} carried + ${read} read = ${ends.join(' + ')}`;
}

function tokenLine({ tokenBefore, token }: Pick<BlockOfRun, 'tokenBefore' | 'token'>): string {
  if (token === tokenBefore) return `${token}, not moved`;
  return `${tokenBefore ?? 'none'} → ${token}`;
}

function labelled(label: string, texts: readonly string[]): readonly string[] {
  const indent = ' '.repeat(11);
  const lines = texts.flatMap((text) => wrapped(text, indent));
  return lines.map((line, at) => (at === 0 ? `  ${label.padEnd(9)}${line.slice(indent.length)}` : line));
}

/** Breaks at blanks; a run of them is kept within a line. */
function wrapped(text: string, indent: string): readonly string[] {
  const lines: string[] = [];
  let rest = text;
  while (indent.length + rest.length > width) {
    const blank = rest.lastIndexOf(' ', width - indent.length);
    const end = blank > 0 ? blank : width - indent.length;
    lines.push(indent + rest.slice(0, end));
    rest = rest.slice(end).trimStart();
  }
  return [...lines, indent + rest];
}

const cut = (text: string, length: number): string => (text.length > length ? `${text.slice(0, length - 1)}…` : text);
