/** docs/benchmarks.md and its charts, made from the kept results and nothing else; a test fails where they are not what this makes. */
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { barChart } from './chart.ts';
import { figure, keyInWords } from './figures.ts';
import { keptResults, mainMetric, type Result } from './result.ts';
import { markdownTable, rowsOf } from './table.ts';

const docs = join(import.meta.dirname, '../docs');
export const chartsFolder = join(docs, 'benchmarks');

const intro = `# Benchmarks

<!-- Made by \`npm run docs:bench\` from bench/results. Do not edit by hand. -->

Each table is what one scenario of [bench/scenarios](../bench/README.md) came to: medians over the rounds, in brackets the least and the most. In
a round every subject has its turn on the same work and the same server, and another one begins each round. A measurement counts only if
the work was done right: of events, each exactly once. To repeat one, or all, and to keep what comes of it:

\`\`\`sh
npm run envtest:build
npm run bench -- backlog-list --write
npm run bench -- --write
\`\`\`

\`npm run bench:check\` asks, on any machine, whether the collector takes no more CPU time an event than a bare loop of undici and
\`JSON.parse\` takes in the same run, and fails if it does. It is part of CI.
`;

/** Text by path from `docs/`. */
export function renderPages(results: readonly Result[] = keptResults()): ReadonlyMap<string, string> {
  const charts = results.flatMap((result) => {
    const metric = mainMetric(result);
    return metric === undefined ? [] : [[chartPath(result), barChart(result, metric)] as const];
  });
  return new Map([['benchmarks.md', `${[intro, ...results.map(section)].join('\n')}`], ...charts]);
}

const chartPath = ({ scenario }: Result): string => `benchmarks/${scenario}.svg`;

function section(result: Result): string {
  const { title, about, machine, date, rounds, scenario, input } = result;
  const metric = mainMetric(result);
  const chart = metric === undefined ? [] : [`![${title}: ${metric.label}](${chartPath(result)})`, ''];
  const facts = Object.entries(input).map(
    ([key, value]) => `${keyInWords(key)} ${typeof value === 'number' ? figure(value) : value}`,
  );
  const { cpu, cores, memoryGb, platform, node } = machine;
  return [
    ...[`## ${title}`, '', about, '', ...chart, markdownTable(rowsOf(result)), ''],
    `\`${scenario}\`, ${date}, ${rounds} rounds: ${facts.join(', ')}; ${cpu}, ${cores} cores, ${memoryGb} GB, ${platform}, Node ${node}.`,
    '',
  ].join('\n');
}

/** Charts of scenarios that have no result any more go. */
export function writePage(): void {
  rmSync(chartsFolder, { recursive: true, force: true });
  for (const [path, text] of renderPages()) {
    mkdirSync(dirname(join(docs, path)), { recursive: true });
    writeFileSync(join(docs, path), text);
  }
}
