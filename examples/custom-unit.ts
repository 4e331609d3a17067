/**
 * A unit of one's own beside those of the library: how many namespaces there are in each phase. One that is stuck in `Terminating` is
 * the sign of a finalizer that nobody serves any more.
 *
 *     node examples/custom-unit.ts
 *
 * Does one run and prints what was measured and the report. Beyond deploy/rbac.yaml the unit needs the right to list namespaces.
 */
import {
  defaultUnits,
  formatReport,
  KubeASCheck,
  type KubeASCheckConfig,
  type Unit,
  type UnitContext,
} from 'kube-apiserver-check';
import { consoleSender } from 'kube-apiserver-check/senders/console';

/** Gauge `kube_namespaces.count`, tagged `phase:<phase>`. */
export function namespacePhases(): Unit {
  return {
    name: 'namespace-phases',
    permissions: [{ verbs: ['list'], group: '', resource: 'namespaces' }],
    async run(context) {
      const counts = new Map<string, number>([
        ['Active', 0],
        ['Terminating', 0],
      ]);
      for await (const phase of listPhases(context)) counts.set(phase, (counts.get(phase) ?? 0) + 1);
      // Handed over only once the whole list was read: half a count would be a wrong one. A throw above makes the unit `failed`.
      for (const [phase, value] of counts)
        context.sender.gauge({ name: 'kube_namespaces.count', value, tags: [`phase:${phase}`] });
    },
  };
}

interface NamespaceList {
  readonly items?: readonly { readonly status?: { readonly phase?: string } }[];
  readonly metadata?: { readonly continue?: string };
}

/** Page by page, so that a cluster of any size costs the memory of a page. The signal ends it with the run. */
async function* listPhases({ api, signal }: UnitContext): AsyncGenerator<string> {
  let place: string | undefined;
  do {
    const query = { limit: '500', ...(place === undefined ? {} : { continue: place }) };
    const page = (await api.json({ path: '/api/v1/namespaces', query, signal })) as NamespaceList;
    for (const { status } of page.items ?? []) yield status?.phase ?? 'unknown';
    place = page.metadata?.continue || undefined;
  } while (place !== undefined);
}

async function main(): Promise<void> {
  const config: KubeASCheckConfig = { leader: { skip: true } };
  const units = [...defaultUnits(config), namespacePhases()];
  const check = new KubeASCheck({ sender: consoleSender(), config, units });
  try {
    const report = await check.run();
    console.log(formatReport(report));
    if (!report.ok) process.exitCode = 1;
  } finally {
    await check.stop();
  }
}

if (process.argv[1] === import.meta.filename) await main();
