/**
 * The Agent's lists of noteworthy events (`filtering_enabled`): one an integration, and what counts for all. The lists of whole integrations
 * are found by the event's source type; the Agent compares them with the component's name and so never finds them.
 */
import type { KubeEvent } from '../../kube/wire/event.ts';
import { compileRule, type EventRule, firstMatch } from './rules.ts';

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

/** The list that an event is on: that of its source type, or the one of what counts for all. Undefined: on neither. */
export function noteworthyBy(event: KubeEvent, sourceType: string): 'source' | 'any' | undefined {
  const own = listOfSource.get(sourceType);
  if (own && firstMatch(own, event)) return 'source';
  return firstMatch(ofAnySource, event) ? 'any' : undefined;
}
