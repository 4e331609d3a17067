/** Keys of the check as a whole, of leadership, the control plane and the quotas. */
import { type Key, seconds, unitSwitch } from './key.ts';
import { atLeast, boolean, dnsLabel, dnsSubdomain, line, off, oneOf, tag } from './shape.ts';

export const generalKeys: readonly Key[] = [
  {
    file: 'min_collection_interval',
    config: 'intervalMs',
    ...seconds(1),
    about: 'How often the host is asked to call `run()`.',
  },
  {
    file: 'run_budget_ms',
    config: 'runBudgetMs',
    shape: atLeast(1),
    about: 'A run stops reading events then; what it has read is still delivered.',
    defaultWords: 'the interval',
  },
  {
    file: 'cluster_agent.enabled',
    config: 'clusterAgentEnabled',
    shape: boolean,
    about: 'Another agent does this work: every run is `skipped`.',
  },
  {
    file: 'cluster_name',
    config: 'clusterName',
    shape: line,
    about:
      "Ends the host names of events (`<node>-<cluster>`), its underscores as dashes, so that two clusters' nodes stay apart.",
    defaultWords: 'none',
  },
  {
    file: 'tags',
    config: 'tags',
    shape: { is: 'list', of: tag },
    about: 'Put on everything sent. Each is `key:value`; a key may occur twice.',
  },
  {
    file: 'resources_namespace',
    config: 'resourcesNamespace',
    shape: dnsLabel,
    about: 'The namespace of the ConfigMap that keeps the token, and of the lease.',
    defaultWords: "the service account's, else `default`",
  },

  {
    file: 'leader_election',
    config: 'leader.enabled',
    shape: boolean,
    about:
      'One of several replicas works, the one that holds a lease. (The Agent: off.) Off, and not skipped: runs are rejected.',
  },
  {
    file: 'skip_leader_election',
    config: 'leader.skip',
    shape: boolean,
    about: 'This is the only replica: no lease is touched. Outranks `leader_election`.',
  },
  {
    file: 'leader_lease_name',
    config: 'leader.leaseName',
    shape: dnsSubdomain,
    about: "The lease. Never the Agent's own: an Agent that lives would lose its leadership.",
  },
  {
    file: 'lease_duration',
    config: 'leader.leaseDurationMs',
    // A Lease counts whole seconds (coordination.k8s.io/v1, leaseDurationSeconds).
    ...seconds(1000),
    about: 'How long a lease holds unless renewed: renewed every sixth of it, given up after two thirds.',
  },
  {
    config: 'leader.identity',
    shape: line,
    about: 'Who holds the lease; unique a process.',
    defaultWords: 'host name, `_`, UUID',
  },

  { config: 'controlPlane', shape: off, about: 'API server health; `false` leaves it out.', defaultWords: 'on' },
  {
    file: 'use_component_status',
    config: 'controlPlane.componentHealth',
    shape: oneOf('component-status', 'readyz', 'auto'),
    inFile: {
      shape: boolean,
      toConfig: (value) => (value === true ? 'component-status' : 'readyz'),
      fromConfig: (value) => (value === 'auto' ? undefined : value === 'component-status'),
    },
    about:
      'Where component health comes from: `true` ComponentStatus (which calls healthy schedulers down), `false` readyz. ' +
      'Absent (`auto`): ComponentStatus only where readyz is absent.',
    defaultWords: 'absent',
  },
  {
    file: 'detailed_health',
    config: 'controlPlane.detailed',
    shape: boolean,
    about: 'A service check for each sub-check of readyz.',
  },

  {
    file: 'collect_openshift_clusterquotas',
    config: 'quotas',
    ...unitSwitch,
    about:
      'Gauges of OpenShift cluster quotas, where there is OpenShift. Off: the keys of quotas are checked and not used.',
  },
  {
    file: 'namespace_quotas',
    config: 'quotas.namespaceQuotas',
    shape: boolean,
    about: 'Core ResourceQuota too, on any cluster.',
  },
];
