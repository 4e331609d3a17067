/** The whole configuration of a check. Nested objects are the units' own options; `false` leaves a unit out. */
import type { ControlPlaneOptions } from '../control-plane/options.ts';
import type { EventCollectorOptions } from '../events/options.ts';
import type { LeaderOptions } from '../leader/options.ts';
import type { QuotaOptions } from '../openshift/options.ts';

export interface KubeASCheckConfig {
  /** `min_collection_interval` (s). Milliseconds. @defaultValue 15000 */
  readonly intervalMs?: number;
  /** `run_budget_ms`: a run stops reading then. @defaultValue intervalMs */
  readonly runBudgetMs?: number;
  /** `cluster_agent.enabled`: runs are `skipped`. @defaultValue false */
  readonly clusterAgentEnabled?: boolean;
  /** `cluster_name` */
  readonly clusterName?: string;
  /** `tags`: on everything sent. @defaultValue [] */
  readonly tags?: readonly string[];
  /** `resources_namespace`. @defaultValue the service account's, else `default` */
  readonly resourcesNamespace?: string;
  /** Who runs, if there are replicas. */
  readonly leader?: LeaderOptions;
  /** @defaultValue {} */
  readonly controlPlane?: ControlPlaneOptions | false;
  /** `collect_openshift_clusterquotas`. @defaultValue {} */
  readonly quotas?: QuotaOptions | false;
  /** `collect_events`. @defaultValue false */
  readonly events?: EventCollectorOptions | false;
}
