/**
 * The quota unit: every ClusterResourceQuota as gauges, read page by page and handed over as it is read. Where there is no OpenShift it
 * says so and is skipped; a cluster that can't be read is a failure, never an empty result.
 */
import { deadline } from '../clock.ts';
import { isKubeCheckError, KubeCheckError } from '../errors.ts';
import type { UnitOutcome } from '../report.ts';
import type { Permission, Unit, UnitContext } from '../unit.ts';
import { type OpenShiftDetector, type OpenShiftLevel, openShiftDetector } from './detector.ts';
import { quotaGauges } from './gauges.ts';
import { listQuotas } from './list-quotas.ts';
import type { QuotaOptions } from './options.ts';

/** For all pages together. A list on a dead etcd hangs for 60 s; other units are waiting. */
const listTimeoutMs = 60_000;
/** One unreadable figure, one warning, up to here: a controller gone wrong would fill the report. */
const maxWarnings = 10;

/** /oapi, gone since OpenShift 4, would need the same rule in the core group; that is not worth granting to everyone. */
const listQuotasPermission: Permission = {
  verbs: ['list'],
  group: 'quota.openshift.io',
  resource: 'clusterresourcequotas',
};

/** @see quotaRetriever in units.ts, which says what it sends */
export function quotaRetriever(options: QuotaOptions & { readonly detector?: OpenShiftDetector } = {}): Unit {
  const { detector = openShiftDetector() } = options;
  return {
    name: 'quotas',
    permissions: [...(detector.permissions ?? []), listQuotasPermission],
    async run(context) {
      const level = await detector.detect(context);
      if (level === 'none') return skipped(notOpenShift(detector));
      return retrieve(level, context);
    },
  };
}

async function retrieve(level: Exclude<OpenShiftLevel, 'none'>, context: UnitContext): Promise<UnitOutcome> {
  const { api, sender, clock } = context;
  const limit = deadline(clock, listTimeoutMs, tooLate, context.signal);
  const problems = problemReporter(context);
  try {
    for await (const quotas of listQuotas(level, { api, signal: limit.signal })) {
      for (const quota of quotas) {
        const found = quotaGauges(quota);
        for (const gauge of found.gauges) sender.gauge(gauge);
        problems.add(found.problems);
      }
    }
    return { status: 'ok' };
  } catch (error) {
    // The group can be there without the resource, and a CRD can be taken away after its group was found.
    if (isKubeCheckError(error, 'API_ABSENT'))
      return skipped('the server does not serve clusterresourcequotas (404), though it has their API');
    throw error;
  } finally {
    limit.clear();
    problems.end();
  }
}

function problemReporter(context: UnitContext) {
  let found = 0;
  return {
    add(problems: readonly string[]): void {
      for (const problem of problems) {
        found += 1;
        if (found <= maxWarnings) context.warn(problem);
      }
    },
    end(): void {
      if (found > maxWarnings) context.warn(`cluster quotas: ${found - maxWarnings} more figures can't be read`);
    },
  };
}

/** Where it was not allowed to look, the missing rules are named: without OpenShift nobody needs them, so they are no warning. */
function notOpenShift({ denials = [] }: OpenShiftDetector): string {
  const unseen = denials.map(({ message, remedy }) => `${message}; ${remedy}`);
  const neither = 'not OpenShift: neither /apis/quota.openshift.io nor /oapi is there';
  return unseen.length === 0 ? neither : `${neither}, or may be seen: ${unseen.join('; ')}`;
}

const skipped = (reason: string): UnitOutcome => ({ status: 'skipped', reason });

const tooLate = (): KubeCheckError =>
  new KubeCheckError('API_UNAVAILABLE', `list clusterresourcequotas: not done within ${listTimeoutMs} ms`, {
    details: { verb: 'list', resource: 'clusterresourcequotas', reason: 'timeout' },
  });
