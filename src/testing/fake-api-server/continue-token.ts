/** Continue tokens, in the real server's own form: the version of the snapshot and the key to go on from, behind the list's prefix. */
import { badRequest, Refusal } from './answer.ts';

export interface Continuation {
  /** -1: at the newest version, whatever it is then. */
  readonly revision: bigint;
  readonly start: string;
}

/** Instead of the version: no snapshot. */
export const atNewest = -1n;

export function encodeContinue({ revision, start }: Continuation): string {
  return Buffer.from(`{"v":"meta.k8s.io/v1","rv":${revision},"start":${JSON.stringify(start)}}`).toString('base64url');
}

/** @throws Refusal 400 for anything that is no token */
export function decodeContinue(token: string): Continuation {
  const json = Buffer.from(token, 'base64url').toString('utf8');
  const fields = parse(json);
  // The version is read as text: it may be larger than a number can say.
  const revision = /"rv":(-?\d+)/.exec(json)?.[1];
  if (fields?.['v'] !== 'meta.k8s.io/v1' || typeof fields['start'] !== 'string' || !fields['start'] || !revision)
    throw new Refusal(badRequest('invalid continue token: continue key is not valid: not a token of this server'));
  return { revision: BigInt(revision), start: fields['start'] };
}

function parse(json: string): Record<string, unknown> | undefined {
  try {
    return JSON.parse(json);
  } catch {
    return undefined;
  }
}
