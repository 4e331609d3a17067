/** A result as rows: for the terminal and for the page. */
import { figure, headOf, spreadInWords } from './figures.ts';
import { mainMetric, type Result, ratioToOurs } from './result.ts';

/** The head, then a row for each subject. Behind the main metric stands how much more it is than ours. */
export function rowsOf(result: Result): readonly (readonly string[])[] {
  const main = result.subjects.length > 1 ? mainMetric(result) : undefined;
  const head = result.metrics.flatMap((metric) => (metric === main ? [headOf(metric), '× ours'] : [headOf(metric)]));
  const rows = result.subjects.map((subject) => {
    const cells = result.metrics.flatMap((metric) => {
      const spread = subject.figures[metric.name];
      const cell = spread === undefined ? '–' : spreadInWords(spread);
      const ratio = metric === main ? ratioToOurs(result, metric, subject) : undefined;
      return metric === main ? [cell, ratio === undefined ? '–' : figure(ratio)] : [cell];
    });
    return [subject.subject, ...cells];
  });
  return [['', ...head], ...rows];
}

export function textTable(rows: readonly (readonly string[])[]): string {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => (row[column] ?? '').length)));
  const padded = (cell: string, column: number): string =>
    column === 0 ? cell.padEnd(widths[column] ?? 0) : cell.padStart(widths[column] ?? 0);
  return rows.map((row) => row.map(padded).join('   ').trimEnd()).join('\n');
}

export function markdownTable([head = [], ...rows]: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]): string =>
    `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`;
  return [line(head), line(head.map((_, column) => (column === 0 ? '---' : '---:'))), ...rows.map(line)].join('\n');
}
