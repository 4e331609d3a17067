/**
 * A host for a pod: runs the check that a file describes, writes what it finds to stdout, one JSON object a line, and what went
 * wrong to stderr. On SIGTERM it commits, saves its place, gives the lease back and ends.
 *
 *     node deploy/host.ts --config PATH [--probe-port PORT] [--probe-host ADDRESS]
 *
 * PATH holds one instance of a configuration file as YAML or JSON. For probes: /livez answers 200 as long as `stats().live` is
 * true, /readyz as soon as there was a report, until it is to end; else they answer 503.
 */
import { readFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { loadYaml } from '@kubernetes/client-node';
import { formatReport, isKubeCheckError, KubeASCheck, parseInstanceConfig, type RunReport } from 'kube-apiserver-check';
import { jsonLinesSender } from 'kube-apiserver-check/senders/json-lines';

const { values } = parseArgs({
  options: {
    config: { type: 'string' },
    'probe-port': { type: 'string', default: '8080' },
    'probe-host': { type: 'string' },
  },
});
if (values.config === undefined) throw new Error('--config PATH is missing');

const say = (text: string): void => void process.stderr.write(`${text}\n`);
const ending = new AbortController();
for (const signal of ['SIGTERM', 'SIGINT'] as const) process.once(signal, () => ending.abort());

const check = new KubeASCheck({
  config: parseInstanceConfig(loadYaml(await readFile(values.config, 'utf8'))),
  sender: jsonLinesSender({ stream: process.stdout }),
});
for (const { path, message, remedy } of check.warnings) say(`${path}: ${message}${remedy ? ` (${remedy})` : ''}`);
let last: RunReport | undefined;

const probes = await serveProbes({
  '/livez': () => check.stats().live,
  '/readyz': () => last !== undefined && !ending.signal.aborted,
});
await runUntilEnd();
probes.close();
probes.closeAllConnections();

async function runUntilEnd(): Promise<void> {
  ending.signal.addEventListener('abort', () => {
    say('ending');
    void check.stop();
  });
  while (!ending.signal.aborted) {
    const startedMs = performance.now();
    try {
      tell(await check.run());
    } catch (error) {
      // Nothing could be tried. That may pass, unlike a wrong configuration, which ends the process before it comes here.
      if (!isKubeCheckError(error, 'CHECK_STOPPED')) say(JSON.stringify(`${error}`));
    }
    const restMs = Math.max(0, check.intervalMs - (performance.now() - startedMs));
    await sleep(restMs, undefined, { signal: ending.signal }).catch(() => undefined);
  }
  await check.stop();
}

/** In full where there is something to know; of a quiet run nothing. */
function tell(report: RunReport): void {
  const { ok, role, warnings, events } = report;
  if (!ok || role !== last?.role || warnings.length > 0 || events.gaps.length > 0) say(formatReport(report));
  last = report;
}

async function serveProbes(probes: Readonly<Record<string, () => boolean>>): Promise<Server> {
  const server = createServer(({ url = '' }, answer) => {
    const probe = Object.hasOwn(probes, url) ? probes[url] : undefined;
    answer.statusCode = probe === undefined ? 404 : probe() ? 200 : 503;
    answer.end();
  });
  const listening = Promise.withResolvers<void>();
  server.once('error', listening.reject);
  server.listen({ port: Number(values['probe-port']), host: values['probe-host'] }, listening.resolve);
  await listening.promise;
  const address = server.address();
  if (typeof address === 'object' && address !== null) say(`probes on port ${address.port}`);
  return server;
}
