/** What can be run through the faults: our check, and its peers. */
import { join } from 'node:path';
import type { KubeASCheckConfig } from '../../src/index.ts';
import type { Subject } from './fleet.ts';
import type { Mutation } from './said.ts';

export const peers = ['client-node-informer', 'list-watch'] as const;
export type Peer = (typeof peers)[number];

export interface CheckChoice {
  readonly mode: 'poll' | 'watch';
  /** 1: no lease. */
  readonly replicas: 1 | 2;
  readonly mutation?: Mutation;
  /** @defaultValue the check's own */
  readonly pageSize?: number;
}

const leaseDurationMs = 4000;
export const tokenName = 'kube-apiserver-check';
export const leaseName = 'kube-apiserver-check';

/** All else as it is by default. */
export function checkConfig({ mode, replicas, pageSize }: CheckChoice): KubeASCheckConfig {
  return {
    leader: replicas === 1 ? { skip: true } : { leaseName, leaseDurationMs },
    events: {
      ...{ mode, tokenName },
      ...(pageSize === undefined ? {} : { pageSize }),
      // A quiet watch ends sooner, or most of a poll run would be waiting.
      ...(mode === 'poll' ? { readQuietMs: 200 } : {}),
    },
  };
}

export function checkSubject(choice: CheckChoice): Subject {
  return {
    script: join(import.meta.dirname, 'check-process.ts'),
    places: choice.replicas === 1 ? ['a'] : ['a', 'b'],
    options: { config: checkConfig(choice), ...(choice.mutation ? { mutation: choice.mutation } : {}) },
  };
}

export const peerSubject = (peer: Peer): Subject => ({
  script: join(import.meta.dirname, 'peers', `${peer}.ts`),
  places: ['a'],
  options: {},
});
