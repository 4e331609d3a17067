/** A process of its own, run by `secrets.test.ts`: a check in bad circumstances, which prints its reports, and with DEBUG what it does. */
import { formatReport, KubeASCheck } from '../../src/index.ts';
import { type Fault, RecordingSender } from '../../src/testing/index.ts';
import { startFakeScene } from './fake-scene.ts';
import { harms } from './harms.ts';

await using scene = await startFakeScene();
const check = new KubeASCheck({
  kubeConfig: scene.kubeConfig,
  sender: new RecordingSender(),
  clock: scene.clock,
  config: { leader: { skip: true }, events: {} },
});

async function run(fault?: Fault): Promise<void> {
  await scene.addEvents(2);
  if (fault) scene.fail({ ...fault, times: Number.POSITIVE_INFINITY });
  const report = await scene.settle(check.run());
  console.log(formatReport(report), JSON.stringify(report), report);
  scene.clearFaults();
}

await run();
for (const { fault } of harms) await run(fault);
await run();
await scene.settle(check.stop());
