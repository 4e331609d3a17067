/**
 * A monitoring check for Kubernetes API servers: control-plane health, OpenShift cluster quotas, and every Kubernetes event, none lost and
 * none twice. The host injects a {@link Sender} and calls {@link KubeASCheck.run} itself.
 *
 * @packageDocumentation
 */
export type { Check, CheckSignals, CheckStats, StatsSignals } from './check.ts';
export type { Clock } from './clock.ts';
export type { KubeASCheckConfig } from './config/config.ts';
export { parseInstanceConfig } from './config/parse.ts';
export { instanceConfigSchema } from './config/schema.ts';
export { type ConfigWarning, configWarnings } from './config/warnings.ts';
export type { ControlPlaneOptions } from './control-plane/options.ts';
export { defaultUnits, renderRbac } from './default-units.ts';
export {
  type ErrorCode,
  EventsRejectedError,
  isKubeCheckError,
  KubeCheckError,
  type KubeCheckErrorOptions,
} from './errors.ts';
export type { CollectedEventType, EventCollectorOptions, LookedUp } from './events/options.ts';
export type { ExplainedStep, Explanation } from './events/select/explain.ts';
export { explain, explainer } from './explain.ts';
export { formatReport } from './format-report.ts';
export { createKubeApi } from './kube/api.ts';
export type { KubeApi, KubeConfigLike, KubeConfigSource, KubeRequest, KubeResponse } from './kube-api.ts';
export { KubeASCheck, type KubeASCheckOptions } from './kube-as-check.ts';
export { LeaseLeaderElector, type LeaseLeaderElectorOptions } from './leader/lease.ts';
export type { LeaderOptions } from './leader/options.ts';
export type { Fence, LeaderElector, Leadership } from './leader-elector.ts';
export { type OpenShiftDetector, type OpenShiftLevel, openShiftDetector } from './openshift/detector.ts';
export type { QuotaOptions } from './openshift/options.ts';
export type {
  EventActivity,
  EventGap,
  EventLedger,
  RunReport,
  RunRole,
  UnitOutcome,
  UnitReport,
  Warning,
} from './report.ts';
export type { CheckEvent, MetricSample, ObjectRef, Sender, ServiceCheck, SourceEvent } from './sender.ts';
export type { Statistics } from './statistics.ts';
export type { TagProvider } from './tag-provider.ts';
export type { RelistPlace, Token, TokenStore, Witness } from './token-store.ts';
export { ConfigMapTokenStore } from './tokens/config-map.ts';
export { FileTokenStore } from './tokens/file.ts';
export { MemoryTokenStore } from './tokens/memory.ts';
export type {
  LookupStats,
  Permission,
  QueryStats,
  Unit,
  UnitContext,
  UnitObserver,
  UnitProgress,
} from './unit.ts';
export { createUnitContext } from './unit-context.ts';
export { controlPlaneHealthCheck, eventCollector, quotaRetriever } from './units.ts';
