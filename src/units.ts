/**
 * The units as a host makes them: what `KubeASCheck` checks in its configuration is checked here for units that are made one by one.
 */
import { checkUnits } from './config/validate.ts';
import { controlPlaneHealthCheck as controlPlaneUnit } from './control-plane/health.ts';
import type { ControlPlaneOptions } from './control-plane/options.ts';
import type { EventCollectorOptions } from './events/options.ts';
import { eventUnit } from './events/unit.ts';
import type { OpenShiftDetector } from './openshift/detector.ts';
import type { QuotaOptions } from './openshift/options.ts';
import { quotaRetriever as quotaUnit } from './openshift/quotas.ts';
import type { TokenStore } from './token-store.ts';
import type { Unit } from './unit.ts';

/**
 * API server health as service checks and gauges. Asks `/readyz?verbose` (deadline: 10 s) and sends
 * `kube_apiserver_controlplane.up`: without tags for the whole, tagged `component:apiserver` and `component:etcd` for the parts;
 * with `detailed` also `kube_apiserver_controlplane.check`, tagged `check:<name>`, for each check that the server lists.
 * From ComponentStatus: `kube_apiserver_controlplane.up` and the gauge `kube_apiserver.component_status` (1, 0), tagged `component:<name>`.
 *
 * A control plane that is not ready is a result, not a failure of the unit. The outcome is `failed` where the server gave no verdict:
 * unreachable or broken (service check `critical`), or not telling us (401, 403, 404, 429, a foreign page: `unknown`).
 * @param options - what is asked, and in which detail
 * @throws KubeCheckError CONFIG_INVALID
 */
export function controlPlaneHealthCheck(options: ControlPlaneOptions = {}): Unit {
  checkUnits({ controlPlane: options });
  return controlPlaneUnit(options);
}

/**
 * Cluster quotas as gauges: `openshift.clusterquota.<resource>.{limit,used,remaining}` tagged `clusterquota:<name>`, and
 * `openshift.appliedclusterquota.<resource>.…` also tagged `kube_namespace:<namespace>`, whose remaining is that of the whole quota.
 * Values are rounded away from zero to thousandths. Skipped on a cluster that is not OpenShift.
 *
 * It awaits its detector itself, so units share the level by sharing the object, in any order.
 * @param options - `detector`: shared with others. @defaultValue one of its own
 * @throws KubeCheckError CONFIG_INVALID
 */
export function quotaRetriever(options: QuotaOptions & { readonly detector?: OpenShiftDetector } = {}): Unit {
  const { detector, ...quotas } = options;
  checkUnits({ quotas });
  return quotaUnit({ ...quotas, ...(detector ? { detector } : {}) });
}

/**
 * Events, from the token to the commit. It commits for itself, as its token depends on it.
 * @param options - `tokenStore`: where the place is kept. @defaultValue a {@link ConfigMapTokenStore} on the context's API
 * @throws KubeCheckError CONFIG_INVALID
 */
export function eventCollector(options: EventCollectorOptions & { readonly tokenStore?: TokenStore } = {}): Unit {
  const { tokenStore, ...events } = options;
  checkUnits({ events });
  return eventUnit({ ...events, ...(tokenStore ? { tokenStore } : {}) });
}
