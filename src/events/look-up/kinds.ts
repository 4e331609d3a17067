/**
 * The kinds of objects that are looked up: where each is, what is read of it, and for how long that holds. Pure. Facts that say nothing
 * stand for an object that is not there, or is another one by now.
 */
import { type Json, record } from '../../kube/wire/json-value.ts';
import type { LookedUp } from '../options.ts';
import { isSameObject, type JobFacts, type NodeFacts, type PodFacts } from '../transform/lookups.ts';
import { wellFormed } from '../transform/text.ts';

export interface Facts {
  readonly pods: PodFacts;
  readonly nodes: NodeFacts;
  readonly jobs: JobFacts;
}

/** Which object: a node by its name alone. */
export interface Asked {
  readonly namespace: string;
  readonly name: string;
  /** Empty: whichever has the name. */
  readonly uid: string;
}

export interface Kind<Known> {
  /** Of the API. */
  readonly group: string;
  /** What events go without where it can't be asked for. */
  readonly tells: string;
  readonly namespaced: boolean;
  path(asked: Asked): string;
  /** `object` is one that has metadata. */
  read(object: ReadObject, asked: Asked): Known;
  readonly absent: Known;
  /** Milliseconds. */
  keptMs(facts: Known, asked: Asked): number;
}

export interface ReadObject {
  readonly uid: string;
  readonly metadata: Json;
  readonly spec: Json;
}

/** Longest delay of a batch. Milliseconds. */
export const maxDelayMs = 500;

/** What a kubelet says of its own node is bounded by nobody else; memory keeps thousands of them. */
const maxTextLength = 1024;

/** Not beyond its batch: the shortest time there is. */
const notKeptMs = 1;
const minuteMs = 60_000;
const hourMs = 60 * minuteMs;
/** Nothing tells whether it is still the same object. */
const byNameMs = 10_000;

const noPod: PodFacts = { uid: '', nodeName: '' };
const noNode: NodeFacts = { providerId: '' };
const noJob: JobFacts = { uid: '', ownerReferences: [] };

export const kinds: { readonly [K in LookedUp]: Kind<Facts[K]> } = {
  pods: {
    group: '',
    tells: 'the host of pods where the event does not say it',
    namespaced: true,
    path: ({ namespace, name }) => `/api/v1/namespaces/${namespace}/pods/${name}`,
    read: ({ uid, spec }, asked) => (isSameObject(asked.uid, uid) ? { uid, nodeName: text(spec['nodeName']) } : noPod),
    absent: noPod,
    // A pod that has a node keeps it for life, and a uid never comes back. One without may be bound the next moment, and told of in the next batch.
    keptMs: (pod, { uid }) => (pod.uid !== '' && pod.nodeName === '' ? notKeptMs : uid === '' ? byNameMs : hourMs),
  },
  nodes: {
    group: '',
    tells: 'host_provider_id',
    namespaced: false,
    path: ({ name }) => `/api/v1/nodes/${name}`,
    read: ({ spec }) => ({ providerId: text(spec['providerID']) }),
    absent: noNode,
    // The cloud's controller sets it once, some time after the node has registered; with some clouds nobody does.
    keptMs: ({ providerId }) => (providerId === '' ? minuteMs : hourMs),
  },
  jobs: {
    group: 'batch',
    tells: 'kube_cronjob',
    namespaced: true,
    path: ({ namespace, name }) => `/apis/batch/v1/namespaces/${namespace}/jobs/${name}`,
    read: ({ uid, metadata }, asked) =>
      isSameObject(asked.uid, uid) ? { uid, ownerReferences: controllersOf(metadata['ownerReferences']) } : noJob,
    absent: noJob,
    keptMs: (_, { uid }) => (uid === '' ? notKeptMs : 30 * minuteMs),
  },
};

/** Undefined: no object of the API. */
export function readObject(body: unknown): ReadObject | undefined {
  const object = record(body);
  const metadata = record(object?.['metadata']);
  if (object === undefined || metadata === undefined) return undefined;
  const uid = text(metadata['uid']);
  return uid === '' ? undefined : { uid, metadata, spec: record(object['spec']) ?? {} };
}

/** The API server allows at most one. */
function controllersOf(references: unknown): JobFacts['ownerReferences'] {
  if (!Array.isArray(references)) return [];
  const controller = references.map(record).find((reference) => reference?.['controller'] === true);
  if (controller === undefined) return [];
  const { apiVersion, kind, name } = controller as { readonly [field: string]: unknown };
  return [{ apiVersion: text(apiVersion), kind: text(kind), name: text(name), controller: true }];
}

const text = (value: unknown): string =>
  typeof value === 'string' && value.length <= maxTextLength ? wellFormed(value) : '';
