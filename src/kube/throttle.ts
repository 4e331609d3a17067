/**
 * Paths that the server asked to be left alone (429 with Retry-After). Until that time is over a request for one is refused here: what
 * comes back by a schedule of its own (the next run, the next save) knows nothing of the last answer.
 */
import type { Clock } from '../clock.ts';
import { KubeCheckError } from '../errors.ts';
import type { KubeRequest, KubeResponse } from '../kube-api.ts';
import { classifyAnswer } from './classify.ts';
import { describe } from './target.ts';

export interface Throttle {
  /** @throws KubeCheckError API_THROTTLED while the path is to be left alone */
  check(request: KubeRequest): void;
  heard(request: KubeRequest, answer: Pick<KubeResponse, 'status' | 'headers'>): void;
}

export function createThrottle(clock: Clock): Throttle {
  /** When a path may be asked again, on the monotonic clock. */
  const notBeforeMs = new Map<string, number>();
  return {
    check(request) {
      const restMs = (notBeforeMs.get(request.path) ?? Number.NEGATIVE_INFINITY) - clock.monotonicMs();
      if (restMs > 0) throw refusal(request, Math.ceil(restMs));
      notBeforeMs.delete(request.path);
    },
    heard(request, { status, headers }) {
      if (status !== 429) return;
      for (const [path, atMs] of notBeforeMs) if (atMs <= clock.monotonicMs()) notBeforeMs.delete(path);
      const { retryAfterMs } = classifyAnswer(request, { status, headers, body: '' }, clock.nowMs());
      if (retryAfterMs !== undefined) notBeforeMs.set(request.path, clock.monotonicMs() + retryAfterMs);
    },
  };
}

function refusal(request: KubeRequest, retryAfterMs: number): KubeCheckError {
  const { text, details } = describe(request);
  return new KubeCheckError('API_THROTTLED', `${text}: not asked, as the server wants to be left alone`, {
    retryAfterMs,
    remedy: "look at the API server's load and its flow schemas; it is asked again when it wants to be",
    details,
  });
}
