/** Bodies of answers: read to a bound, parsed, or turned into the failure that they tell of. */
import { KubeCheckError } from '../errors.ts';
import type { KubeRequest, KubeResponse } from '../kube-api.ts';
import { classifyAnswer } from './classify.ts';
import { isProtobuf } from './wire/choice.ts';

/** A JSON body is held whole; beyond this the answer is not what anyone asked for. */
const maxJsonBytes = 64 * 1024 * 1024;
/** Of an error's body no more than this is read. */
const maxErrorBytes = 64 * 1024;

export const isSuccess = (status: number): boolean => status >= 200 && status < 300;

/** @throws KubeCheckError API_MALFORMED */
export async function readJson(request: KubeRequest, { headers, body }: KubeResponse): Promise<unknown> {
  const { bytes, whole } = await readUpTo(body, maxJsonBytes);
  if (!whole) throw malformed(request, `the answer is larger than ${maxJsonBytes} bytes`);
  try {
    return JSON.parse(bytes.toString('utf8'));
  } catch {
    const type = headers.get('content-type')?.slice(0, 100) ?? 'untyped';
    throw malformed(request, type.includes('json') ? 'the JSON is broken or cut off' : `not JSON but ${type}`);
  }
}

/** The failure that an answer stands for. Its status counts, also where the body breaks. @throws KubeCheckError ABORTED by the request's signal */
export async function failureOf(request: KubeRequest, answer: KubeResponse, nowMs: number): Promise<KubeCheckError> {
  const { status, headers } = answer;
  const body = await readUpTo(answer.body, maxErrorBytes).then(
    ({ bytes }) => (isProtobuf(headers.get('content-type')) ? statusText(bytes) : bytes.toString('utf8')),
    (error: unknown) => {
      if (request.signal.aborted) throw error;
      return '';
    },
  );
  return classifyAnswer(request, { status, headers, body }, nowMs);
}

/** As it would have come in JSON; empty where it is no Status, or cut off. */
async function statusText(bytes: Uint8Array): Promise<string> {
  const { decodeStatus } = await import('./wire/protobuf-status.ts');
  try {
    return JSON.stringify(decodeStatus(bytes));
  } catch {
    return '';
  }
}

async function readUpTo(
  body: AsyncIterable<Uint8Array>,
  maxBytes: number,
): Promise<{ readonly bytes: Buffer; readonly whole: boolean }> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of body) {
    chunks.push(chunk);
    size += chunk.length;
    if (size > maxBytes) return { bytes: Buffer.concat(chunks, maxBytes), whole: false };
  }
  return { bytes: Buffer.concat(chunks), whole: true };
}

function malformed(request: KubeRequest, why: string): KubeCheckError {
  return new KubeCheckError('API_MALFORMED', `${request.method ?? 'GET'} ${request.path}: ${why}`, {
    remedy: 'check the server address in the kubeconfig, and proxies on the way',
    details: { path: request.path },
  });
}
