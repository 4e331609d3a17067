/** What a server says beside its HTTP code: a metav1.Status, and how long it wants to be left alone. Read with distrust. */
import { record } from './wire/json-value.ts';

/** What is used of a metav1.Status. */
export interface StatusObject {
  readonly code?: number;
  readonly reason?: string;
  readonly message?: string;
  readonly retryAfterSeconds?: number;
  readonly causes?: readonly unknown[];
  /** metadata.continue: of an expired list, where its rest can be read at a newer version. */
  readonly continue?: string;
}

export function parseStatus(body: string): StatusObject | undefined {
  try {
    return asStatus(JSON.parse(body));
  } catch {
    return undefined;
  }
}

/** Only what has the type it should have: the answer may come from anything between here and the API server. */
export function asStatus(value: unknown): StatusObject | undefined {
  const status = record(value);
  if (!status) return undefined;
  const details = record(status['details']);
  const fresh = record(status['metadata'])?.['continue'];
  const causes = details?.['causes'];
  return {
    ...(typeof status['code'] === 'number' ? { code: status['code'] } : {}),
    ...(typeof status['reason'] === 'string' ? { reason: status['reason'] } : {}),
    ...(typeof status['message'] === 'string' ? { message: status['message'] } : {}),
    ...(typeof details?.['retryAfterSeconds'] === 'number' ? { retryAfterSeconds: details['retryAfterSeconds'] } : {}),
    ...(typeof fresh === 'string' && fresh !== '' ? { continue: fresh } : {}),
    causes: Array.isArray(causes) ? causes.map((cause) => record(cause)?.['reason']) : [],
  };
}

/** One absurd header must not shut a path for years. Milliseconds. */
const longestMs = 600_000;

/** Of a Status. Milliseconds, at most ten minutes. */
export const retryAfterSeconds = (value: number | undefined): number | undefined =>
  value !== undefined && value > 0 ? Math.min(value * 1000, longestMs) : undefined;

/** The header, by RFC 9110 seconds, or a date, which begins with its weekday. Milliseconds, at most ten minutes. */
export function retryAfterHeader(header: string | null, nowMs: number): number | undefined {
  if (header === null) return undefined;
  if (/^\d{1,9}$/.test(header.trim())) return Math.min(Number(header) * 1000, longestMs);
  const at = /^[A-Z][a-z]{2,8},? /.test(header) ? Date.parse(header) : Number.NaN;
  return Number.isNaN(at) ? undefined : Math.min(Math.max(0, at - nowMs), longestMs);
}
