/**
 * One process of a host: a check with the defaults of the library (KUBECONFIG, a ConfigMap for the token), one run or as many as it takes,
 * and then nothing more to do. It says on stdout what it does, one JSON object a line.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { KubeASCheck } from '../../src/index.ts';
import { jsonLinesSender } from '../../src/senders/json-lines.ts';
import type { CheckMessage, CheckProcessOptions } from './run-check.ts';

const { output, config, runs, ending }: CheckProcessOptions = JSON.parse(process.argv[2] ?? '');
const say = (message: CheckMessage): void => void process.stdout.write(`${JSON.stringify(message)}\n`);

const sender = jsonLinesSender({ path: output });
const check = new KubeASCheck({ sender, config });
check.on('committed', ({ events }) => say({ at: 'committed', events }));

say({ at: 'begun' });
for (;;) {
  const report = await check.run();
  say({ at: 'reported', report });
  if (runs === 'one' || report.ok) break;
  await sleep(check.intervalMs);
}
if (ending === 'stop') {
  await check.stop();
  await sender.close();
}
