import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { CheckEvent, Sender } from '../src/sender.ts';
import { taggedSender, withGlobalTags } from '../src/tagged.ts';
import { RecordingSender } from '../src/testing/recording-sender.ts';

describe('configured tags', () => {
  it('leave a sender and a provider as they are, where there are none', () => {
    const sender = new RecordingSender();
    const provider = {};
    assert.equal(taggedSender(sender, []), sender);
    assert.equal(
      withGlobalTags(provider, [], () => undefined),
      provider,
    );
  });

  it('come behind a sample’s own, and change nothing that was given', async () => {
    const sender = new RecordingSender();
    const tagged = taggedSender(sender, ['team:a', 'env:b']);
    const gauge = { name: 'g', value: 1, tags: ['own:1'] };
    tagged.gauge(gauge);
    tagged.count({ name: 'c', value: 2 });
    tagged.serviceCheck({ name: 's', status: 'ok' });
    await tagged.commit({ signal: new AbortController().signal });
    assert.deepEqual(gauge.tags, ['own:1']);
    assert.deepEqual(sender.gauges[0]?.tags, ['own:1', 'team:a', 'env:b']);
    assert.deepEqual(
      [sender.counts[0]?.tags, sender.serviceChecks[0]?.tags],
      [
        ['team:a', 'env:b'],
        ['team:a', 'env:b'],
      ],
    );
    assert.equal(tagged.acks, 'accepted');
  });

  it('are on events too; an event that has them all stays the same object', async () => {
    const sender = new RecordingSender();
    const tagged = taggedSender(sender, ['team:a', 'env:b']);
    const whole = { id: '1', tags: ['env:b', 'x:y', 'team:a'] } as unknown as CheckEvent;
    const part = { id: '2', tags: ['env:b'] } as unknown as CheckEvent;
    tagged.event(whole);
    tagged.event(part);
    assert.equal(sender.handedOver.events[0], whole);
    assert.deepEqual(sender.handedOver.events[1]?.tags, ['env:b', 'team:a']);
  });

  it('claim no acknowledgement that the sender does not claim', () => {
    const plain: Sender = { gauge() {}, count() {}, serviceCheck() {}, event() {}, commit: async () => {} };
    assert.ok(!('acks' in taggedSender(plain, ['a:b'])));
  });

  it('come before a provider’s, and outlive its failure, which is warned of', () => {
    const warnings: string[] = [];
    const warn = (message: string) => void warnings.push(message);
    assert.deepEqual(withGlobalTags({}, ['a:b'], warn).globalTags?.(), ['a:b']);
    assert.deepEqual(withGlobalTags({ globalTags: () => ['c:d'] }, ['a:b'], warn).globalTags?.(), ['a:b', 'c:d']);
    assert.deepEqual(warnings, []);
    const failing = { globalTags: () => assert.fail('of the provider') };
    assert.deepEqual(withGlobalTags(failing, ['a:b'], warn).globalTags?.(), ['a:b']);
    assert.match(warnings.join(), /of the provider/);
  });

  it('leave the provider’s own answers about objects', () => {
    const object = { kind: 'Pod', name: 'p' };
    const provider = withGlobalTags({ objectTags: ({ name }) => [`pod:${name}`] }, ['a:b'], () => undefined);
    assert.deepEqual(provider.objectTags?.(object), ['pod:p']);
    assert.equal(withGlobalTags({}, ['a:b'], () => undefined).objectTags, undefined);
  });
});
