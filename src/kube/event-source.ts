/** Events of one scope as pages and frames: requests, deadlines and the codec in one place, so that the reader above sees neither. */
import { type Clock, deadline } from '../clock.ts';
import { KubeCheckError } from '../errors.ts';
import type { KubeApi, KubeRequest, KubeResponse } from '../kube-api.ts';
import type { Witness } from '../token-store.ts';
import { failureOf } from './body.ts';
import { classifyFailure, classifyStatus } from './classify.ts';
import { describe } from './target.ts';
import { createWireChoice, type Wire } from './wire/choice.ts';
import type { EventCodec, EventPage, WatchFrame } from './wire/codec.ts';

export interface EventSource {
  /** One page of a list at the present, or what a continue token names. @throws KubeCheckError API_* */
  page(ask: {
    readonly limit: number;
    readonly continueToken?: string;
    readonly signal: AbortSignal;
  }): Promise<EventPage>;
  /**
   * Proves that the server's history holds this version, and, if there is a witness, that it is there at it: `rewritten` if not.
   * @throws KubeCheckError API_GONE (expired), API_AHEAD (the history ends below the version), API_*
   */
  guard(ask: {
    readonly version: string;
    readonly witness?: Witness;
    readonly signal: AbortSignal;
  }): Promise<'held' | 'rewritten'>;
  /** Opens a watch behind a version; its frames end when the server closes it. @throws KubeCheckError API_* */
  watch(ask: {
    readonly version: string;
    readonly timeoutSeconds: number;
    readonly signal: AbortSignal;
  }): Promise<AsyncIterable<readonly WatchFrame[]>>;
  /** The error that a `status` frame stands for. */
  failure(status: unknown): ReturnType<typeof classifyStatus>;
}

export interface EventSourceOptions {
  readonly api: KubeApi;
  readonly clock: Clock;
  /** Absent: the whole cluster. */
  readonly namespace?: string;
  readonly fieldSelector?: string;
  /** @defaultValue 'auto' */
  readonly wire?: Wire;
}

/** A busy or dying etcd answers lists late (60 s when dead); beyond this the page is asked for again. */
const pageTimeoutMs = 30_000;
const guardTimeoutMs = 10_000;
/** On a busy etcd a watch begins late. */
const watchTimeoutMs = 30_000;

export function createEventSource({
  api,
  clock,
  namespace,
  fieldSelector,
  wire = 'auto',
}: EventSourceOptions): EventSource {
  const path =
    namespace === undefined ? '/api/v1/events' : `/api/v1/namespaces/${encodeURIComponent(namespace)}/events`;
  const selector = fieldSelector ? { fieldSelector } : {};
  const encoding = createWireChoice(wire);

  /** `place` names what was asked for, in whatever page size. */
  async function read(
    asked: Omit<KubeRequest, 'accept'>,
    timeoutMs: number,
    place: string,
    shown: Pick<KubeRequest, 'path'> = asked,
  ): Promise<EventPage> {
    const request = { ...asked, accept: encoding.accept('list') };
    const whole = deadline(clock, timeoutMs, () => new Error('deadline'), request.signal);
    const bounded = { ...request, signal: whole.signal, timeoutMs: Number.POSITIVE_INFINITY };
    try {
      const answer = await api.open(bounded);
      if (answer.status !== 200) throw await failureOf({ ...bounded, path: shown.path }, answer, clock.nowMs());
      const codec = await codecOf(answer, place);
      return await codec.page(answer.body);
    } catch (error) {
      throw classifyFailure(
        { ...request, path: shown.path },
        whole.passed ? undefined : error,
        whole.passed ? timeoutMs : undefined,
      );
    } finally {
      whole.clear();
    }
  }

  async function codecOf({ headers, body }: KubeResponse, place: string): Promise<EventCodec> {
    try {
      return await encoding.codec(headers.get('content-type'), place);
    } catch (error) {
      await leave(body);
      throw error;
    }
  }

  /** One object of one namespace costs the server less than the first item of a list. */
  function guardOf(version: string, witness: Witness | undefined): Pick<KubeRequest, 'path' | 'query'> {
    if (!witness) return { path, query: { limit: '1', resourceVersion: version } };
    return {
      path: `/api/v1/namespaces/${encodeURIComponent(witness.namespace)}/events`,
      query: {
        fieldSelector: `metadata.name=${witness.name}`,
        limit: '1',
        resourceVersion: version,
        resourceVersionMatch: 'Exact',
      },
    };
  }

  return {
    page: ({ limit, continueToken, signal }) =>
      read(
        {
          path,
          query: {
            limit: String(limit),
            ...selector,
            ...(continueToken === undefined ? {} : { continue: continueToken }),
          },
          signal,
        },
        pageTimeoutMs,
        `page ${continueToken ?? ''}`,
      ),
    async guard({ version, witness, signal }) {
      // A right that is missing is missing for all that is collected: where the witness happens to be would mislead.
      const shown = { path };
      const asked = { ...guardOf(version, witness), signal };
      const page = await read(asked, guardTimeoutMs, `guard ${version}`, shown);
      return witness && denies(page, version, witness) ? 'rewritten' : 'held';
    },
    async watch({ version, timeoutSeconds, signal }) {
      const request = {
        path,
        query: {
          watch: 'true',
          resourceVersion: version,
          timeoutSeconds: String(timeoutSeconds),
          allowWatchBookmarks: 'true',
          ...selector,
        },
        accept: encoding.accept('watch'),
        signal,
        timeoutMs: watchTimeoutMs,
      };
      const answer = await api.open(request);
      if (answer.status !== 200) throw await failureOf(request, answer, clock.nowMs());
      const type = answer.headers.get('content-type');
      if (type?.startsWith('text/')) {
        await leave(answer.body);
        throw notAWatch(request, type);
      }
      const codec = await codecOf(answer, `watch ${version}`);
      return codec.frames(answer.body);
    },
    failure: (status) => classifyStatus(describe({ path, query: { watch: 'true' } }), status),
  };
}

/** An answer that is not read must be let go, or it holds its connection. */
async function leave(body: AsyncIterable<Uint8Array>): Promise<void> {
  for await (const _page of body) break;
}

/**
 * Only an answer of exactly this version can deny: a server that does not know exact reads (before 1.19) shows the present, and an item
 * that could not be read may have been the witness.
 * @see https://kubernetes.io/docs/reference/using-api/api-concepts/#semantics-for-get-and-list
 */
const denies = (page: EventPage, version: string, witness: Witness): boolean =>
  page.version === version &&
  page.malformed === 0 &&
  !page.events.some((event) => event.uid === witness.uid && event.version === witness.version);

/** A login page under 200: line by line it would pass for a watch of unreadable frames. */
function notAWatch(request: KubeRequest, type: string): KubeCheckError {
  const { text, details } = describe(request);
  return new KubeCheckError('API_MALFORMED', `${text}: no watch but ${type.slice(0, 100)}`, {
    remedy: 'check the server address in the kubeconfig, and proxies on the way',
    details,
  });
}
