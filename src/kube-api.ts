/** The port to the API server: what units and stores may ask of it, and what is used of a kubeconfig. */
import type { RequestOptions } from 'node:https';

/** What is used of client-node's KubeConfig, by structure: the host's copy may be another one. */
export interface KubeConfigLike {
  getCurrentCluster(): { readonly server: string; readonly skipTLSVerify?: boolean } | null;
  /** Sets the agent's TLS material, proxy and the authentication headers; asked anew for each request, as credentials rotate. */
  applyToHTTPSOptions(options: RequestOptions): Promise<void>;
}

/** A function is called on first need, and again on the next run if it failed. */
export type KubeConfigSource = KubeConfigLike | (() => KubeConfigLike | Promise<KubeConfigLike>);

/** The API server for units and stores: authentication, deadlines, error classes. One connection pool a KubeConfig object. */
export interface KubeApi {
  /** The parsed body of a 2xx answer. @throws KubeCheckError API_* for anything else */
  json(request: KubeRequest): Promise<unknown>;
  /** Any answer that has a status; its body streams with backpressure. @throws KubeCheckError API_UNAVAILABLE, CLIENT_UNAVAILABLE, ABORTED */
  open(request: KubeRequest): Promise<KubeResponse>;
}

/** An answer whose body is still to be read: read it to its end or leave its loop, or the connection stays taken. */
export interface KubeResponse {
  readonly status: number;
  readonly headers: Headers;
  readonly body: AsyncIterable<Uint8Array>;
}

export interface KubeRequest {
  /** Ends the request, also in the middle of its body. */
  readonly signal: AbortSignal;
  /** From the server's root, e.g. `/api/v1/events`. */
  readonly path: string;
  readonly query?: Readonly<Record<string, string>>;
  /** @defaultValue 'application/json' */
  readonly accept?: string;
  /** @defaultValue 'GET' */
  readonly method?: 'GET' | 'POST' | 'PUT';
  /** Sent as JSON. */
  readonly body?: unknown;
  /** Waits for no other request: what comes too late is worth nothing, as the renewal of a lease. @defaultValue false */
  readonly urgent?: boolean;
  /** json: to the end of the body, open: to the headers. Milliseconds. @defaultValue 10000 */
  readonly timeoutMs?: number;
}
