/**
 * One ClusterResourceQuota to gauges. Pure. The object is read without trust in its shape: a figure that cannot be read costs itself and
 * what is computed from it, nothing else, and is told as a problem.
 * @see https://docs.redhat.com/en/documentation/openshift_container_platform/4.17/html/schedule_and_quota_apis/clusterresourcequota-quota-openshift-io-v1
 */
import type { MetricSample } from '../sender.ts';
import { parseQuantity, type Quantity, subtract, toNumber } from './quantity.ts';

export interface QuotaGauges {
  readonly gauges: readonly MetricSample[];
  /** One sentence each, safe to show. */
  readonly problems: readonly string[];
}

/**
 * `openshift.clusterquota.<resource>.{limit,used,remaining}` of the whole, and `openshift.appliedclusterquota.…` for each namespace:
 * its own limit and use, but the whole quota's remaining, as that is what the namespace can still take.
 */
export function quotaGauges(quota: unknown): QuotaGauges {
  const { metadata, status } = fieldsOf(quota);
  const name = fieldsOf(metadata)['name'];
  if (typeof name !== 'string' || name === '') return { gauges: [], problems: ['a cluster quota without a name'] };

  const where = `cluster quota ${quoted(name)}`;
  const problems: string[] = [];
  const total = readFigures(fieldsOf(status)['total'], where, problems);
  const remaining = remainingOf(total);
  const tags = [`clusterquota:${name}`];
  const gauges = gaugesOf('openshift.clusterquota', { ...total, remaining }, tags);
  for (const entry of listOf(fieldsOf(status)['namespaces'])) {
    const { namespace, status: figures } = fieldsOf(entry);
    if (typeof namespace !== 'string' || namespace === '') {
      problems.push(`${where}: an entry without its namespace`);
      continue;
    }
    const own = readFigures(figures, `${where}, namespace ${quoted(namespace)}`, problems);
    const ownTags = [...tags, `kube_namespace:${namespace}`];
    gauges.push(...gaugesOf('openshift.appliedclusterquota', { ...own, remaining }, ownTags));
  }
  return { gauges, problems };
}

/** By resource name; `undefined` is a figure that is there but cannot be read. */
type Figures = ReadonlyMap<string, Quantity | undefined>;
interface HardAndUsed {
  readonly hard: Figures;
  readonly used: Figures;
}

function readFigures(given: unknown, where: string, problems: string[]): HardAndUsed {
  const { hard, used } = fieldsOf(given);
  const read = (side: string, figures: unknown): Figures => {
    const quantities = new Map<string, Quantity | undefined>();
    for (const [resource, figure] of Object.entries(fieldsOf(figures))) {
      if (figure === null) continue;
      const quantity = parseQuantity(figure);
      if (quantity === undefined)
        problems.push(`${where}: ${side} ${quoted(resource)} is no quantity: ${quoted(figure)}`);
      quantities.set(resource, quantity);
    }
    return quantities;
  };
  return { hard: read('hard', hard), used: read('used', used) };
}

/** Nothing used yet leaves all of it; an unreadable use leaves the rest unknown. Exceeded quotas go below zero. */
function remainingOf({ hard, used }: HardAndUsed): Figures {
  const remaining = new Map<string, Quantity | undefined>();
  for (const [resource, limit] of hard) {
    if (limit === undefined) continue;
    const taken = used.get(resource);
    if (taken !== undefined) remaining.set(resource, subtract(limit, taken));
    else if (!used.has(resource)) remaining.set(resource, limit);
  }
  return remaining;
}

function gaugesOf(
  prefix: string,
  { hard, used, remaining }: HardAndUsed & { readonly remaining: Figures },
  tags: readonly string[],
): MetricSample[] {
  const series = (figures: Figures, what: string): MetricSample[] =>
    [...figures].flatMap(([resource, figure]) =>
      figure === undefined ? [] : [{ name: `${prefix}.${resource}.${what}`, value: toNumber(figure), tags }],
    );
  return [...series(hard, 'limit'), ...series(used, 'used'), ...series(remaining, 'remaining')];
}

const maxQuoted = 80;

/** Text of the cluster in a message: in quotes, escaped, and not at length. */
function quoted(value: unknown): string {
  const text = JSON.stringify(value) ?? 'undefined';
  return text.length > maxQuoted ? `${text.slice(0, maxQuoted)}…` : text;
}

const listOf = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : []);

const fieldsOf = (value: unknown): Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)
    ? (value as Readonly<Record<string, unknown>>)
    : {};
