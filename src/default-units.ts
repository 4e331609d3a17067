/** From a configuration to the units it asks for, and to the rights these need. */
import { renderRbac as renderManifest } from './access/rbac.ts';
import type { KubeASCheckConfig } from './config/config.ts';
import { resolveConfig } from './config/resolve.ts';
import { checkUnits } from './config/validate.ts';
import { controlPlaneHealthCheck } from './control-plane/health.ts';
import { eventUnit } from './events/unit.ts';
import { leaderPermissions } from './leader/permissions.ts';
import { openShiftDetector } from './openshift/detector.ts';
import { quotaRetriever } from './openshift/quotas.ts';
import type { TokenStore } from './token-store.ts';
import type { Unit } from './unit.ts';

/**
 * The units a config asks for, in order: what {@link KubeASCheck} runs where `units` is absent. The list can be added to:
 * `[...defaultUnits(config), mine]`.
 * @param ports - `tokenStore`: instead of a ConfigMap
 * @throws KubeCheckError CONFIG_INVALID
 */
export function defaultUnits(
  config: KubeASCheckConfig = {},
  ports: { readonly tokenStore?: TokenStore } = {},
): readonly Unit[] {
  checkUnits(config);
  const { controlPlane, quotas, events, resourcesNamespace } = resolveConfig(config);
  const detector = openShiftDetector();
  return [
    ...(quotas ? [detector] : []),
    ...(controlPlane ? [controlPlaneHealthCheck(controlPlane)] : []),
    ...(quotas ? [quotaRetriever({ ...quotas, detector })] : []),
    ...(events
      ? [
          eventUnit({
            ...(config.events || {}),
            ...ports,
            ...(resourcesNamespace === undefined ? {} : { tokenNamespace: resourcesNamespace }),
          }),
        ]
      : []),
  ];
}

/**
 * The RBAC manifest that a configuration needs, and no more: YAML for `kubectl apply -f`.
 * @param config - as given to the check
 * @param names - `namespace`: where the service account lives. @defaultValue `config.resourcesNamespace`, else `default`
 * @throws KubeCheckError CONFIG_INVALID
 */
export function renderRbac(
  config: KubeASCheckConfig = {},
  names: { readonly name?: string; readonly namespace?: string } = {},
): string {
  const namespace = names.namespace ?? config.resourcesNamespace ?? 'default';
  const { leader } = resolveConfig(config);
  const election = { name: 'leader election', permissions: leaderPermissions({ ...leader, namespace }) };
  const units = defaultUnits({ ...config, resourcesNamespace: namespace });
  return renderManifest({ ...names, namespace, units: leader.skip || !leader.enabled ? units : [...units, election] });
}
