/** `/readyz`: the checks of a kube-apiserver 1.36 in their order, and the two forms of its answer. */
import { type Answer, textAnswer } from './answer.ts';

const checkNames: readonly string[] = [
  'ping',
  'log',
  'etcd',
  'etcd-readiness',
  'informer-sync',
  'poststarthook/start-apiserver-admission-initializer',
  'poststarthook/generic-apiserver-start-informers',
  'poststarthook/priority-and-fairness-config-consumer',
  'poststarthook/priority-and-fairness-filter',
  'poststarthook/storage-object-count-tracker-hook',
  'poststarthook/start-apiextensions-informers',
  'poststarthook/start-apiextensions-controllers',
  'poststarthook/crd-informer-synced',
  'poststarthook/start-system-namespaces-controller',
  'poststarthook/peer-endpoint-reconciler-controller',
  'poststarthook/start-cluster-authentication-info-controller',
  'poststarthook/start-kube-apiserver-identity-lease-controller',
  'poststarthook/start-kube-apiserver-identity-lease-garbage-collector',
  'poststarthook/storage-readiness',
  'poststarthook/start-legacy-token-tracking-controller',
  'poststarthook/start-service-ip-repair-controllers',
  'poststarthook/rbac/bootstrap-roles',
  'poststarthook/scheduling/bootstrap-system-priority-classes',
  'poststarthook/priority-and-fairness-config-producer',
  'poststarthook/bootstrap-controller',
  'poststarthook/start-kubernetes-service-cidr-controller',
  'poststarthook/start-kube-aggregator-informers',
  'poststarthook/apiservice-status-local-available-controller',
  'poststarthook/apiservice-status-remote-available-controller',
  'poststarthook/apiservice-registration-controller',
  'poststarthook/apiservice-discovery-controller',
  'poststarthook/kube-apiserver-autoregistration',
  'autoregister-completion',
  'poststarthook/apiservice-openapi-controller',
  'poststarthook/apiservice-openapiv3-controller',
  'shutdown',
];

/** A failing check that is not in the list is put in before `shutdown`. A failure is always told in full. */
export function answerReadyz(query: URLSearchParams, failing: ReadonlySet<string>): Answer {
  const added = [...failing].filter((name) => !checkNames.includes(name));
  const names = [...checkNames.slice(0, -1), ...added, ...checkNames.slice(-1)];
  const lines = names.map((name) => (failing.has(name) ? `[-]${name} failed: reason withheld` : `[+]${name} ok`));
  const headers = { 'X-Content-Type-Options': 'nosniff' };
  if (failing.size > 0) return textAnswer(500, [...lines, 'readyz check failed', ''].join('\n'), headers);
  return textAnswer(200, query.has('verbose') ? [...lines, 'readyz check passed', ''].join('\n') : 'ok', headers);
}
