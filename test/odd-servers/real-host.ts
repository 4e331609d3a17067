/** A host with its check beside a real control plane, and events written to whichever API server is up. */
import assert from 'node:assert/strict';
import {
  type Clock,
  type EventCollectorOptions,
  formatReport,
  KubeASCheck,
  type KubeConfigLike,
  type RunReport,
} from '../../src/index.ts';
import { coreEvent, RecordingSender } from '../../src/testing/index.ts';
import { assertBooks } from '../books.ts';
import type { ControlPlane } from '../envtest/control-plane.ts';
import { ADMIN } from '../envtest/credentials.ts';
import type { Requests } from '../envtest/requests.ts';
import { until } from '../envtest/until.ts';

/** Far more than any of it takes on a busy machine. */
const patienceMs = 40_000;

export interface RealHost extends AsyncDisposable {
  readonly sender: RecordingSender;
  readonly check: KubeASCheck;
  run(): Promise<RunReport>;
  /** Runs it, again and again, until a report is as wanted; all reports up to this one. */
  runUntil(what: string, wanted: (report: RunReport) => boolean): Promise<readonly RunReport[]>;
  /** Runs it until these are committed; all reports up to then. */
  runUntilCommitted(ids: readonly string[]): Promise<readonly RunReport[]>;
}

export interface RealHostOptions {
  readonly kubeConfig: KubeConfigLike;
  readonly events: EventCollectorOptions | false;
  /** @defaultValue the machine's own time */
  readonly clock?: Clock;
}

export function createRealHost({ kubeConfig, events, clock }: RealHostOptions): RealHost {
  const sender = new RecordingSender();
  const config = { leader: { skip: true }, quotas: false, events } as const;
  const check = new KubeASCheck({ kubeConfig, sender, config, ...(clock ? { clock } : {}) });
  let last: RunReport | undefined;

  async function run(): Promise<RunReport> {
    const report = await check.run();
    assertBooks(report, last);
    last = report;
    return report;
  }

  async function runUntil(what: string, wanted: (report: RunReport) => boolean): Promise<readonly RunReport[]> {
    const reports: RunReport[] = [];
    const found = async () => {
      const report = await run();
      reports.push(report);
      return wanted(report);
    };
    await until(what, found, patienceMs).catch((error) => {
      throw new Error(`${error}\n${reports.slice(-3).map(formatReport).join('\n')}`);
    });
    return reports;
  }

  return {
    ...{ sender, check, run, runUntil },
    runUntilCommitted: (ids) =>
      runUntil(`${ids.length} events to be committed`, () => {
        const committed = new Set(sender.committedSourceIds());
        return ids.every((id) => committed.has(id));
      }),
    [Symbol.asyncDispose]: () => check.stop(),
  };
}

let made = 0;

/** Creates so many events through this API server. Their ids. */
export async function writeEvents(server: Requests, count: number): Promise<readonly string[]> {
  const ids: string[] = [];
  for (let n = 0; n < count; n++) {
    const { metadata, ...event } = coreEvent({ name: `odd-${++made}`, reason: `Reason${made}` });
    const body = { metadata: { name: metadata.name, namespace: 'default' }, ...event };
    const answer = await server.request<{
      readonly metadata: { readonly uid: string; readonly resourceVersion: string };
    }>(ADMIN, 'POST', '/api/v1/namespaces/default/events', body);
    assert.equal(answer.status, 201, JSON.stringify(answer.body));
    ids.push(`${answer.body.metadata.uid}:${answer.body.metadata.resourceVersion}`);
  }
  return ids;
}

/** The token as it is stored. */
export async function storedToken(plane: ControlPlane): Promise<string | undefined> {
  const path = '/api/v1/namespaces/default/configmaps/kube-apiserver-check';
  const { body } = await plane.request<{ readonly data?: Readonly<Record<string, string>> }>(ADMIN, 'GET', path);
  return body.data?.['event.tokenKey'];
}
