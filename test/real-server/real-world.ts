/** A real control plane as the scenarios see it. Events are written as components write them: each style through its own API. */
import assert from 'node:assert/strict';
import { systemClock } from '../../src/clock.ts';
import { coreEvent, type KubeObject, newStyleEvent } from '../../src/testing/index.ts';
import type { ControlPlane } from '../envtest/control-plane.ts';
import { ADMIN } from '../envtest/credentials.ts';
import type { Etcd } from '../envtest/etcd.ts';
import type { Answer } from '../envtest/requests.ts';
import { until } from '../envtest/until.ts';
import type { EventWrite, World } from '../scenarios/world.ts';
import { installClusterQuotas, removeClusterQuotas } from './cluster-quotas.ts';
import { sumOfMetric } from './metrics.ts';

/** Half of the defaults, so that a paused etcd is noticed sooner. */
export const quickEtcdChecks = ['--etcd-healthcheck-timeout=1s', '--etcd-readycheck-timeout=1s'];

export function realWorld(plane: ControlPlane): World {
  /** How to bring back what is away. */
  let regain: () => Promise<void> | void = () => undefined;

  const openEventWatches = () =>
    sumOfMetric(plane, 'apiserver_longrunning_requests', { resource: 'events', verb: 'WATCH' });

  const readyz = (what: string, holds: (answer: Answer<string>) => boolean) =>
    until(what, async () => holds(await plane.request<string>(ADMIN, 'GET', '/readyz?verbose')));

  async function lose(etcd: Etcd, how: 'paused' | 'stopped', checks: readonly string[]): Promise<void> {
    regain = how === 'paused' ? etcd.resume : etcd.start;
    await (how === 'paused' ? etcd.pause() : etcd.stop());
    await readyz(`${checks} to fail`, ({ body }) => checks.every((check) => body.includes(`[-]${check} failed`)));
  }

  return {
    clock: systemClock,
    settle: (work) => work,
    kubeConfig: () => plane.kubeConfig(ADMIN),
    kubeconfigPath: () => plane.kubeconfigPath(ADMIN),
    write: (write) => writeTo(plane, write),
    eventIds: () => listEventIds(plane),
    async configMapData(name) {
      const { status, body } = await plane.request<{ readonly data?: Record<string, string> }>(
        ADMIN,
        'GET',
        `/api/v1/namespaces/default/configmaps/${name}`,
      );
      return status === 404 ? undefined : (succeeded({ status, body }).data ?? {});
    },
    setClusterQuotas: (quotas) => installClusterQuotas(plane, quotas),
    removeClusterQuotas: () => removeClusterQuotas(plane),
    openEventWatches,
    eventWatchesAre: async (count) =>
      void (await until(`${count} open watches of events`, async () => (await openEventWatches()) === count)),
    compact: async () => void (await plane.eventsEtcd.compact()),
    stopApiServer: () => plane.apiServer.stop(),
    killApiServer: () => plane.apiServer.kill(),
    startApiServer: () => plane.apiServer.start(),
    loseEtcd: (how) => lose(plane.etcd, how, ['etcd', 'etcd-readiness']),
    loseEventsEtcd: () => lose(plane.eventsEtcd, 'paused', ['etcd-override-0', 'etcd-override-readiness-0']),
    async regainEtcd() {
      await regain();
      await readyz('readyz to be fine', ({ status }) => status === 200);
    },
  };
}

interface Stored {
  readonly metadata: { readonly uid: string; readonly resourceVersion: string };
}

const idOf = ({ metadata }: Stored): string => `${metadata.uid}:${metadata.resourceVersion}`;

async function listEventIds(plane: ControlPlane): Promise<readonly string[]> {
  const answer = await plane.request<{ readonly items: readonly Stored[] }>(ADMIN, 'GET', '/api/v1/events');
  return succeeded(answer).items.map(idOf);
}

/** What was stored though its answer was lost is met again, unchanged, by the next try. */
async function writeTo(plane: ControlPlane, write: EventWrite): Promise<string | undefined> {
  const { verb, style, event } = write;
  const object = style === 'core' ? coreEvent(event) : throughEventsApi(newStyleEvent(event));
  const root = style === 'core' ? '/api/v1' : '/apis/events.k8s.io/v1';
  const all = `${root}/namespaces/${event.namespace}/events`;
  const named = `${all}/${event.name}`;
  switch (verb) {
    case 'create': {
      const { uid: _uid, managedFields: _fields, creationTimestamp: _time, ...metadata } = object.metadata;
      const answer = await answered<Stored>(plane, ['POST', all, { ...object, metadata }], [201, 409]);
      return idOf(answer.status === 201 ? answer.body : (await answered<Stored>(plane, ['GET', named], [200])).body);
    }
    case 'update':
      return idOf((await answered<Stored>(plane, ['PATCH', named, repetitionOf(object)], [200])).body);
    case 'delete':
      await answered(plane, ['DELETE', named], [200, 404]);
      return undefined;
  }
}

/** The fields that a recorder patches when it sees an event again. */
function repetitionOf({ count, lastTimestamp, series }: KubeObject): object {
  return series === undefined ? { count, lastTimestamp } : { series };
}

/** The same event in the names of events.k8s.io. */
function throughEventsApi(event: KubeObject): KubeObject {
  const { metadata, involvedObject, message, reportingComponent, eventTime, ...rest } = event;
  const { reason, type, action, reportingInstance, series } = rest;
  return {
    metadata,
    ...{ regarding: involvedObject, note: message, reportingController: reportingComponent, eventTime },
    ...{ reason, type, action, reportingInstance },
    ...(series === undefined ? {} : { series }),
  };
}

type Request = readonly [method: string, path: string, body?: unknown];

/** An answer with one of these statuses; a server that is away or not ready is asked again. */
function answered<Body>(
  plane: ControlPlane,
  [method, path, body]: Request,
  statuses: readonly number[],
): Promise<Answer<Body>> {
  return until(`${method} ${path}`, async () => {
    const answer = await plane.request<Body>(ADMIN, method, path, body).catch(() => undefined);
    if (answer === undefined || answer.status >= 500 || answer.status === 429) return undefined;
    assert.ok(statuses.includes(answer.status), `${method} ${path}: ${answer.status} ${JSON.stringify(answer.body)}`);
    return answer;
  });
}

function succeeded<Body>({ status, body }: Pick<Answer<Body>, 'status' | 'body'>): Body {
  assert.equal(status, 200, JSON.stringify(body));
  return body;
}
