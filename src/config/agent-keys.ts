/**
 * Keys that a configuration of the Datadog Agent may hold beside those this library shares with it: its framework's, and those of
 * `datadog.yaml` that concern this check. Each is refused with what to do instead, rather than called unknown.
 */
export const agentKeys: ReadonlyMap<string, string> = new Map([
  // the file around the instances
  ['init_config', 'pass one entry of `instances`; nothing of `init_config` is needed'],
  ['instances', 'pass one of its entries'],
  ['ad_identifiers', 'the host decides where a check runs'],
  ['cluster_check', 'the host decides where a check runs; `skip_leader_election: true` if it is the only one'],
  ['logs', 'logs are not read'],
  // any check's instance
  ['name', 'the id of a check is an option in code: new KubeASCheck({ id })'],
  ['service', 'add `service:<name>` to `tags`'],
  ['namespace', 'metric names have no prefix; `namespaces` chooses whose events are read'],
  ['no_index', 'a matter of the sender'],
  ['empty_default_hostname', 'what is about no host in particular has no host name; the sender may put its own'],
  // datadog.yaml
  ['hostname', 'what is about no host in particular has no host name; the sender may put its own'],
  ['collect_kubernetes_events', 'write `collect_events`'],
  ['kube_resources_namespace', 'write `resources_namespace`'],
  ['kubernetes_event_collection_timeout', 'write `kubernetes_event_read_timeout_ms`'],
  ['kubernetes_kubeconfig_path', 'an option in code: new KubeASCheck({ kubeConfig })'],
  ['leader_lease_duration', 'write `lease_duration`'],
  ['leader_election_default_resource', 'the lock is always a Lease'],
  ['leader_election_release_on_shutdown', 'stop() always gives the lease back'],
  [
    'autoscaling',
    'add `{source: datadog-workload-autoscaler}` or `{source: datadog-cluster-autoscaler}` to `collected_event_types`',
  ],
]);
