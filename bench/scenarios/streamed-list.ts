/** Whether a streamed list would be better than pages, for the client or for the server: it costs the client more, and a cut loses all of it. */
import { onBacklog } from '../cluster.ts';
import type { RawAccount, RawTask } from '../hosts/backlog-raw.ts';
import { runHost } from '../hosts/run-host.ts';
import { named, type Scenario } from '../scenario.ts';

const subjects: Readonly<Record<string, RawTask>> = {
  'pages of 2,000': { pageSize: 2000 },
  'pages of 500': { pageSize: 500 },
  streamed: {},
};

export const scenario: Scenario = {
  name: 'streamed-list',
  title: 'A streamed list beside pages',
  about:
    'All events of a real API server, read as protobuf over TLS and counted, no more: in pages, or by a watch that begins with them ' +
    '(`sendInitialEvents`). CPU of the server is that of the API server and its etcd while they answer.',
  metrics: [
    { name: 'cpuUsPerEvent', label: 'CPU of the client per event', unit: 'µs', isMain: true },
    { name: 'serverCpuUsPerEvent', label: 'CPU of the server per event', unit: 'µs' },
    { name: 'wallMs', label: 'wall time', unit: 'ms' },
    { name: 'peakRssMb', label: 'peak RSS of the client', unit: 'MB' },
  ],
  subjects: Object.keys(subjects),
  prepare: onBacklog(async (backlog, name) => {
    const { events, kubeconfig } = backlog;
    const task = named(subjects, name);
    const { result: account, serverCpuMs } = await backlog.during(() =>
      runHost<RawAccount>({ host: 'backlog-raw', task, kubeconfig }),
    );
    // The API server's own event about the service `kubernetes` may be among them.
    const missing = events - account.events;
    if (missing > 0 || missing < -10) throw new Error(`${account.events} of ${events} events were read`);
    const perEvent = (ms: number) => (ms * 1000) / events;
    return {
      cpuUsPerEvent: perEvent(account.cpuMs),
      serverCpuUsPerEvent: perEvent(serverCpuMs),
      ...{ wallMs: account.wallMs, peakRssMb: account.peakRssMb },
    };
  }),
};
