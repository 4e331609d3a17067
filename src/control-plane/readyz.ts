/**
 * `GET /readyz?verbose`: the request, bounded in time and size, and a pure parser of its lines.
 * It reports what the server said; what that means is `verdict.ts`.
 * @see https://kubernetes.io/docs/reference/using-api/health-checks/
 */
import { deadline } from '../clock.ts';
import { asKubeCheckError } from '../errors.ts';
import { classifyFailure } from '../kube/classify.ts';
import type { KubeRequest } from '../kube-api.ts';
import type { UnitContext } from '../unit.ts';

/** From the request to the end of the body. With a dead etcd the server needs 4 s to say so. */
export const readyzTimeoutMs = 10_000;
/** Some forty checks take 2 KiB; a proxy's page, or a body without end, is not read further than this. */
const maxBodyBytes = 64 * 1024;

/** One line of the verbose body. */
export interface ReadyzCheck {
  readonly name: string;
  readonly passed: boolean;
  /** What the server says of it: `ok`, `failed: reason withheld`, `excluded: ok`. Untrusted text. */
  readonly result: string;
}

export interface ReadyzAnswer {
  readonly status: number;
  readonly headers: Headers;
  readonly body: string;
}

export const readyzRequest = (signal: AbortSignal): KubeRequest => ({
  path: '/readyz',
  query: { verbose: '' },
  timeoutMs: readyzTimeoutMs,
  signal,
});

const checkLine = /^\[([+-])\](\S+)[ \t]*(.*)$/;

/** The checks that a body lists, each once: of a name that occurs twice the failure counts. Other lines are not ours. */
export function parseReadyz(body: string): readonly ReadyzCheck[] {
  const checks = new Map<string, ReadyzCheck>();
  for (const line of body.split(/\r?\n/)) {
    const [, sign, name, result = ''] = checkLine.exec(line) ?? [];
    if (name === undefined || checks.get(name)?.passed === false) continue;
    checks.set(name, { name, passed: sign === '+', result });
  }
  return [...checks.values()];
}

/** Any answer that has a status. @throws KubeCheckError where there is none, or its body does not end in time */
export async function requestReadyz({
  api,
  clock,
  signal,
}: Pick<UnitContext, 'api' | 'clock' | 'signal'>): Promise<ReadyzAnswer> {
  const tooLate = () => classifyFailure(readyzRequest(signal), undefined, readyzTimeoutMs);
  const limit = deadline(clock, readyzTimeoutMs, tooLate, signal);
  try {
    const { status, headers, body } = await api.open(readyzRequest(limit.signal));
    return { status, headers, body: await readBounded(body) };
  } catch (error) {
    throw asKubeCheckError(error, 'API_UNAVAILABLE', 'get /readyz');
  } finally {
    limit.clear();
  }
}

/** Of a longer body, its whole lines within the bound. */
async function readBounded(body: AsyncIterable<Uint8Array>): Promise<string> {
  const decoder = new TextDecoder();
  let text = '';
  let left = maxBodyBytes;
  for await (const chunk of body) {
    text += decoder.decode(chunk.subarray(0, left), { stream: true });
    left -= chunk.length;
    if (left < 0) return text.slice(0, text.lastIndexOf('\n') + 1);
  }
  return text + decoder.decode();
}
