import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { CollectedEventType } from '../../../src/events/options.ts';
import { compileRule, firstMatch } from '../../../src/events/select/rules.ts';
import { anEvent } from '../kube-event.ts';

const event = anEvent({
  reason: 'Failed',
  component: 'kubelet',
  reportingComponent: 'reporter',
  object: { kind: 'Pod' },
});

describe('a rule', () => {
  for (const [what, rule, expected] of [
    ['without parts matches anything', {}, true],
    ['of empty parts matches anything, as in the files of the Agent', { kind: '', source: '', reasons: [] }, true],
    ['matches by kind', { kind: 'Pod' }, true],
    ['matches by the component', { source: 'kubelet' }, true],
    ['matches by the reporting controller', { source: 'reporter' }, true],
    ['matches by any of its reasons', { reasons: ['BackOff', 'Failed'] }, true],
    ['matches only if each part does: kind', { kind: 'Node', source: 'kubelet', reasons: ['Failed'] }, false],
    ['matches only if each part does: source', { kind: 'Pod', source: 'nginx', reasons: ['Failed'] }, false],
    ['matches only if each part does: reason', { kind: 'Pod', source: 'kubelet', reasons: ['BackOff'] }, false],
    ['distinguishes the case of kinds', { kind: 'pod' }, false],
    ['distinguishes the case of sources', { source: 'Kubelet' }, false],
    ['distinguishes the case of reasons', { reasons: ['failed'] }, false],
  ] satisfies [string, CollectedEventType, boolean][]) {
    test(what, () => assert.equal(firstMatch([compileRule(rule)], event) !== undefined, expected));
  }
});

test('rules are alternatives of which the first that matches is named, and none matches nothing', () => {
  const [node, pod, any] = [{ kind: 'Node' }, { kind: 'Pod' }, {}].map(compileRule);
  assert.ok(node && pod && any);
  assert.equal(firstMatch([node, pod, any], event), pod);
  assert.equal(firstMatch([node], event), undefined);
  assert.equal(firstMatch([], event), undefined);
});
