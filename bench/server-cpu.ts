/** What a control plane costs, its etcd included. */
import { readFileSync } from 'node:fs';
import type { ControlPlane } from '../test/envtest/control-plane.ts';

/** Linux counts in hundredths of a second, for whoever asks from user space. */
const tickMs = 10;

/** User and system time of its processes since their start, in milliseconds. Linux only. @throws elsewhere */
export function serverCpuMs({ daemons }: Pick<ControlPlane, 'daemons'>): number {
  const ticks = daemons.map((daemon) => {
    const stat = readFileSync(`/proc/${daemon.pid()}/stat`, 'utf8');
    // The name, in parentheses, may hold anything; the 12th and 13th field behind it are user and system time.
    const [user, system] = stat
      .slice(stat.lastIndexOf(')') + 2)
      .split(' ')
      .slice(11, 13);
    return Number(user) + Number(system);
  });
  return ticks.reduce((sum, each) => sum + each, 0) * tickMs;
}
