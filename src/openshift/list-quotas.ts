/**
 * ClusterResourceQuotas page by page: no more than a page is held. A list whose `continue` expired goes on where the server says; the rest
 * is then of a newer version, which does no harm here, as each quota stands for itself.
 * @see https://kubernetes.io/docs/reference/using-api/api-concepts/#retrieving-large-results-sets-in-chunks
 */
import { isKubeCheckError, KubeCheckError } from '../errors.ts';
import type { KubeApi } from '../kube-api.ts';
import type { OpenShiftLevel } from './detector.ts';

const pathOf = {
  group: '/apis/quota.openshift.io/v1/clusterresourcequotas',
  oapi: '/oapi/v1/clusterresourcequotas',
} as const;

const pageSize = '500';
/** A list that expires more often than this cannot be read fast enough: the next run begins anew. */
const maxExpirations = 3;
/** The place that a list without `continue` begins at. */
const start = '';

interface Page {
  readonly items: readonly unknown[];
  /** Absent: this was the last. */
  readonly next?: string;
}

/** @throws KubeCheckError API_* of the page that failed; the pages before it have been yielded */
export async function* listQuotas(
  level: Exclude<OpenShiftLevel, 'none'>,
  { api, signal }: { readonly api: KubeApi; readonly signal: AbortSignal },
): AsyncGenerator<readonly unknown[]> {
  let expirations = 0;
  const pageAt = async (place: string): Promise<Page> => {
    const query = { limit: pageSize, ...(place === start ? {} : { continue: place }) };
    try {
      return readPage(await api.json({ path: pathOf[level], query, signal }), place);
    } catch (error) {
      expirations += 1;
      if (place === start || expirations > maxExpirations || !isKubeCheckError(error, 'API_GONE')) throw error;
      // Without a place to go on from, from the start: of a gauge sent twice, the later value stands.
      const fresh = error.details['continue'];
      return { items: [], next: typeof fresh === 'string' ? fresh : start };
    }
  };
  let page = await pageAt(start);
  yield page.items;
  while (page.next !== undefined) {
    page = await pageAt(page.next);
    yield page.items;
  }
}

function readPage(body: unknown, place: string): Page {
  const { kind, items, metadata } = (body ?? {}) as ListBody;
  const none = items === null || (items === undefined && typeof kind === 'string' && kind.endsWith('List'));
  if (!none && !Array.isArray(items)) throw malformed('the answer is no list');
  const next = metadata?.continue;
  if (typeof next !== 'string' || next === '') return { items: none ? [] : (items as readonly unknown[]) };
  if (next === place) throw malformed('the list goes on at the page it was at');
  return { items: none ? [] : (items as readonly unknown[]), next };
}

interface ListBody {
  readonly kind?: unknown;
  readonly items?: unknown;
  readonly metadata?: { readonly continue?: unknown } | null;
}

const malformed = (why: string): KubeCheckError =>
  new KubeCheckError('API_MALFORMED', `list clusterresourcequotas: ${why}`, {
    details: { verb: 'list', resource: 'clusterresourcequotas' },
  });
