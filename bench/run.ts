/**
 * `npm run bench -- [scenario…] [--rounds N] [--quick] [--write]`: measures the scenarios named, or all, and prints a table of each. With
 * `--write` the results are kept and docs/benchmarks.md is made anew.
 */
import { parseArgs } from 'node:util';
import { writePage } from './page.ts';
import { keepResult, resultOf } from './result.ts';
import { measureRounds } from './rounds.ts';
import { loadScenario, scenarioNames } from './scenarios.ts';
import { rowsOf, textTable } from './table.ts';

const usualRounds = 5;
const quickRounds = 2;

interface Arguments {
  readonly names: readonly string[];
  readonly rounds: number | undefined;
  readonly isQuick: boolean;
  readonly isKept: boolean;
}

function readArguments(args: readonly string[]): Arguments {
  const { values, positionals } = parseArgs({
    args: [...args],
    allowPositionals: true,
    options: { rounds: { type: 'string' }, quick: { type: 'boolean' }, write: { type: 'boolean' } },
  });
  const rounds = values.rounds === undefined ? undefined : Number(values.rounds);
  const [isQuick, isKept] = [values.quick === true, values.write === true];
  if (rounds !== undefined && !(Number.isInteger(rounds) && rounds > 0)) throw new Error('--rounds needs a number');
  if (isKept && (isQuick || (rounds ?? usualRounds) < usualRounds))
    throw new Error(`--write keeps the whole work, measured in ${usualRounds} rounds or more`);
  return { names: positionals.length > 0 ? positionals : scenarioNames, rounds, isQuick, isKept };
}

const log = (line: string): void => void process.stderr.write(`${line}\n`);
const say = (text: string): void => void process.stdout.write(`${text}\n`);

async function main({ names, rounds, isQuick, isKept }: Arguments): Promise<void> {
  // Before the first is measured: a wrong name of the last would come late.
  const scenarios = await Promise.all(names.map(loadScenario));
  for (const scenario of scenarios) {
    log(`${scenario.name}: ${scenario.title}`);
    const asked = rounds ?? (isQuick ? quickRounds : (scenario.rounds ?? usualRounds));
    const result = resultOf(scenario, await measureRounds(scenario, { rounds: asked, isQuick, log }));
    say(`\n${scenario.title}, ${asked} rounds: median (min–max)\n${textTable(rowsOf(result))}\n`);
    if (!isKept) continue;
    keepResult(result);
    writePage();
  }
}

await main(readArguments(process.argv.slice(2)));
