/** The requests of a check, one row a kind: how to tell it, when it is made, and who fails where it fails. */
import type { FaultMatch } from '../../src/testing/index.ts';
import { pageSize } from './subject.ts';

export interface RequestKind {
  readonly name: string;
  /** The run in which it is made: a check's first, its next one, or the first of another process. */
  readonly stage: 'first run' | 'next run' | 'next process';
  match(tokenName: string): FaultMatch;
  /** So many of them are let pass before. */
  readonly spared?: number;
  /** The units that fail with it. */
  readonly fails: readonly string[];
  /** Made again within the run: `after a pause` where that can help, or for another reason, at the run's end, anyway. */
  readonly again?: 'after a pause' | 'anyway';
  /** Of the token store: its failure is a TOKEN_STORE_FAILED, and the code is that of its cause. */
  readonly ofTheStore?: true;
}

const events = '/api/v1/events';
/** Looks at the witness, in its namespace: no list of the check asks for an exact version. */
const guard = { path: /^\/api\/v1\/namespaces\/[^/]+\/events$/, query: { limit: '1', resourceVersionMatch: 'Exact' } };
const page = { path: events, watch: false, query: { limit: `${pageSize}` } };
const configMaps = '/api/v1/namespaces/default/configmaps';
const reading = { fails: ['events'], again: 'after a pause' } as const;
const storing = { fails: ['events'], ofTheStore: true } as const;

export const requestKinds: readonly RequestKind[] = [
  { name: 'list', stage: 'first run', match: () => page, ...reading },
  { name: 'next page', stage: 'first run', match: () => page, spared: 1, ...reading },
  { name: 'guard', stage: 'next run', match: () => guard, ...reading },
  { name: 'watch', stage: 'next run', match: () => ({ path: events, watch: true }), ...reading },
  {
    name: 'token read',
    stage: 'next process',
    match: (name) => ({ method: 'GET', path: `${configMaps}/${name}` }),
    ...storing,
  },
  {
    name: 'token create',
    stage: 'first run',
    match: () => ({ method: 'POST', path: configMaps }),
    ...storing,
    again: 'anyway',
  },
  {
    name: 'token write',
    stage: 'next run',
    match: (name) => ({ method: 'PUT', path: `${configMaps}/${name}` }),
    ...storing,
  },
  { name: 'readyz', stage: 'next run', match: () => ({ path: '/readyz' }), fails: ['control-plane'] },
  {
    name: 'discovery',
    stage: 'first run',
    match: () => ({ path: '/apis/quota.openshift.io' }),
    fails: ['openshift', 'quotas'],
  },
  {
    name: 'quotas',
    stage: 'next run',
    match: () => ({ path: '/apis/quota.openshift.io/v1/clusterresourcequotas' }),
    fails: ['quotas'],
  },
];
