/**
 * What an answer to `/readyz`, or the lack of one, says about the control plane, as service checks. Pure.
 * A verdict is only what the server itself stated: `ok`, or a list of checks. Everything else keeps its error, and is `critical` where
 * the server is away or does not work, `unknown` where it is there but would not tell us.
 */
import type { KubeCheckError } from '../errors.ts';
import { classifyAnswer } from '../kube/classify.ts';
import type { KubeRequest } from '../kube-api.ts';
import type { ServiceCheck } from '../sender.ts';
import { parseReadyz, type ReadyzAnswer, type ReadyzCheck } from './readyz.ts';
import { componentCheck, type Health, oneLine, upCheck } from './service-check.ts';

/** With `detailed`, tagged `check:<name>`. A name of its own, so that nobody's monitor on {@link upCheck} counts forty parts unasked. */
const detailCheck = 'kube_apiserver_controlplane.check';

const maxNames = 20;

export type ReadyzVerdict =
  | { readonly state: 'ready' | 'not-ready'; readonly checks: readonly ReadyzCheck[] }
  | { readonly state: 'untold'; readonly error: KubeCheckError };

export function judgeReadyz(request: KubeRequest, answer: ReadyzAnswer, nowMs: number): ReadyzVerdict {
  const ok = answer.status >= 200 && answer.status < 300;
  const checks = ok || answer.status >= 500 ? parseReadyz(answer.body) : [];
  if (failing(checks).length > 0) return { state: 'not-ready', checks };
  // A server or proxy that drops the query answers `ok` alone; a login page under 200 is neither.
  if (ok && (checks.length > 0 || answer.body.trim() === 'ok')) return { state: 'ready', checks };
  return { state: 'untold', error: classifyAnswer(request, answer, nowMs) };
}

/** The verdict on the whole, first; `components` adds apiserver and etcd, `detailed` one for each check listed. */
export function readyzServiceChecks(
  verdict: ReadyzVerdict,
  { components, detailed }: { readonly components: boolean; readonly detailed: boolean },
): readonly ServiceCheck[] {
  return [
    { name: upCheck, ...wholeHealth(verdict) },
    ...(components ? componentChecks(verdict) : []),
    ...(detailed && verdict.state !== 'untold' ? verdict.checks.map(detailOf) : []),
  ];
}

function wholeHealth(verdict: ReadyzVerdict): Health {
  if (verdict.state === 'untold') return untoldHealth(verdict.error);
  if (verdict.state === 'ready') return { status: 'ok', message: 'ok' };
  return { status: 'critical', message: `not ready: ${namesOf(failing(verdict.checks))}` };
}

function untoldHealth({ code, message, remedy }: KubeCheckError): Health {
  const text = code === 'API_DENIED' && remedy !== undefined ? `${message}; ${remedy}` : message;
  return { status: code === 'API_UNAVAILABLE' ? 'critical' : 'unknown', message: oneLine(text) };
}

/**
 * Where the answer has no list, etcd is `unknown` rather than left out: else a `critical` said earlier would stand for good. A list
 * without etcd is a server that checks none, and nothing is said.
 */
function componentChecks(verdict: ReadyzVerdict): readonly ServiceCheck[] {
  if (verdict.state === 'untold' || verdict.checks.length === 0) {
    const whole = wholeHealth(verdict);
    const why = verdict.state === 'untold' ? whole.message : 'the server does not list its checks';
    return [
      componentCheck('apiserver', whole),
      componentCheck('etcd', { status: 'unknown', message: `not known: ${why}` }),
    ];
  }
  const ofEtcd = verdict.checks.filter(isEtcd);
  const others = verdict.checks.filter((check) => !isEtcd(check));
  return [
    componentCheck('apiserver', worstOf('apiserver', others)),
    ...(ofEtcd.length > 0 ? [componentCheck('etcd', worstOf('etcd', ofEtcd))] : []),
  ];
}

/** Events may live in an etcd of their own, with checks such as `etcd-override-0`. */
const isEtcd = (check: ReadyzCheck): boolean => check.name.startsWith('etcd');

function worstOf(component: string, checks: readonly ReadyzCheck[]): Health {
  const failed = failing(checks);
  if (failed.length === 0) return { status: 'ok', message: 'ok' };
  return { status: 'critical', message: `${component} not ready: ${namesOf(failed)}` };
}

const detailOf = ({ name, passed, result }: ReadyzCheck): ServiceCheck => ({
  name: detailCheck,
  status: passed ? 'ok' : 'critical',
  message: oneLine(result || (passed ? 'ok' : 'failed')),
  tags: [`check:${oneLine(name)}`],
});

const failing = (checks: readonly ReadyzCheck[]) => checks.filter((check) => !check.passed);

function namesOf(checks: readonly ReadyzCheck[]): string {
  const names = checks.slice(0, maxNames).map((check) => check.name);
  const more = checks.length - names.length;
  return oneLine(`${names.join(', ')}${more > 0 ? ` and ${more} more` : ''}`);
}
