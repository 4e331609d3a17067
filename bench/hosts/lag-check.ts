/** Ours in watch mode, from a token on; an event is there when `commit()` is called with it. */
import { KubeConfig } from '@kubernetes/client-node';
import type { Sender } from '../../src/index.ts';
import { KubeASCheck, MemoryTokenStore } from '../built.ts';
import { sayReady } from '../own-process.ts';
import { nowUs, startLagTally } from './lag-tally.ts';

const kubeConfig = new KubeConfig();
kubeConfig.loadFromDefault();
const { task, see } = startLagTally();
const { resourceVersion, options } = task;

const ignore = (): void => undefined;
let names: string[] = [];
const sender: Sender = {
  ...{ gauge: ignore, count: ignore, serviceCheck: ignore },
  event({ sources }) {
    for (const { name } of sources) names.push(name);
  },
  async commit() {
    const now = nowUs();
    for (const name of names) see(name, now);
    names = [];
  },
};

const tokenStore = new MemoryTokenStore();
await tokenStore.save('event', { resourceVersion });
const check = new KubeASCheck({
  ...{ sender, kubeConfig, tokenStore },
  config: {
    leader: { skip: true },
    controlPlane: false,
    quotas: false,
    events: { mode: 'watch', ...options },
  },
});
const report = await check.run();
if (!report.ok) throw new Error(JSON.stringify(report.units));
sayReady();
