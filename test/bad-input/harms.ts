/** What can happen to any request between a check and its server, and what is to be said of it. */
import type { ErrorCode } from '../../src/index.ts';
import type { Fault } from '../../src/testing/index.ts';
import { cookie } from './fake-scene.ts';

export interface Harm {
  readonly name: string;
  readonly fault: Fault;
  readonly code: ErrorCode;
  readonly reason?: 'reset' | 'timeout';
  readonly message: RegExp;
  readonly remedy: RegExp;
  /** When the request is made again: `at once` for any, `after a pause` for those that take one. */
  readonly again?: 'at once' | 'after a pause';
  /** Kinds of requests that it does not fail, however long it lasts. */
  readonly harmlessTo?: readonly string[];
  /** Kinds of requests for which the bad answer would be a lie that nobody could see through. */
  readonly notFor?: readonly string[];
}

const headers = { 'Set-Cookie': `session=${cookie}; HttpOnly` };
const page = `<html>\n<title>Sign in</title>\n<input name="csrf" value="${cookie}">\n</html>\n`;
const seeTheServer = /look at the API server/;
const seeTheWay = /proxies|load balancers|login page/;
/** Nothing came, or not to its end. */
const noAnswer = {
  code: 'API_UNAVAILABLE',
  reason: 'timeout',
  message: /no complete answer within|no answer for/,
  remedy: /load/,
} as const;

export const harms: readonly Harm[] = [
  {
    name: 'refused credentials',
    fault: { status: 401, headers },
    code: 'API_UNAUTHORIZED',
    message: /credentials refused \(401\)/,
    remedy: /renew the token or certificate/,
    again: 'at once',
  },
  {
    name: 'a missing right',
    fault: { status: 403, headers },
    code: 'API_DENIED',
    message: /not allowed \(403\)/,
    remedy: /grant verb "\w+" on (resource|nonResourceURL) "/,
    // Whoever may not look at OpenShift's group is taken for not being on OpenShift.
    harmlessTo: ['discovery'],
  },
  {
    name: 'a path that is not there',
    fault: { status: 404, headers },
    code: 'API_ABSENT',
    message: /HTTP 404/,
    remedy: /check the server address|create the namespace/,
    // Without readyz ComponentStatus stands in, and without quotas there are none.
    harmlessTo: ['readyz', 'discovery', 'quotas'],
    notFor: ['token read'],
  },
  {
    name: 'a wish for patience',
    fault: { status: 429, headers },
    code: 'API_THROTTLED',
    message: /HTTP 429|not asked/,
    remedy: /flow schemas/,
    again: 'after a pause',
  },
  {
    name: 'an internal error',
    fault: { status: 500, headers },
    code: 'API_UNAVAILABLE',
    message: /HTTP 500/,
    remedy: seeTheServer,
    again: 'after a pause',
  },
  {
    name: 'a server that is not ready',
    fault: { status: 503, headers },
    code: 'API_UNAVAILABLE',
    message: /HTTP 503/,
    remedy: seeTheServer,
    again: 'after a pause',
  },
  {
    name: 'a load balancer without servers',
    fault: { status: 503, body: page, headers },
    code: 'API_UNAVAILABLE',
    message: /HTTP 503/,
    remedy: seeTheServer,
    again: 'after a pause',
  },
  {
    name: 'a login page',
    fault: { body: page, headers },
    code: 'API_MALFORMED',
    message: /no JSON|not JSON but text\/html|no watch but text\/html|not from an API server/,
    remedy: seeTheWay,
    again: 'after a pause',
  },
  {
    name: 'JSON that is cut off',
    fault: { how: 'truncate' },
    code: 'API_MALFORMED',
    message: /cut off/,
    remedy: seeTheWay,
    again: 'after a pause',
    // Of a watch half a frame is not told, of readyz the lines that came count, and what was created is there the next time.
    harmlessTo: ['watch', 'readyz', 'token create'],
  },
  {
    name: 'a connection that is reset',
    fault: { how: 'reset' },
    code: 'API_UNAVAILABLE',
    reason: 'reset',
    message: /connection lost/,
    remedy: seeTheWay,
    again: 'after a pause',
  },
  {
    name: 'a connection that is reset in the middle of the answer',
    fault: { how: 'reset-mid-body' },
    code: 'API_UNAVAILABLE',
    reason: 'reset',
    message: /connection lost/,
    remedy: seeTheWay,
    again: 'after a pause',
    harmlessTo: ['token create'],
  },
  {
    name: 'a stalled stream',
    fault: { how: 'stall' },
    ...noAnswer,
    // A watch that is silent looks like a quiet cluster.
    harmlessTo: ['watch', 'token create'],
  },
  {
    name: 'a body that never ends',
    fault: { how: 'endless' },
    ...noAnswer,
    harmlessTo: ['watch', 'readyz', 'token create'],
  },
  { name: 'a server that does not answer', fault: { how: 'hang' }, ...noAnswer },
];
