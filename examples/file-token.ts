/**
 * Events to a file, with the place kept in another one: nothing is written to the cluster, so the right to list and watch events is
 * enough. Each run goes on where the last one ended, in this process or the next.
 *
 *     node examples/file-token.ts [FOLDER]
 *
 * Does one run, as a cron job would, with the files `events.jsonl` and `token.json` in FOLDER, or else in the current folder.
 */
import { join } from 'node:path';
import { FileTokenStore, formatReport, KubeASCheck } from 'kube-apiserver-check';
import { jsonLinesSender } from 'kube-apiserver-check/senders/json-lines';

const [folder = '.'] = process.argv.slice(2);

const sender = jsonLinesSender({ path: join(folder, 'events.jsonl') });
const check = new KubeASCheck({
  sender,
  // Safe after a crash of the machine, too: both files are synced, and the token moves only after the lines it stands for.
  tokenStore: new FileTokenStore({ path: join(folder, 'token.json') }),
  config: { leader: { skip: true }, controlPlane: false, quotas: false, events: {} },
});
try {
  const report = await check.run();
  console.log(formatReport(report));
  if (!report.ok) process.exitCode = 1;
} finally {
  await check.stop();
  await sender.close();
}
