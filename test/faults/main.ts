/**
 * `npm run faults`: the check, or its peers, through a schedule of faults on a real control plane. Exits with 1 when the check broke one of
 * the promises of docs/delivery.md; a peer's figures are only told.
 */
import { writeFile } from 'node:fs/promises';
import { type Arguments, readArguments, usage } from './arguments.ts';
import { keepResult } from './page.ts';
import { isClean, type Result, resultOf } from './result.ts';
import { faultRun, type RunOutcome } from './run.ts';
import { checkConfig, checkSubject, peerSubject } from './subjects.ts';
import { comparisonTable, findings, runTable } from './table.ts';

const brokenCatchUpMs = 5000;

async function runOne(name: Arguments['subjects'][number], given: Arguments): Promise<Result> {
  const { seed, events, faults, mode, replicas, mutation } = given;
  const choice = { mode, replicas, ...(mutation === undefined ? {} : { mutation }) };
  const isOurs = name === 'kube-apiserver-check';
  console.log(`${name}: seed ${seed}, ${events} events, ${faults.length} faults`);
  const outcome = await faultRun({
    subject: isOurs ? checkSubject(choice) : peerSubject(name),
    config: checkConfig(choice),
    ...{ seed, events, faults },
    // What is broken on purpose is not waited for.
    ...(mutation === undefined ? {} : { catchUpMs: brokenCatchUpMs }),
    log: (line) => console.log(`  ${line}`),
  });
  const result = resultOf(mutation === undefined ? name : `${name}, ${mutation}`, { seed }, outcome);
  console.log(`\n${runTable(result)}\n`);
  if (isOurs && !isClean(result)) {
    console.log(findings(outcome));
    process.exitCode = 1;
  }
  if (given.details !== undefined) await writeFile(given.details, detailsOf(outcome));
  return result;
}

function detailsOf({ verdict, evidence, problems, said }: RunOutcome): string {
  const { faults, leads, tokens } = evidence;
  return `${JSON.stringify({ verdict, problems, faults, leads, tokens, said }, undefined, 1)}\n`;
}

async function main(): Promise<void> {
  const given = readArguments(process.argv.slice(2));
  const found: Result[] = [];
  for (const name of given.subjects) found.push(await runOne(name, given));
  if (given.compare) console.log(comparisonTable(found));
  if (given.write) keepResult(given.compare ? 'comparison' : 'kube-apiserver-check', found);
}

// By way of an exit, so that what was started is ended.
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(1));

if (process.argv.includes('--help')) console.log(usage);
else await main();
