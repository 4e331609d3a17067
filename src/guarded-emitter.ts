/**
 * Signals whose listeners can harm neither whoever tells them nor each other: what one throws is logged, and the others are called all the
 * same.
 */
import { EventEmitter } from 'eventemitter3';
import { logger } from './log.ts';

type Listener = (...about: never[]) => unknown;

const log = logger('check');

export class GuardedEmitter<Signals extends object> extends EventEmitter<Signals> {
  /** What is called in place of a listener, and back: {@link off} and {@link listeners} are about what was given. */
  readonly #guards = new WeakMap<Listener, Listener>();
  readonly #given = new WeakMap<Listener, Listener>();

  override on<Name extends EventEmitter.EventNames<Signals>>(
    name: Name,
    listener: EventEmitter.EventListener<Signals, Name>,
    context?: unknown,
  ): this {
    return super.on(name, this.#guarded(name, listener), context);
  }

  override addListener<Name extends EventEmitter.EventNames<Signals>>(
    name: Name,
    listener: EventEmitter.EventListener<Signals, Name>,
    context?: unknown,
  ): this {
    return this.on(name, listener, context);
  }

  override once<Name extends EventEmitter.EventNames<Signals>>(
    name: Name,
    listener: EventEmitter.EventListener<Signals, Name>,
    context?: unknown,
  ): this {
    return super.once(name, this.#guarded(name, listener), context);
  }

  override off<Name extends EventEmitter.EventNames<Signals>>(
    name: Name,
    listener?: EventEmitter.EventListener<Signals, Name>,
    context?: unknown,
    once?: boolean,
  ): this {
    const guard = listener && ((this.#guards.get(listener) ?? listener) as typeof listener);
    return super.off(name, guard, context, once);
  }

  override removeListener<Name extends EventEmitter.EventNames<Signals>>(
    name: Name,
    listener?: EventEmitter.EventListener<Signals, Name>,
    context?: unknown,
    once?: boolean,
  ): this {
    return this.off(name, listener, context, once);
  }

  override listeners<Name extends EventEmitter.EventNames<Signals>>(
    name: Name,
  ): EventEmitter.EventListener<Signals, Name>[] {
    return super.listeners(name).map((guard) => (this.#given.get(guard) ?? guard) as typeof guard);
  }

  #guarded<Given extends Listener>(name: EventEmitter.EventNames<Signals>, listener: Given): Given {
    // What is none, the emitter refuses.
    if (typeof listener !== 'function') return listener;
    const known = this.#guards.get(listener);
    if (known) return known as Given;
    const guard = function (this: unknown, ...about: never[]): void {
      try {
        listener.apply(this, about);
      } catch (error) {
        log('a listener of %s threw: %o', name, error);
      }
    };
    this.#guards.set(listener, guard);
    this.#given.set(guard, listener);
    return guard as Given;
  }
}
