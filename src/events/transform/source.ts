/**
 * The source type of a check event: the integration that the Kubernetes event's maker belongs to. Names are exact (case counts, no
 * prefixes): the Agent's table, so that events are found under the same name in both.
 */
import type { KubeEvent } from '../../kube/wire/event.ts';

/** What an event comes from if its maker is unknown, or not to be detected. */
export const defaultSource = 'kubernetes';

/** Integration → names of its controllers. */
const controllers: Readonly<Record<string, readonly string[]>> = {
  'amazon elb': ['targetgroupbinding'],
  cilium: ['cilium-sidekick'],
  'datadog operator': ['ExtendedDaemonSet', 'datadog-operator-manager', 'datadogagent'],
  fluxcd: ['kustomize-controller', 'source-controller'],
  karpenter: ['karpenter'],
  kube_scheduler: ['default-scheduler'],
  kubernetes: [
    'PodTemplate',
    'attachdetach-controller',
    'bootstrap-signer-controller',
    'certificatesigningrequest-approving-controller',
    'certificatesigningrequest-cleaner-controller',
    'certificatesigningrequest-signing-controller',
    'cloud-controller-manager',
    'cloud-node-controller',
    'clusterrole-aggregation-controller',
    'compute-diagnostics',
    'cronjob-controller',
    'daemonset-controller',
    'deployment-controller',
    'disruption-budget-manager',
    'disruption-controller',
    'draino',
    'endpoints-controller',
    'endpointslice-controller',
    'endpointslice-mirroring-controller',
    'garbage-collector-controller',
    'horizontal-pod-autoscaler',
    'horizontal-pod-autoscaler-controller',
    'job-controller',
    'kubelet',
    'legacy-serviceaccount-token-cleaner-controller',
    'namespace-controller',
    'node-controller',
    'node-ipam-controller',
    'node-lifecycle-controller',
    'persistentvolume-attach-detach-controller',
    'persistentvolume-binder-controller',
    'persistentvolume-controller',
    'persistentvolume-expander-controller',
    'persistentvolume-protection-controller',
    'persistentvolumeclaim-protection-controller',
    'pod-garbage-collector-controller',
    'replicationcontroller-controller',
    'resourceclaim-controller',
    'resourcequota-controller',
    'service-cidr-controller',
    'service-controller',
    'serviceaccount-controller',
    'serviceaccount-token-controller',
    'statefulset-controller',
    'storage-version-migrator-controller',
    'storageversion-garbage-collector-controller',
    'taint-controller',
    'taint-eviction-controller',
    'token-cleaner-controller',
    'ttl-after-finished-controller',
    'ttl-controller',
    'validatingadmissionpolicy-status-controller',
    'vpa-updater',
    'workflow-controller',
    'wpa_controller',
  ],
  'kubernetes cluster autoscaler': ['cluster-autoscaler'],
  'kubernetes controller manager': [
    'endpoint-controller',
    'endpoint-slice-controller',
    'kube-controller-manager',
    'replicaset-controller',
  ],
  spark: ['spark-operator'],
  vault: ['vaultd'],
};

const integrationOf: ReadonlyMap<string, string> = new Map(
  Object.entries(controllers).flatMap(([integration, names]) => names.map((name) => [name, integration] as const)),
);

/** The integration of the reporting controller, else of the source component, else {@link defaultSource}. */
export function detectSource(event: Pick<KubeEvent, 'reportingComponent' | 'component'>): string {
  return integrationOf.get(event.reportingComponent) ?? integrationOf.get(event.component) ?? defaultSource;
}

/** Asked of every event: its integration, or, where that is not to be detected, {@link defaultSource}. */
export const sourceDetector = (sourceDetection: boolean | undefined): typeof detectSource =>
  sourceDetection ? detectSource : () => defaultSource;
