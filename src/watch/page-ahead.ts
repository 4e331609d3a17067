/**
 * The next page of a list is asked for while the one before it is dealt with, so that the server and the sender work at the same time. At
 * most one waits like this. What was asked for and is not wanted any more is ended: nothing of it was handed on, so nothing of it is lost.
 */
import type { EventSource } from '../kube/event-source.ts';
import type { EventPage } from '../kube/wire/codec.ts';

export interface PageAhead {
  /** The page of this token, or the first one. It may have been asked for already. */
  page(continueToken: string | undefined): Promise<EventPage>;
  /** This one comes next. */
  ask(continueToken: string): void;
  /** To be called when the list is left. */
  end(): void;
}

interface Asked {
  readonly continueToken: string;
  readonly answer: Promise<EventPage>;
}

export function createPageAhead(source: EventSource, limit: number, signal: AbortSignal): PageAhead {
  const left = new AbortController();
  const either = AbortSignal.any([signal, left.signal]);
  let asked: Asked | undefined;

  const askFor = (continueToken?: string): Promise<EventPage> =>
    source.page({ limit, ...(continueToken === undefined ? {} : { continueToken }), signal: either });

  return {
    page(continueToken) {
      const ahead = asked;
      asked = undefined;
      return ahead && ahead.continueToken === continueToken ? ahead.answer : askFor(continueToken);
    },
    ask(continueToken) {
      const answer = askFor(continueToken);
      // It is told of when the page is wanted.
      answer.catch(() => undefined);
      asked = { continueToken, answer };
    },
    end: () => left.abort(new Error('the list was left')),
  };
}
