/**
 * The main metric of a result as a bar chart in SVG: a bar to the median, a whisker from the least to the most. Readable on light and dark
 * ground, and without being seen: it has a title and its figures in words.
 */
import { headOf, spreadInWords } from './figures.ts';
import type { Result, Spread } from './result.ts';
import type { Metric } from './scenario.ts';

const width = 820;
const labelWidth = 270;
const barWidth = 390;
const rowHeight = 30;
const top = 44;
const barHeight = 18;

const style = `
    text { font: 13px system-ui, sans-serif; fill: #24292f }
    .head { font-weight: 600 }
    .ours { fill: #1a7f37 }
    .peer { fill: #8c959f }
    .spread { stroke: #24292f; stroke-width: 1.5 }
    @media (prefers-color-scheme: dark) {
      text { fill: #e6edf3 }
      .ours { fill: #3fb950 }
      .peer { fill: #6e7681 }
      .spread { stroke: #e6edf3 }
    }`;

export function barChart(result: Result, metric: Metric): string {
  const bars = result.subjects.flatMap(({ subject, figures }) => {
    const spread = figures[metric.name];
    return spread === undefined ? [] : [{ subject, spread }];
  });
  const most = Math.max(...bars.map(({ spread }) => spread.max));
  const xOf = (value: number): number => Math.round(labelWidth + (most === 0 ? 0 : value / most) * barWidth);
  const height = top + bars.length * rowHeight + 8;
  const head = `${result.title}: ${headOf(metric)}`;
  const words = bars.map(({ subject, spread }) => `${subject}: ${spreadInWords(spread)}`).join('; ');
  const rows = bars.map(({ subject, spread }, index) =>
    row(subject, spread, { y: top + index * rowHeight, kind: index === 0 ? 'ours' : 'peer', xOf }),
  );
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" role="img" aria-labelledby="title words">
  <title id="title">${escaped(head)}</title>
  <desc id="words">Median (min–max). ${escaped(words)}.</desc>
  <style>${style}
  </style>
  <text class="head" x="0" y="20">${escaped(head)} (median, least and most)</text>
${rows.join('\n')}
</svg>
`;
}

interface Place {
  readonly y: number;
  readonly kind: 'ours' | 'peer';
  readonly xOf: (value: number) => number;
}

function row(subject: string, spread: Spread, { y, kind, xOf }: Place): string {
  const middle = y + barHeight / 2;
  const [from, to] = [xOf(spread.min), xOf(spread.max)];
  return [
    `  <text x="${labelWidth - 8}" y="${y + 14}" text-anchor="end">${escaped(subject)}</text>`,
    `  <rect class="${kind}" x="${labelWidth}" y="${y}" width="${xOf(spread.median) - labelWidth}" height="${barHeight}" rx="2"/>`,
    `  <path class="spread" fill="none" d="M${from} ${middle}H${to}M${from} ${middle - 4}v8M${to} ${middle - 4}v8"/>`,
    `  <text x="${to + 8}" y="${y + 14}">${escaped(spreadInWords(spread))}</text>`,
  ].join('\n');
}

const escaped = (text: string): string =>
  text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;');
