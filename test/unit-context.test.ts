import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { systemClock } from '../src/clock.ts';
import { commitGate } from '../src/commit-gate.ts';
import type { KubeConfigLike } from '../src/kube-api.ts';
import { ManualClock } from '../src/testing/manual-clock.ts';
import { RecordingSender } from '../src/testing/recording-sender.ts';
import { createUnitContext } from '../src/unit-context.ts';

const kubeConfig = (): KubeConfigLike => ({ getCurrentCluster: () => null, applyToHTTPSOptions: async () => {} });

describe("a unit's context for a host's own loop", () => {
  it('has a default for all but the sender', () => {
    const sender = new RecordingSender();
    const { api, sender: given, clock, tagProvider, signal, tenure, warn, ...rest } = createUnitContext({ sender });
    assert.equal(given, commitGate(sender, systemClock), 'gated: one commit at a time, whoever commits');
    assert.equal(clock, systemClock);
    assert.equal(tenure, signal);
    assert.deepEqual([tagProvider, signal.aborted, rest], [{}, false, {}]);
    assert.equal(typeof api.json, 'function');
    warn('to the log');
  });

  it('has what it was given', () => {
    const host = new AbortController();
    const given = {
      sender: new RecordingSender(),
      api: { json: () => assert.fail(), open: () => assert.fail() },
      clock: new ManualClock(),
      tagProvider: { globalTags: () => ['a:b'] },
      clusterName: 'blue',
      signal: host.signal,
      tenure: new AbortController().signal,
      fence: { holder: 'me', term: 1 },
      warn: () => undefined,
      observer: { frameRead() {}, committed() {}, relisted() {} },
    };
    const { sender, ...rest } = createUnitContext(given);
    const { sender: _sender, ...expected } = given;
    assert.deepEqual(rest, expected);
    assert.equal(sender, commitGate(given.sender, given.clock));
  });

  it('has one pool of connections a kubeconfig, however many contexts are made', () => {
    const sender = new RecordingSender();
    const [one, two] = [kubeConfig(), kubeConfig()];
    const apiOf = (config?: KubeConfigLike) =>
      createUnitContext({ sender, ...(config ? { kubeConfig: config } : {}) }).api;
    assert.equal(apiOf(one), apiOf(one));
    assert.notEqual(apiOf(one), apiOf(two));
    assert.equal(apiOf(), apiOf(), 'also of the default');
    assert.notEqual(apiOf(), apiOf(one));
  });

  it('does not hand the kubeconfig on', () => {
    assert.ok(!('kubeConfig' in createUnitContext({ sender: new RecordingSender(), kubeConfig: kubeConfig() })));
  });
});
