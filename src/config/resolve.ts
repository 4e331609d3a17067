/** Every default of the configuration, filled in. Nothing is looked up outside: what only the running process can know stays undefined. */
import type { ControlPlaneOptions } from '../control-plane/options.ts';
import { type ResolvedEventOptions, resolveEventOptions } from '../events/resolve-options.ts';
import type { LeaderOptions } from '../leader/options.ts';
import type { QuotaOptions } from '../openshift/options.ts';
import type { KubeASCheckConfig } from './config.ts';

export type ResolvedLeaderOptions = Required<Omit<LeaderOptions, 'identity'>> & {
  /** Undefined: the elector makes one, unique a process. */
  readonly identity: string | undefined;
};
export type ResolvedControlPlaneOptions = Required<ControlPlaneOptions>;
export type ResolvedQuotaOptions = Required<QuotaOptions>;

/** A {@link KubeASCheckConfig} with its defaults: every property is there, and nothing is shared with what it was made from. */
export interface ResolvedConfig {
  readonly intervalMs: number;
  readonly runBudgetMs: number;
  readonly clusterAgentEnabled: boolean;
  readonly clusterName: string | undefined;
  readonly tags: readonly string[];
  /** Undefined: the token store reads the service account's when it is first needed, as that takes a file. */
  readonly resourcesNamespace: string | undefined;
  readonly leader: ResolvedLeaderOptions;
  readonly controlPlane: ResolvedControlPlaneOptions | false;
  readonly quotas: ResolvedQuotaOptions | false;
  readonly events: ResolvedEventOptions | false;
}

/** Of a configuration that {@link checkConfig} lets pass. */
export function resolveConfig(config: KubeASCheckConfig = {}): ResolvedConfig {
  const { controlPlane = {}, quotas = {}, events = false } = config;
  const intervalMs = config.intervalMs ?? 15_000;
  return {
    intervalMs,
    runBudgetMs: config.runBudgetMs ?? intervalMs,
    clusterAgentEnabled: config.clusterAgentEnabled ?? false,
    clusterName: config.clusterName,
    tags: [...(config.tags ?? [])],
    resourcesNamespace: config.resourcesNamespace,
    leader: resolveLeaderOptions(config.leader),
    controlPlane: controlPlane === false ? false : resolveControlPlaneOptions(controlPlane),
    quotas: quotas === false ? false : resolveQuotaOptions(quotas),
    events: events === false ? false : resolveEventOptions(events),
  };
}

function resolveLeaderOptions(options: LeaderOptions = {}): ResolvedLeaderOptions {
  return {
    enabled: options.enabled ?? true,
    skip: options.skip ?? false,
    leaseName: options.leaseName ?? 'kube-apiserver-check',
    leaseDurationMs: options.leaseDurationMs ?? 60_000,
    identity: options.identity,
  };
}

function resolveControlPlaneOptions(options: ControlPlaneOptions): ResolvedControlPlaneOptions {
  return { componentHealth: options.componentHealth ?? 'auto', detailed: options.detailed ?? false };
}

function resolveQuotaOptions(options: QuotaOptions): ResolvedQuotaOptions {
  return { namespaceQuotas: options.namespaceQuotas ?? false };
}
