/**
 * The Agent's lists of noteworthy events (`filtering_enabled`): one an integration, and what counts for all. The lists of whole integrations
 * are found by the event's source type; the Agent compares them with the component's name and so never finds them.
 */
import type { KubeEvent } from '../../kube/wire/event.ts';
import { compileRule, type EventRule, matchesAny } from './rules.ts';

const core: readonly EventRule[] = [
  {
    kind: 'Pod',
    reasons: ['Failed', 'BackOff', 'Unhealthy', 'FailedScheduling', 'FailedMount', 'FailedAttachVolume'],
  },
  { kind: 'Node', reasons: ['TerminatingEvictedPod', 'NodeNotReady', 'Rebooted', 'HostPortConflict'] },
  { kind: 'CronJob', reasons: ['SawCompletedJob'] },
].map(compileRule);

const karpenter: readonly EventRule[] = [
  compileRule({
    reasons: [
      'DisruptionBlocked',
      'DisruptionLaunching',
      'DisruptionTerminating',
      'DisruptionWaitingReadiness',
      'FailedDraining',
      'InstanceTerminating',
      'SpotInterrupted',
      'SpotRebalanceRecommendation',
      'TerminatingOnInterruption',
    ],
  }),
];

const everything: readonly EventRule[] = [compileRule({})];

const listOfSource: ReadonlyMap<string, readonly EventRule[]> = new Map([
  ['kubernetes', core],
  ['kube_scheduler', core],
  ['kubernetes controller manager', core],
  ['karpenter', karpenter],
  ['amazon elb', everything],
  ['cilium', everything],
  ['datadog operator', everything],
  ['fluxcd', everything],
  ['kubernetes cluster autoscaler', everything],
  ['spark', everything],
  ['vault', everything],
]);

const ofAnySource: readonly EventRule[] = [compileRule({ reasons: ['BackOff'] })];

/** Whether an event of this source type is in the lists. */
export function isNoteworthy(event: KubeEvent, sourceType: string): boolean {
  return matchesAny(listOfSource.get(sourceType) ?? [], event) || matchesAny(ofAnySource, event);
}
