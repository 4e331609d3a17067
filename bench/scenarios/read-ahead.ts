/** Whether it pays to ask for the next page while a slow sender takes this one. */
import { onBacklog } from '../cluster.ts';
import { named, type Scenario } from '../scenario.ts';
import { nodeSubject, runSubject } from '../subject-process.ts';
import type { Task } from '../subjects/tally.ts';

const pageSize = 2000;
const commitMs = 20;

/** Without room for two pages there is no second one. */
const subjects: Readonly<Record<string, number>> = {
  'room for two pages': 10_000,
  'room for one': pageSize,
};

export const scenario: Scenario = {
  name: 'read-ahead',
  title: 'A page ahead',
  about:
    `Ours reads a whole backlog from a real API server in pages of ${pageSize} events, without look-ups, for a sender that takes ${commitMs} ms a commit ` +
    'of up to 300 events. Where `bufferSize` has room for it, the next page is asked for meanwhile.',
  metrics: [
    { name: 'wallMs', label: 'wall time', unit: 'ms', isMain: true },
    { name: 'cpuUsPerEvent', label: 'CPU per event', unit: 'µs' },
    { name: 'peakRssMb', label: 'peak RSS', unit: 'MB' },
  ],
  subjects: Object.keys(subjects),
  prepare: onBacklog(async ({ events, kubeconfig }, name) => {
    const options = { pageSize, bufferSize: named(subjects, name), lookUp: [] };
    const task: Task = { events, commitMs, options };
    const program = nodeSubject('kube-apiserver-check');
    const { cpuMs, wallMs, peakRssMb } = await runSubject({ program, task, kubeconfig });
    return { wallMs, cpuUsPerEvent: (cpuMs * 1000) / events, peakRssMb };
  }),
};
