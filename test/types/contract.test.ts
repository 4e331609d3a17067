/**
 * The public contract (contract.d.ts beside this file, as it was agreed) against our own declarations. The compiler is the test: where a
 * line below does not hold, `npm run types` fails.
 */
import assert from 'node:assert/strict';
import test from 'node:test';
import * as ours from 'kube-apiserver-check';
import type * as Contract from './contract.d.ts';

/** What a host writes and reads is assignable both ways. */
type Same<A, B> = [A] extends [B]
  ? [B] extends [A]
    ? true
    : ['ours is missing something of', B]
  : ['ours is not assignable to', B];
/** What a host only reads, or calls. */
type Fits<A, B> = [A] extends [B] ? true : ['ours is not assignable to', B];

const same = <A, B>(_: Same<A, B>): void => undefined;
const fits = <A, B>(_: Fits<A, B>): void => undefined;

test('the types of the package root are those of the contract', () => {
  same<ours.Check, Contract.Check>(true);
  same<ours.CheckStats, Contract.CheckStats>(true);
  same<ours.Sender, Contract.Sender>(true);
  same<ours.MetricSample, Contract.MetricSample>(true);
  same<ours.ServiceCheck, Contract.ServiceCheck>(true);
  same<ours.CheckEvent, Contract.CheckEvent>(true);
  same<ours.SourceEvent, Contract.SourceEvent>(true);
  same<ours.ObjectRef, Contract.ObjectRef>(true);
  same<ours.Unit, Contract.Unit>(true);
  same<ours.UnitContext, Contract.UnitContext>(true);
  same<ours.UnitOutcome, Contract.UnitOutcome>(true);
  same<ours.Permission, Contract.Permission>(true);
  same<ours.OpenShiftDetector, Contract.OpenShiftDetector>(true);
  same<ours.OpenShiftLevel, Contract.OpenShiftLevel>(true);
  same<ours.RunRole, Contract.RunRole>(true);
  same<ours.RunReport, Contract.RunReport>(true);
  same<ours.Warning, Contract.Warning>(true);
  same<ours.EventActivity, Contract.EventActivity>(true);
  same<ours.EventLedger, Contract.EventLedger>(true);
  same<ours.EventGap, Contract.EventGap>(true);
  same<ours.Token, Contract.Token>(true);
  same<ours.TokenStore, Contract.TokenStore>(true);
  same<ours.Fence, Contract.Fence>(true);
  same<ours.Leadership, Contract.Leadership>(true);
  same<ours.LeaderElector, Contract.LeaderElector>(true);
  same<ours.TagProvider, Contract.TagProvider>(true);
  same<ours.Clock, Contract.Clock>(true);
  same<ours.KubeConfigLike, Contract.KubeConfigLike>(true);
  same<ours.KubeConfigSource, Contract.KubeConfigSource>(true);
  same<ours.KubeApi, Contract.KubeApi>(true);
  same<ours.KubeRequest, Contract.KubeRequest>(true);
  same<ours.KubeASCheckConfig, Contract.KubeASCheckConfig>(true);
  same<ours.LeaderOptions, Contract.LeaderOptions>(true);
  same<ours.ControlPlaneOptions, Contract.ControlPlaneOptions>(true);
  same<ours.QuotaOptions, Contract.QuotaOptions>(true);
  same<ours.EventCollectorOptions, Contract.EventCollectorOptions>(true);
  same<ours.KubeASCheckOptions, Contract.KubeASCheckOptions>(true);
  same<ours.CheckSignals, Contract.CheckSignals>(true);
  same<ours.ErrorCode, Contract.ErrorCode>(true);
  same<ours.KubeCheckError, Contract.KubeCheckError>(true);
  same<ours.EventsRejectedError, Contract.EventsRejectedError>(true);
  fits<ours.KubeASCheck, Contract.KubeASCheck>(true);
  fits<typeof ours.KubeASCheck, new (options: Contract.KubeASCheckOptions) => Contract.KubeASCheck>(true);
  fits<
    typeof ours.EventsRejectedError,
    new (
      ids: readonly string[],
      options?: ErrorOptions,
    ) => Contract.EventsRejectedError
  >(true);
});

type Values = Omit<typeof Contract, 'KubeASCheck' | 'KubeCheckError' | 'EventsRejectedError'>;

test('the values of the package root are those of the contract', () => {
  const values: Values = ours;
  const there: Record<keyof typeof Contract & keyof Values, unknown> = values;
  for (const [name, value] of Object.entries(there)) assert.notEqual(value, undefined, name);
  assert.deepEqual(Object.keys(ours).sort(), [
    'ConfigMapTokenStore',
    'EventsRejectedError',
    'FileTokenStore',
    'KubeASCheck',
    'KubeCheckError',
    'LeaseLeaderElector',
    'MemoryTokenStore',
    'configWarnings',
    'controlPlaneHealthCheck',
    'createKubeApi',
    'createUnitContext',
    'defaultUnits',
    'eventCollector',
    'explain',
    'explainer',
    'formatReport',
    'instanceConfigSchema',
    'isKubeCheckError',
    'openShiftDetector',
    'parseInstanceConfig',
    'quotaRetriever',
    'renderRbac',
  ]);
});
