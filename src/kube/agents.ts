/**
 * One connection pool a set of credentials. The agent is replaced when TLS material changes; the old one lets its running requests end and
 * keeps nothing idle. A proxy's agent, where the kubeconfig makes one, is used as it is.
 */
import type { Agent as HttpAgent } from 'node:http';
import type { Agent as HttpsAgent, RequestOptions } from 'node:https';

type Agent = HttpAgent | HttpsAgent;

export interface Agents {
  /** The part of these options that a request is to carry: the agent holds the TLS material itself, a proxy's agent is given all of it. */
  requestOptions(secure: boolean, options: RequestOptions): RequestOptions;
  /** Ends every connection, also those in use. */
  close(): void;
}

/** Below the 60 s after which load balancers forget a silent connection; client-go's value. */
const tcpKeepAliveMs = 30_000;
/** As many as are under way at once, or each burst of requests would open connections anew. */
const maxFreeSockets = 3;
const notTls = new Set(['headers', 'agent', 'auth', 'timeout']);

export function createAgents(): Agents {
  let current:
    | { readonly agent: Agent; readonly secure: boolean; readonly tls: Readonly<Record<string, unknown>> }
    | undefined;
  let retired: readonly Agent[] = [];
  return {
    requestOptions(secure, options) {
      const { Agent: Http } = process.getBuiltinModule('node:http');
      const { Agent: Https } = process.getBuiltinModule('node:https');
      const given = options.agent;
      const isProxy = given instanceof Http && given.constructor !== Http && given.constructor !== Https;
      if (isProxy) return options;
      const auth = options.auth === undefined ? {} : { auth: options.auth };
      const tls = Object.fromEntries(
        Object.entries(options).filter(([key, value]) => !notTls.has(key) && value !== undefined),
      );
      if (current && current.secure === secure && sameMaterial(current.tls, tls))
        return { agent: current.agent, ...auth };
      if (current) retired = [...retired.filter(inUse), retire(current.agent)];
      const pool = { keepAlive: true, keepAliveMsecs: tcpKeepAliveMs, maxFreeSockets };
      current = { agent: secure ? new Https({ ...pool, ...tls }) : new Http(pool), secure, tls };
      return { agent: current.agent, ...auth };
    },
    close() {
      for (const agent of [...retired, ...(current ? [current.agent] : [])]) agent.destroy();
      retired = [];
      current = undefined;
    },
  };
}

function retire(agent: Agent): Agent {
  agent.maxFreeSockets = 0;
  for (const idle of Object.values(agent.freeSockets)) for (const socket of idle ?? []) socket.destroy();
  return agent;
}

const inUse = (agent: Agent): boolean => Object.keys(agent.sockets).length > 0;

function sameMaterial(a: Readonly<Record<string, unknown>>, b: Readonly<Record<string, unknown>>): boolean {
  const keys = Object.keys(a);
  return keys.length === Object.keys(b).length && keys.every((key) => sameValue(a[key], b[key]));
}

function sameValue(a: unknown, b: unknown): boolean {
  if (a === b) return true;
  if (Buffer.isBuffer(a) && Buffer.isBuffer(b)) return a.equals(b);
  return Array.isArray(a) && Array.isArray(b) && a.length === b.length && a.every((part, i) => sameValue(part, b[i]));
}
