/** A unit's context for hosts that run units in a loop of their own. */
import { type Clock, systemClock } from './clock.ts';
import { commitGate } from './commit-gate.ts';
import { createOwnedKubeApi } from './kube/api.ts';
import type { KubeApi, KubeConfigSource } from './kube-api.ts';
import { logger } from './log.ts';
import type { Sender } from './sender.ts';
import type { UnitContext } from './unit.ts';

/** One pool of connections a kubeconfig object, however many contexts are made with it. */
const apis = new WeakMap<object, KubeApi>();
/** Stands for client-node's default. */
const standard = {};

/**
 * For a host's own orchestrator: all but the sender has a default; `tenure` is `signal`. The sender in the context is gated: one commit at
 * a time, whoever commits.
 */
export function createUnitContext(
  given: Partial<UnitContext> & { readonly sender: Sender; readonly kubeConfig?: KubeConfigSource },
): UnitContext {
  const { kubeConfig, ...rest } = given;
  const clock = given.clock ?? systemClock;
  const signal = given.signal ?? new AbortController().signal;
  const log = logger('units');
  return {
    tagProvider: {},
    warn: (message) => log('warning: %s', message),
    tenure: signal,
    ...rest,
    api: given.api ?? apiFor(kubeConfig, clock),
    sender: commitGate(given.sender, clock),
    clock,
    signal,
  };
}

function apiFor(kubeConfig: KubeConfigSource | undefined, clock: Clock): KubeApi {
  const key = kubeConfig ?? standard;
  const api = apis.get(key) ?? createOwnedKubeApi(kubeConfig, clock);
  apis.set(key, api);
  return api;
}
