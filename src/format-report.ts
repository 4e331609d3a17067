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

/** Controls, format characters (direction of writing, zero width), line and paragraph separators. */
const unseen = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu;

function escaped(line: string): string {
  return line.toWellFormed().replace(unseen, (character) => {
    const units = Array.from({ length: character.length }, (_, index) => character.charCodeAt(index));
    return units.map((unit) => `\\u${unit.toString(16).padStart(4, '0')}`).join('');
  });
}
