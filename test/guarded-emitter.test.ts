import assert from 'node:assert/strict';
import { beforeEach, describe, it } from 'node:test';
import { GuardedEmitter } from '../src/guarded-emitter.ts';

interface Signals {
  told: (text: string) => void;
}

describe('an emitter whose listeners may throw', () => {
  let emitter: GuardedEmitter<Signals>;
  let heard: string[];
  const hear = (text: string) => void heard.push(text);
  const fail = () => {
    throw new Error('a mistake of the host');
  };

  beforeEach(() => {
    emitter = new GuardedEmitter();
    heard = [];
  });

  it('calls those that come after one that throws', () => {
    emitter.on('told', fail);
    emitter.on('told', hear);
    emitter.addListener('told', fail);
    emitter.once('told', hear);
    assert.equal(emitter.emit('told', 'a'), true);
    assert.deepEqual(heard, ['a', 'a']);
  });

  it('calls who listens once only once, also where it throws', () => {
    let calls = 0;
    emitter.once('told', () => {
      calls++;
      fail();
    });
    emitter.once('told', hear);
    emitter.on('told', hear);
    emitter.emit('told', 'a');
    emitter.emit('told', 'b');
    assert.deepEqual([calls, heard, emitter.listenerCount('told')], [1, ['a', 'a', 'b'], 1]);
  });

  it('lets a listener go by itself, whatever it was registered with', () => {
    emitter.on('told', hear);
    emitter.once('told', hear);
    emitter.on('told', fail);
    assert.deepEqual(emitter.listeners('told'), [hear, hear, fail]);
    emitter.off('told', hear, undefined, true);
    assert.deepEqual(emitter.listeners('told'), [hear, fail]);
    emitter.removeListener('told', hear);
    assert.deepEqual(emitter.listeners('told'), [fail]);
    emitter.off('told');
    assert.equal(emitter.listenerCount('told'), 0);
  });

  it('calls a listener on its context, and lets go the one of a context', () => {
    const a = { heard: '' };
    const b = { heard: '' };
    function keep(this: { heard: string }, text: string): void {
      this.heard += text;
    }
    emitter.on('told', keep, a);
    emitter.on('told', keep, b);
    emitter.emit('told', '1');
    emitter.off('told', keep, a);
    emitter.emit('told', '2');
    assert.deepEqual([a.heard, b.heard], ['1', '12']);
  });

  it('refuses what is no function, as its base does', () => {
    assert.throws(() => emitter.on('told', 'nothing' as never), TypeError);
  });
});
