/** What the server says: answers, and the Status objects of a real kube-apiserver 1.36, word for word where it has been seen. */
import type { RequestAttributes } from './authorization.ts';

/** A whole answer. */
export interface Answer {
  readonly status: number;
  readonly contentType: string;
  readonly body: string | Uint8Array;
  readonly headers?: Readonly<Record<string, string>>;
}

/** Thrown by handlers where the answer is a refusal. */
export class Refusal extends Error {
  readonly answer: Answer;

  constructor(answer: Answer) {
    super(`refused with ${answer.status}: ${answer.body}`);
    this.answer = answer;
  }
}

const plain = 'text/plain; charset=utf-8';

export const jsonAnswer = (status: number, body: object): Answer => ({
  status,
  contentType: 'application/json',
  body: `${JSON.stringify(body)}\n`,
});

export const textAnswer = (status: number, body: string, headers?: Readonly<Record<string, string>>): Answer => ({
  status,
  contentType: plain,
  body,
  ...(headers && { headers }),
});

interface StatusFields {
  readonly reason?: string;
  readonly details?: object;
  readonly metadata?: object;
}

/** A failure as metav1.Status. */
export function statusObject(code: number, message: string, { reason, details, metadata = {} }: StatusFields): object {
  const told = { ...(reason === undefined ? {} : { reason }), ...(details === undefined ? {} : { details }) };
  return { kind: 'Status', apiVersion: 'v1', metadata, status: 'Failure', message, ...told, code };
}

const statusAnswer = (code: number, message: string, fields: StatusFields = {}): Answer =>
  jsonAnswer(code, statusObject(code, message, fields));

/** A resource as error messages name it. */
export interface Named {
  readonly resource: string;
  readonly group: string;
  readonly name?: string;
}

const qualified = ({ resource, group }: Named): string => (group === '' ? resource : `${resource}.${group}`);

const detailsOf = ({ resource, group, name }: Named): object => ({
  ...(name === undefined ? {} : { name }),
  ...(group === '' ? {} : { group }),
  kind: resource,
});

export const pageNotFound = (): Answer => textAnswer(404, '404 page not found\n');

export const noSuchResource = (): Answer =>
  statusAnswer(404, 'the server could not find the requested resource', { reason: 'NotFound', details: {} });

export const methodNotAllowed = (): Answer =>
  statusAnswer(405, 'the server does not allow this method on the requested resource', {
    reason: 'MethodNotAllowed',
    details: {},
  });

export const notAcceptable = (): Answer =>
  statusAnswer(406, '406: Not Acceptable\n\nAvailable representations: application/json', {
    reason: 'NotAcceptable',
    details: {},
  });

export const unauthorized = (): Answer => statusAnswer(401, 'Unauthorized', { reason: 'Unauthorized' });

export function forbidden(attributes: RequestAttributes): Answer {
  const { user, verb } = attributes;
  if (attributes.path !== undefined)
    return statusAnswer(403, `forbidden: User "${user}" cannot ${verb} path "${attributes.path}"`, {
      reason: 'Forbidden',
      details: {},
    });
  const { resource, group, name, namespace } = attributes;
  const named = { resource, group, ...(name === undefined ? {} : { name }) };
  const what = name === undefined ? qualified(named) : `${qualified(named)} "${name}"`;
  const where = namespace === undefined ? 'at the cluster scope' : `in the namespace "${namespace}"`;
  return statusAnswer(
    403,
    `${what} is forbidden: User "${user}" cannot ${verb} resource "${resource}" in API group "${group}" ${where}`,
    { reason: 'Forbidden', details: detailsOf(named) },
  );
}

export const badRequest = (message: string): Answer => statusAnswer(400, message, { reason: 'BadRequest' });

/** A 500 without reason, where the real server has not thought of a better one. */
export const internalError = (message: string): Answer => statusAnswer(500, message);

export const notFound = (named: Named): Answer =>
  statusAnswer(404, `${qualified(named)} "${named.name}" not found`, { reason: 'NotFound', details: detailsOf(named) });

export const alreadyExists = (named: Named): Answer =>
  statusAnswer(409, `${qualified(named)} "${named.name}" already exists`, {
    reason: 'AlreadyExists',
    details: detailsOf(named),
  });

export const conflict = (
  named: Named,
  why = 'the object has been modified; please apply your changes to the latest version and try again',
): Answer =>
  statusAnswer(409, `Operation cannot be fulfilled on ${qualified(named)} "${named.name}": ${why}`, {
    reason: 'Conflict',
    details: detailsOf(named),
  });

export const tooLargeVersion = (version: bigint, current: bigint): Answer =>
  statusAnswer(504, `Timeout: Too large resource version: ${version}, current: ${current}`, {
    reason: 'Timeout',
    details: { causes: [{ reason: 'ResourceVersionTooLarge', message: 'Too large resource version' }] },
  });

export const expiredList = (): Answer =>
  statusAnswer(410, 'The resourceVersion for the provided list is too old.', { reason: 'Expired' });

/** The remedy is in the answer: a token that goes on with the rest, at the newest version. */
export const expiredContinue = (continueToken: string): Answer =>
  statusAnswer(
    410,
    'The provided continue parameter is too old to display a consistent list result. You can start a new list without the continue ' +
      'parameter, or use the continue token in this response to retrieve the remainder of the results. Continuing with the provided ' +
      'token results in an inconsistent list - objects that were created, modified, or deleted between the time the first chunk was ' +
      'returned and now may show up in the list.',
    { reason: 'Expired', metadata: { continue: continueToken } },
  );

export const expiredWatch = (): object =>
  statusObject(410, 'The resourceVersion for the provided watch is too old.', { reason: 'Expired' });

/** What a real server says when it fails with this status, for faults that only name one. */
export function typicalAnswer(status: number): Answer {
  switch (status) {
    case 401:
      return unauthorized();
    case 404:
      return noSuchResource();
    case 410:
      return jsonAnswer(410, expiredWatch());
    case 429:
      return textAnswer(429, 'Too many requests, please try again later.\n', { 'Retry-After': '1' });
    case 503:
      return statusAnswer(503, 'the server is currently unable to handle the request', {
        reason: 'ServiceUnavailable',
      });
    case 504:
      return requestTimedOut();
    default:
      return statusAnswer(status, `Internal error occurred: told to answer ${status}`, { reason: 'InternalError' });
  }
}

/** From the filter that bounds each request to 60 s: a Status without kind, called text. */
export const requestTimedOut = (): Answer =>
  textAnswer(
    504,
    `${JSON.stringify({
      metadata: {},
      status: 'Failure',
      message: 'Timeout: request did not complete within the allotted timeout',
      reason: 'Timeout',
      details: {},
      code: 504,
    })}\n`,
  );

export const writeTimedOut = (): Answer =>
  statusAnswer(504, 'Timeout: request did not complete within requested timeout - context deadline exceeded', {
    reason: 'Timeout',
    details: {},
  });
