/** One Lease on the API server: read, create, update; and what a failure to do so means for who asks to lead. */
import { asKubeCheckError, isKubeCheckError, KubeCheckError, retold } from '../errors.ts';
import { serviceAccountNamespace } from '../kube/namespace.ts';
import type { KubeApi, KubeRequest } from '../kube-api.ts';
import { type Claim, claimed, type Lease, leaseGroup, leaseOf, newLease } from './lease-object.ts';

/** How a question ends that is no longer worth an answer. */
export interface Asking {
  readonly signal: AbortSignal;
  readonly timeoutMs: number;
}

export interface LeaseClient {
  /** Undefined: there is none. */
  get(asking: Asking): Promise<Lease | undefined>;
  create(claim: Claim, asking: Asking): Promise<Lease>;
  /** @throws KubeCheckError API_CONFLICT if it is no longer the lease that was read, API_ABSENT if it is gone */
  update(lease: Lease, claim: Claim, asking: Asking): Promise<Lease>;
  /** e.g. `the Lease default/kube-apiserver-check` */
  where(): string;
  /** What an `acquire` rejects with: API_UNAVAILABLE, ABORTED or LEADER_ELECTION_FAILED. */
  failure(error: unknown, signal: AbortSignal): KubeCheckError;
}

export interface LeaseClientOptions {
  readonly api: KubeApi;
  readonly name: string;
  /** @defaultValue the service account's, else `default` */
  readonly namespace?: string | undefined;
  /** Told after each request, whatever came of it. */
  settled(): void;
}

/** Asks nothing before it is asked. */
export function createLeaseClient(options: LeaseClientOptions): LeaseClient {
  const { api, name } = options;
  let { namespace } = options;

  async function ask(named: boolean, request: Omit<KubeRequest, 'path'>): Promise<unknown> {
    namespace ??= await serviceAccountNamespace();
    const all = `/apis/${leaseGroup}/v1/namespaces/${encodeURIComponent(namespace)}/leases`;
    try {
      return await api.json({ ...request, urgent: true, path: named ? `${all}/${encodeURIComponent(name)}` : all });
    } finally {
      options.settled();
    }
  }

  const where = (): string => `the Lease ${namespace ?? '?'}/${name}`;

  return {
    async get(asking) {
      try {
        return leaseOf(await ask(true, asking));
      } catch (error) {
        if (isKubeCheckError(error, 'API_ABSENT')) return undefined;
        throw error;
      }
    },
    create: async (claim, asking) =>
      leaseOf(await ask(false, { ...asking, method: 'POST', body: newLease(name, claim) })),
    update: async (lease, claim, asking) =>
      leaseOf(await ask(true, { ...asking, method: 'PUT', body: claimed(lease, claim) })),
    where,
    failure: (error, signal) => electionFailure(error, signal, { where: where(), namespace: namespace ?? '?' }),
  };
}

interface Named {
  readonly where: string;
  readonly namespace: string;
}

function electionFailure(thrown: unknown, signal: AbortSignal, named: Named): KubeCheckError {
  if (signal.aborted) return abortion(signal.reason, named);
  const cause = asKubeCheckError(thrown, 'LEADER_ELECTION_FAILED', 'leader election');
  const { code } = cause;
  if (code === 'API_UNAVAILABLE' || code === 'ABORTED') return cause;
  return retold(cause, `${named.where} could not be asked for: ${cause.message}`, {
    // A server that asks for patience can't say either who leads.
    code: code === 'API_THROTTLED' ? 'API_UNAVAILABLE' : 'LEADER_ELECTION_FAILED',
    remedy: remedyFor(cause, named),
    details: { causeCode: code },
  });
}

function abortion(reason: unknown, { where }: Named): KubeCheckError {
  if (isKubeCheckError(reason, 'ABORTED')) return reason;
  return new KubeCheckError('ABORTED', `${where} is no longer asked for: aborted`, { cause: reason });
}

function remedyFor({ code, details, remedy }: KubeCheckError, { namespace }: Named): string | undefined {
  if (code !== 'API_ABSENT') return remedy;
  // What the server knows it answers about with a Status; an API that it does not have is a page that is not found.
  return details['statusReason'] === 'NotFound'
    ? `create the namespace "${namespace}", or name another one for the lease`
    : `the API ${leaseGroup}/v1 is not served: it needs Kubernetes 1.14 or newer, and must not be switched off`;
}
