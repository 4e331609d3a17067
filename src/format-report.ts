/** The report as a few lines for people. */
import type { KubeCheckError } from './errors.ts';
import type { EventActivity, EventGap, RunReport, UnitReport } from './report.ts';

/** The report as a few lines for people; no colours, control characters of cluster text escaped. */
export function formatReport(report: RunReport): string {
  const lines = [
    `${report.checkId} ${new Date(report.startedAtMs).toISOString()} ${report.role}${report.leader ? ` (leader ${report.leader})` : ''}: ` +
      `${report.ok ? 'ok' : 'failed'} in ${Math.round(report.durationMs)} ms`,
    ...report.units.flatMap(unitLines),
    ...(report.units.some(({ outcome }) => outcome.events) ? eventLines(report.events) : []),
    ...(report.commitError ? [`  commit failed: ${errorText(report.commitError)}`] : []),
    ...report.warnings.map(({ unit, message }) => `  warning${unit ? ` (${unit})` : ''}: ${message}`),
  ];
  return lines.map(escaped).join('\n');
}

function unitLines({ name, outcome, durationMs }: UnitReport): readonly string[] {
  const took = `${Math.round(durationMs)} ms`;
  switch (outcome.status) {
    case 'ok':
      return [`  ${name}: ok, ${took}`];
    case 'skipped':
      return [`  ${name}: skipped: ${outcome.reason}`];
    case 'failed':
      return [`  ${name}: failed, ${took}: ${errorText(outcome.error)}`];
  }
}

function errorText({ code, message, remedy }: KubeCheckError): string {
  return `${code}: ${message}${remedy ? ` → ${remedy}` : ''}`;
}

function eventLines({ ledger, gaps, caughtUp }: EventActivity): readonly string[] {
  const { carried, read, delivered, filtered, filteredBy, repeated, folded, malformed, quarantined, pending } = ledger;
  const rules = Object.entries(filteredBy).map(([rule, events]) => `${rule} ${events}`);
  const parts = [
    `delivered ${delivered}`,
    `filtered ${filtered}${rules.length > 0 ? ` (${rules.join(', ')})` : ''}`,
    ...Object.entries({ repeated, folded, malformed, quarantined }).flatMap(([name, events]) =>
      events > 0 ? [`${name} ${events}`] : [],
    ),
    `pending ${pending}`,
  ];
  return [
    `  books: carried ${carried} + read ${read} = ${parts.join(' + ')}${caughtUp ? ', caught up' : ', not caught up'}`,
    ...gaps.map(gapLine),
  ];
}

const losses: Readonly<Record<EventGap['loss'], string>> = {
  overtaken: 'at worst, versions replaced meanwhile were missed',
  expired: 'at worst, versions replaced meanwhile and events that reached their TTL were missed',
  rewritten: "the server's history itself was rewritten",
};

function gapLine({ cause, scope, fromVersion, toVersion, spanMs, recovered, loss }: EventGap): string {
  const from = fromVersion === '' ? 'the beginning' : fromVersion;
  return `  gap (${cause}, ${scope}): ${from} to ${toVersion}, ${Math.round(spanMs / 1000)} s, ${recovered} recovered by a list; ${losses[loss]}`;
}

/** C0 and C1 controls, line and paragraph separators, and marks that turn the direction of writing. */
const unprintable = /[\u0000-\u001f\u007f-\u009f\u2028\u2029\u200e\u200f\u202a-\u202e\u2066-\u2069]/g;

function escaped(line: string): string {
  return line.toWellFormed().replace(unprintable, (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`);
}
