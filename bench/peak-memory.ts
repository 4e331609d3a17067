/** The most memory that this process had resident. `maxRSS` of getrusage would not do on Linux: a process begins with that of its parent. */
import { readFileSync } from 'node:fs';

export function peakRssMb(): number {
  if (process.platform !== 'linux') return process.resourceUsage().maxRSS / 1024;
  const [, kilobytes] = /^VmHWM:\s+(\d+) kB$/m.exec(readFileSync('/proc/self/status', 'utf8')) ?? [];
  return Number(kilobytes) / 1024;
}
