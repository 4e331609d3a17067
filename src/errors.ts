/**
 * The one error class and its codes. A code is stable: hosts branch on it, and docs/errors.md lists each one (a test keeps the two equal).
 * Neither message nor remedy nor details ever hold a credential.
 */

/** What each code means; the documentation page is checked against this table. */
export const errorCodes = {
  CONFIG_INVALID: 'A configuration is refused: every problem is listed with its path.',
  CHECK_STOPPED: 'run() was called after stop().',
  CLIENT_UNAVAILABLE: 'No client could be made from the kubeconfig; it is tried again on the next run.',
  LEADER_ELECTION_DISABLED: 'Neither leader election nor skipping it is configured.',
  LEADER_ELECTION_FAILED: 'The lease could not be asked for, for another reason than an unavailable server.',
  TOKEN_STORE_FAILED: 'The event token could not be read or written.',
  FENCED: 'A later leadership term owns the token: this process must stop writing.',
  UNIT_FAILED: 'A unit threw something that has no code of its own.',
  COMMIT_FAILED: 'The sender rejected a commit or did not answer in time; nothing of the batch is acknowledged.',
  SENDER_THREW: 'The sender threw while something was handed over to it.',
  EVENTS_REJECTED: 'The sender refuses certain events for good.',
  ABORTED: 'An abort signal ended the work.',
  API_GONE: 'The version or continue token is no longer held by the server (410 Expired): relist.',
  API_AHEAD:
    'The version is above everything the server knows (504 ResourceVersionTooLarge): its history was rewritten.',
  API_THROTTLED: 'The server asks for patience (429): Retry-After is obeyed.',
  API_DENIED: 'Not allowed (403): the message names verb, resource and namespace.',
  API_UNAUTHORIZED: 'The credentials are refused (401), also after they were read again.',
  API_ABSENT: 'No such resource (404).',
  API_CONFLICT: 'Somebody else wrote first (409).',
  API_INVALID: 'The server refuses the request as wrong (other 4xx).',
  API_UNAVAILABLE: 'The server cannot be reached or does not work (5xx, timeout, TLS, DNS, refused).',
  API_MALFORMED: 'The answer is not what the API promises: HTML, truncated JSON, a broken frame.',
} as const;

export type ErrorCode = keyof typeof errorCodes;

const brand = Symbol.for('kube-apiserver-check.error');

/** What an error may carry besides code and message. */
export interface KubeCheckErrorOptions extends ErrorOptions {
  readonly remedy?: string;
  readonly retryAfterMs?: number;
  readonly details?: Readonly<Record<string, unknown>>;
}

/** The one class. The message says where and what, `remedy` what to do; neither ever holds a credential. */
export class KubeCheckError extends Error {
  readonly code: ErrorCode;
  declare readonly remedy?: string;
  /** How long the server asked to be left alone. Milliseconds. */
  declare readonly retryAfterMs?: number;
  /** For machines: verb, resource, namespace, status, issues, reason ('tls' | 'dns' | 'refused' | 'timeout'), ... */
  readonly details: Readonly<Record<string, unknown>>;

  constructor(code: ErrorCode, message: string, options: KubeCheckErrorOptions = {}) {
    super(message, 'cause' in options ? { cause: options.cause } : undefined);
    this.name = 'KubeCheckError';
    this.code = code;
    this.details = options.details ?? {};
    if (options.remedy !== undefined) this.remedy = options.remedy;
    if (options.retryAfterMs !== undefined) this.retryAfterMs = options.retryAfterMs;
    Object.defineProperty(this, brand, { value: true });
  }

  /** Without stack and cause, which may quote foreign text. */
  toJSON(): Readonly<Record<string, unknown>> {
    return {
      name: this.name,
      code: this.code,
      message: this.message,
      ...(this.remedy === undefined ? {} : { remedy: this.remedy }),
      ...(this.retryAfterMs === undefined ? {} : { retryAfterMs: this.retryAfterMs }),
      details: this.details,
    };
  }
}

/** Thrown *by a sender's* commit: these ids will never be accepted. Nothing of the batch is acknowledged. */
export class EventsRejectedError extends KubeCheckError {
  /** {@link CheckEvent.id} of each event refused. */
  readonly ids: readonly string[];

  constructor(ids: readonly string[], options?: ErrorOptions) {
    super('EVENTS_REJECTED', `the sender refuses ${ids.length} event(s) for good`, {
      ...options,
      details: { ids },
      remedy:
        'see why the destination refuses them; nothing behind them is delivered before they are, unless onRejected is "quarantine"',
    });
    this.name = 'EventsRejectedError';
    this.ids = ids;
  }
}

/** Works across copies of the package, as `instanceof` does not. */
export function isKubeCheckError(value: unknown, code?: ErrorCode): value is KubeCheckError {
  if (typeof value !== 'object' || value === null || !(brand in value)) return false;
  return code === undefined || (value as { readonly code?: unknown }).code === code;
}

/** Any thrown value as a {@link KubeCheckError}: one of ours stays, anything else is wrapped under `code`. */
export function asKubeCheckError(thrown: unknown, code: ErrorCode, where: string): KubeCheckError {
  if (isKubeCheckError(thrown)) return thrown;
  return new KubeCheckError(code, `${where}: ${textOf(thrown)}`, {
    cause: thrown,
  });
}

/** An error told by somebody above: its remedy, patience and details stay where nothing else is said. */
export function retold(
  cause: KubeCheckError,
  message: string,
  told: {
    readonly code?: ErrorCode;
    readonly remedy?: string | undefined;
    readonly details?: Readonly<Record<string, unknown>>;
  } = {},
): KubeCheckError {
  const { retryAfterMs } = cause;
  const remedy = told.remedy ?? cause.remedy;
  return new KubeCheckError(told.code ?? cause.code, message, {
    cause,
    ...(remedy === undefined ? {} : { remedy }),
    ...(retryAfterMs === undefined ? {} : { retryAfterMs }),
    details: { ...cause.details, ...told.details },
  });
}

/** What a thrown value says. Anything can be thrown, also what has no text. */
export function textOf(thrown: unknown): string {
  if (thrown instanceof Error) return thrown.message;
  try {
    return String(thrown);
  } catch {
    return 'something without a text was thrown';
  }
}

/** A switch that has handled every member of a union ends here; reaching it at run time is a bug of ours. */
export function unreachable(value: never): never {
  throw new TypeError(`not reachable: ${JSON.stringify(value)}`);
}
