/** What the server serves: one row a resource, and the way from a path to a row. A path without a row is an unplanned request. */
import type { KubeObject } from './object.ts';

export interface Resource {
  readonly group: string;
  /** Where its paths begin, e.g. `/api/v1`. */
  readonly root: string;
  readonly apiVersion: string;
  readonly resource: string;
  readonly kind: string;
  readonly namespaced: boolean;
  /** Where its keys begin: the same objects can be served under two roots. */
  readonly prefix: string;
  /** What can be done with it beside reading. */
  readonly writable: boolean;
  readonly watchable: boolean;
  /** A PUT makes what is not there. */
  readonly createOnUpdate: boolean;
  readonly selectable: readonly string[];
  fieldsOf(object: KubeObject): Readonly<Record<string, string>>;
}

const text = (value: unknown): string => (typeof value === 'string' ? value : '');
const record = (value: unknown): Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null ? { ...value } : {};

function metadataFields({ metadata }: KubeObject): Readonly<Record<string, string>> {
  return { 'metadata.name': metadata.name, 'metadata.namespace': metadata.namespace ?? '' };
}

/** @see https://github.com/kubernetes/kubernetes/blob/v1.36.3/pkg/registry/core/event/strategy.go (ToSelectableFields) */
function eventFields(event: KubeObject): Readonly<Record<string, string>> {
  const involved = record(event['involvedObject']);
  const reporter = text(event['reportingComponent']);
  return {
    ...metadataFields(event),
    ...Object.fromEntries(involvedFields.map((field) => [`involvedObject.${field}`, text(involved[field])])),
    reason: text(event['reason']),
    reportingComponent: reporter,
    source: text(record(event['source'])['component']) || reporter,
    type: text(event['type']),
  };
}

const involvedFields = ['kind', 'namespace', 'name', 'uid', 'apiVersion', 'resourceVersion', 'fieldPath'];

const core = {
  group: '',
  root: '/api/v1',
  apiVersion: 'v1',
  namespaced: true,
  writable: false,
  watchable: false,
  createOnUpdate: false,
  selectable: ['metadata.name', 'metadata.namespace'],
  fieldsOf: metadataFields,
};

export const events: Resource = {
  ...core,
  resource: 'events',
  kind: 'Event',
  prefix: '/registry/events/',
  writable: true,
  watchable: true,
  createOnUpdate: true,
  selectable: [
    ...core.selectable,
    ...involvedFields.map((field) => `involvedObject.${field}`),
    'reason',
    'reportingComponent',
    'source',
    'type',
  ],
  fieldsOf: eventFields,
};

export const configMaps: Resource = {
  ...core,
  resource: 'configmaps',
  kind: 'ConfigMap',
  prefix: '/registry/configmaps/',
  writable: true,
};

export const leases: Resource = {
  ...core,
  group: 'coordination.k8s.io',
  root: '/apis/coordination.k8s.io/v1',
  apiVersion: 'coordination.k8s.io/v1',
  resource: 'leases',
  kind: 'Lease',
  prefix: '/registry/leases/',
  writable: true,
  createOnUpdate: true,
};

export const namespaces: Resource = {
  ...core,
  resource: 'namespaces',
  kind: 'Namespace',
  prefix: '/registry/namespaces/',
  namespaced: false,
};

export const pods: Resource = { ...core, resource: 'pods', kind: 'Pod', prefix: '/registry/pods/' };

export const nodes: Resource = {
  ...core,
  resource: 'nodes',
  kind: 'Node',
  // In etcd they still go by their first name.
  prefix: '/registry/minions/',
  namespaced: false,
};

export const jobs: Resource = {
  ...core,
  group: 'batch',
  root: '/apis/batch/v1',
  apiVersion: 'batch/v1',
  resource: 'jobs',
  kind: 'Job',
  prefix: '/registry/jobs/',
};

export const resourceQuotas: Resource = {
  ...core,
  resource: 'resourcequotas',
  kind: 'ResourceQuota',
  prefix: '/registry/resourcequotas/',
};

export const componentStatuses: Resource = {
  ...core,
  resource: 'componentstatuses',
  kind: 'ComponentStatus',
  prefix: '/registry/componentstatuses/',
  namespaced: false,
};

export const clusterQuotas: Resource = {
  ...core,
  group: 'quota.openshift.io',
  root: '/apis/quota.openshift.io/v1',
  apiVersion: 'quota.openshift.io/v1',
  resource: 'clusterresourcequotas',
  kind: 'ClusterResourceQuota',
  prefix: '/registry/quota.openshift.io/clusterresourcequotas/',
  namespaced: false,
};

export const legacyClusterQuotas: Resource = { ...clusterQuotas, group: '', root: '/oapi/v1', apiVersion: 'v1' };

/** What a path is about. */
export interface ResourcePath {
  readonly resource: Resource;
  readonly namespace?: string;
  readonly name?: string;
}

const served = [
  events,
  configMaps,
  leases,
  namespaces,
  pods,
  nodes,
  jobs,
  resourceQuotas,
  componentStatuses,
  clusterQuotas,
  legacyClusterQuotas,
];

/** Undefined for a path of no resource that is served. */
export function parseResourcePath(path: string): ResourcePath | undefined {
  for (const resource of served) {
    if (!path.startsWith(`${resource.root}/`)) continue;
    const parts = path
      .slice(resource.root.length + 1)
      .split('/')
      .map(decoded);
    const scoped = resource.namespaced && parts[0] === 'namespaces' && parts.length > 2;
    const [type, name, ...rest] = scoped ? parts.slice(2) : parts;
    if (type !== resource.resource || rest.length > 0 || name === '') continue;
    // An object of a namespace has no path outside of it.
    if (resource.namespaced && !scoped && name !== undefined) continue;
    return {
      resource,
      ...(scoped && parts[1] !== undefined ? { namespace: parts[1] } : {}),
      ...(name === undefined ? {} : { name }),
    };
  }
  return undefined;
}

/** A part that is no valid escape names nothing that exists. */
function decoded(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}

/** Where the keys of a resource begin, in one namespace or in all. */
export const prefixOf = (resource: Resource, namespace?: string): string =>
  namespace === undefined || !resource.namespaced ? resource.prefix : `${resource.prefix}${namespace}/`;

/** How an object looks alone and in a watch: in a list its type stands once, above. */
export const typed = ({ kind, apiVersion }: Resource, object: KubeObject): KubeObject => ({
  kind,
  apiVersion,
  ...object,
});
