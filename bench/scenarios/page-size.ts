/** What the size of a page is worth, of either wire: the curve behind the defaults. */
import type { EventCollectorOptions } from '../../src/index.ts';
import { onBacklog } from '../cluster.ts';
import { named, type Scenario } from '../scenario.ts';
import { nodeSubject, runSubject } from '../subject-process.ts';
import type { Task } from '../subjects/tally.ts';

const usual = 'protobuf, 2000';

const subjects: Readonly<Record<string, EventCollectorOptions>> = Object.fromEntries(
  (['protobuf', 'json'] as const).flatMap((wire) =>
    [300, 500, 1000, 2000, 5000].map((pageSize) => [`${wire}, ${pageSize}`, { wire, pageSize, lookUp: [] }]),
  ),
);

export const scenario: Scenario = {
  name: 'page-size',
  title: 'The size of a page',
  about:
    'Ours reads a whole backlog from a real API server in pages of so many events, without look-ups. CPU and wall time are those of ' +
    'the process that reads, from its first request on; the server works meanwhile on the same machine; its ' +
    'CPU is that of the API server and its etcd.',
  metrics: [
    { name: 'cpuUsPerEvent', label: 'CPU per event', unit: 'µs', isMain: true },
    { name: 'serverCpuUsPerEvent', label: 'CPU of the server per event', unit: 'µs' },
    { name: 'wallMs', label: 'wall time', unit: 'ms' },
    { name: 'firstEventMs', label: 'first event after', unit: 'ms' },
    { name: 'peakRssMb', label: 'peak RSS', unit: 'MB' },
  ],
  subjects: [usual, ...Object.keys(subjects).filter((name) => name !== usual)],
  prepare: onBacklog(async (backlog, name) => {
    const { events, kubeconfig } = backlog;
    const task: Task = { events, options: named(subjects, name) };
    const program = nodeSubject('kube-apiserver-check');
    const { result, serverCpuMs } = await backlog.during(() => runSubject({ program, task, kubeconfig }));
    const { cpuMs, wallMs, firstEventMs, peakRssMb } = result;
    const perEvent = (ms: number) => (ms * 1000) / events;
    return {
      ...{ cpuUsPerEvent: perEvent(cpuMs), serverCpuUsPerEvent: perEvent(serverCpuMs) },
      ...{ wallMs, firstEventMs, peakRssMb },
    };
  }),
};
