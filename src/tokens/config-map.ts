/**
 * Tokens in a ConfigMap, under the Agent's keys, so that a cluster that moves over keeps its place: `<key>.tokenKey` and
 * `<key>.tokenTimestamp` (RFC 3339: when the last list ended). The place of an unfinished list, what proves the token and the writer's term
 * are annotations.
 *
 * Every write carries the uid and resourceVersion that were read; on a conflict the newer token stays. Other keys are kept. A load with a
 * fence is such a write, too, and the token is read from its answer: an earlier writer's save after it is a conflict, and then refused.
 */
import { asKubeCheckError, isKubeCheckError, type KubeCheckError, retold } from '../errors.ts';
import { serviceAccountNamespace } from '../kube/namespace.ts';
import type { KubeApi, KubeRequest } from '../kube-api.ts';
import type { Fence } from '../leader-elector.ts';
import { logger } from '../log.ts';
import type { Token, TokenStore } from '../token-store.ts';
import {
  bodyOf,
  type ConfigMap,
  claimedBy,
  configMapOf,
  fenceAnnotations,
  keysIn,
  tokenIn,
  withToken,
  writtenBy,
} from './config-map-object.ts';
import { newerToken } from './newer.ts';

const log = logger('tokens');

/** A conflict is another writer: a lost race or two are ordinary, more of them are a fight. */
const maxConflicts = 5;

interface Signalled {
  readonly signal: AbortSignal;
}
type Writing = Signalled & { readonly fence?: Fence };

interface Updating extends Signalled {
  /** The annotations of the ConfigMap that is made where there is none. Absent: none is made. */
  readonly create?: Readonly<Record<string, string>>;
  /** Nothing remembered is used. */
  readonly afresh?: boolean;
}
/** Undefined: nothing is to be written. */
type Change = (configMap: ConfigMap) => ConfigMap | undefined;

/**
 * @defaultValue name `kube-apiserver-check` (`datadogtoken` takes over the Agent's place); namespace: the service account's, else `default`
 * @throws KubeCheckError TOKEN_STORE_FAILED (its cause says why), FENCED
 */
export class ConfigMapTokenStore implements TokenStore {
  readonly #api: KubeApi;
  readonly #name: string;
  #namespace: string | undefined;
  /** As last read or written: saves the read before a write, and is dropped when the write says that it is old. */
  #known: ConfigMap | undefined;
  /** Settles, never rejects, when the last write so far is over. */
  #lastWrite: Promise<unknown> = Promise.resolve();

  constructor(options: { readonly api: KubeApi; readonly namespace?: string; readonly name?: string }) {
    this.#api = options.api;
    this.#name = options.name ?? 'kube-apiserver-check';
    this.#namespace = options.namespace;
  }

  async load(key: string, options: Writing): Promise<Token | undefined> {
    const { fence } = options;
    const configMap = fence ? await this.#claim(fence, options) : await this.#read(options);
    const token = configMap && tokenIn(configMap, key);
    if (token && token.listedAtMs === undefined) log('%s: no readable list time in %s', key, this.#where());
    return token;
  }

  async save(key: string, token: Token, options: Writing): Promise<Token> {
    let kept = token;
    await this.#update({ ...options, create: {} }, (configMap) => {
      const mine = writtenBy(configMap, options.fence);
      kept = newerToken(tokenIn(configMap, key), token);
      return kept === token ? withToken(mine, key, token) : undefined;
    });
    return kept;
  }

  async remove(key: string, options: Writing): Promise<void> {
    await this.#update(options, (configMap) => {
      const mine = writtenBy(configMap, options.fence);
      return tokenIn(configMap, key) ? withToken(mine, key, undefined) : undefined;
    });
  }

  async keys(options: Signalled): Promise<readonly string[]> {
    const configMap = await this.#read(options);
    return configMap ? keysIn(configMap) : [];
  }

  async #read(options: Signalled): Promise<ConfigMap | undefined> {
    this.#known = await this.#get(options);
    return this.#known;
  }

  /** Judged by what is stored now, never by what is remembered: that may be from before another writer's claim. */
  #claim(fence: Fence, options: Signalled): Promise<ConfigMap | undefined> {
    return this.#update({ ...options, create: fenceAnnotations(fence), afresh: true }, (configMap) =>
      claimedBy(configMap, fence),
    );
  }

  /** One write after the other: this store's own, of several keys, would else be in conflict with each other. */
  #update(options: Updating, change: Change): Promise<ConfigMap | undefined> {
    const mine = this.#lastWrite.then(() => this.#write(options, change));
    this.#lastWrite = mine.catch(() => undefined);
    return mine;
  }

  /** Reads (or remembers), changes and writes until no other writer came between; the object as it then is. No change, no write. */
  async #write({ create, afresh, ...options }: Updating, change: Change): Promise<ConfigMap | undefined> {
    if (afresh) this.#known = undefined;
    for (let conflicts = 0; ; conflicts++) {
      const found = this.#known ?? (await this.#get(options));
      const configMap = found ?? (create && (await this.#create(create, options)));
      const changed = configMap && change(configMap);
      if (!changed) {
        if (afresh) this.#known = configMap;
        return configMap;
      }
      try {
        const request = { method: 'PUT', path: await this.#path(true), body: bodyOf(changed) } as const;
        this.#known = configMapOf(await this.#ask(request, options));
        return this.#known;
      } catch (error) {
        this.#known = undefined;
        const again = isConflict(error) || isAbsent(error);
        if (!again || conflicts >= maxConflicts)
          throw failed(error, `the event token could not be written to ${this.#where()}`, writeRemedy(error));
      }
    }
  }

  /** Undefined only where the server says that there is none: on any other failure nothing is created. */
  async #get(options: Signalled): Promise<ConfigMap | undefined> {
    const request = { path: await this.#path(true) };
    try {
      return configMapOf(await this.#ask(request, options).catch((error) => this.#onceMore(error, request, options)));
    } catch (error) {
      if (isAbsent(error)) return undefined;
      throw failed(error, `the event token could not be read from ${this.#where()}`);
    }
  }

  /** A passing failure of the server must not cost the run, unless it asks for patience. */
  #onceMore(error: unknown, request: Pick<KubeRequest, 'path'>, options: Signalled): Promise<unknown> {
    const passing =
      isKubeCheckError(error, 'API_UNAVAILABLE') &&
      typeof error.details['status'] === 'number' &&
      error.retryAfterMs === undefined;
    return passing ? this.#ask(request, options) : Promise.reject(error);
  }

  async #create(annotations: Readonly<Record<string, string>>, options: Signalled): Promise<ConfigMap> {
    const body = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: this.#name, annotations } };
    try {
      return configMapOf(await this.#ask({ method: 'POST', path: await this.#path(false), body }, options));
    } catch (error) {
      const existing = isConflict(error) ? await this.#get(options) : undefined;
      if (existing) return existing;
      throw failed(
        error,
        `${this.#where()} could not be created`,
        isAbsent(error) ? 'create the namespace, or name another one for it' : undefined,
      );
    }
  }

  #ask(request: Omit<KubeRequest, 'signal'>, { signal }: Signalled): Promise<unknown> {
    return this.#api.json({ ...request, signal });
  }

  async #path(named: boolean): Promise<string> {
    this.#namespace ??= await serviceAccountNamespace();
    const all = `/api/v1/namespaces/${encodeURIComponent(this.#namespace)}/configmaps`;
    return named ? `${all}/${encodeURIComponent(this.#name)}` : all;
  }

  #where(): string {
    return `the ConfigMap ${this.#namespace}/${this.#name}`;
  }
}

const isConflict = (error: unknown): boolean => isKubeCheckError(error, 'API_CONFLICT');
const isAbsent = (error: unknown): boolean => isKubeCheckError(error, 'API_ABSENT');

const passes =
  'it is tried again; what is committed before the token is saved comes again only if this process ends before';
const writeRemedy = (error: unknown): string | undefined =>
  isConflict(error) ? 'find out who else keeps writing to it: one check a token, or leader election' : undefined;

function failed(error: unknown, what: string, remedy?: string): KubeCheckError {
  const cause = asKubeCheckError(error, 'TOKEN_STORE_FAILED', 'token');
  if (cause.code === 'ABORTED' || cause.code === 'FENCED') return cause;
  return retold(cause, `${what}: ${cause.message}`, {
    code: 'TOKEN_STORE_FAILED',
    remedy: remedy ?? cause.remedy ?? passes,
    details: { causeCode: cause.code },
  });
}
