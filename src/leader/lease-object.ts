/**
 * A Lease object of coordination.k8s.io/v1: how it is read, and how a claim is written into it, all else unchanged. Pure.
 * @see https://kubernetes.io/docs/reference/kubernetes-api/cluster-resources/lease-v1/
 */
import { KubeCheckError } from '../errors.ts';
import { type Json, record } from '../kube/wire/json-value.ts';
import type { LeaseRecord } from './decide.ts';

/** The API group of leases. */
export const leaseGroup = 'coordination.k8s.io';

export interface Lease extends LeaseRecord {
  /** As the server gave it: what is not ours goes back unchanged. */
  readonly whole: Json;
  readonly uid: string;
  /** Every write makes another one: as long as it is the same, so is the lease. */
  readonly version: string;
}

/** What a holder writes. */
export interface Claim {
  /** Empty: the lease is given back. */
  readonly holder: string;
  readonly durationMs: number;
  readonly transitions: number;
  /** Unix milliseconds: for whoever looks at the lease, nobody counts with it. */
  readonly nowMs: number;
}

/** The type int32 of the API. */
const maxInt32 = 2 ** 31 - 1;

/** Without uid and version a write would be unconditional. @throws KubeCheckError API_MALFORMED */
export function leaseOf(value: unknown): Lease {
  const whole = record(value) ?? {};
  const metadata = record(whole['metadata']) ?? {};
  const { uid, resourceVersion: version } = metadata;
  const spec = record(whole['spec'] ?? {});
  const { holderIdentity, leaseDurationSeconds: seconds, leaseTransitions } = spec ?? {};
  const holder = holderIdentity ?? '';
  if (!isText(uid) || !isText(version) || !spec || typeof holder !== 'string') {
    throw new KubeCheckError('API_MALFORMED', 'the answer is no Lease', {
      remedy: 'check proxies between here and the API server',
    });
  }
  return {
    whole,
    uid,
    version,
    holder,
    ...(isCount(seconds) && seconds > 0 ? { durationMs: seconds * 1000 } : {}),
    transitions: isCount(leaseTransitions) ? leaseTransitions : 0,
  };
}

const isText = (value: unknown): value is string => typeof value === 'string' && value !== '';
const isCount = (value: unknown): value is number =>
  typeof value === 'number' && Number.isInteger(value) && value >= 0 && value <= maxInt32;

/** A lease that is to be created. */
export function newLease(name: string, claim: Claim): Json {
  return {
    apiVersion: `${leaseGroup}/v1`,
    kind: 'Lease',
    metadata: { name },
    spec: { ...specOf(claim), acquireTime: microTime(claim.nowMs), renewTime: microTime(claim.nowMs) },
  };
}

/** The uid and resourceVersion in its metadata make the server refuse a write over somebody else's. */
export function claimed(lease: Lease, claim: Claim): Json {
  const spec = record(lease.whole['spec']) ?? {};
  const { acquireTime, renewTime } = spec;
  const goesOn = claim.holder === lease.holder && isText(acquireTime);
  const now = microTime(claim.nowMs);
  return {
    ...lease.whole,
    apiVersion: `${leaseGroup}/v1`,
    kind: 'Lease',
    spec: {
      ...spec,
      ...specOf(claim),
      acquireTime: goesOn ? acquireTime : now,
      // For the server a write that changes nothing is none: no new version, and others would count on from the last one.
      renewTime: now === renewTime ? microTime(claim.nowMs + 1) : now,
    },
  };
}

/** The duration is rounded up: the lease must not be over for others before it is over for its holder. */
const specOf = ({ holder, durationMs, transitions }: Claim): Json => ({
  holderIdentity: holder,
  leaseDurationSeconds: Math.ceil(durationMs / 1000),
  leaseTransitions: transitions,
});

/** `2024-05-29T06:08:20.000000Z`, the form of metav1.MicroTime. */
export const microTime = (atMs: number): string => new Date(atMs).toISOString().replace(/Z$/, '000Z');
