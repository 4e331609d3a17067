/** What was asked of the server. Never a credential: of the headers only those that say what form of answer is wanted. */

/** One request, in the order of arrival. */
export interface RecordedRequest {
  readonly method: string;
  readonly path: string;
  readonly query: Readonly<Record<string, string>>;
  readonly accept: string | undefined;
  /** When it came, on the server's clock. Unix milliseconds. */
  readonly atMs: number;
  /** What it was answered. Undefined while it is not, and for ever if the connection broke before. */
  status: number | undefined;
  /** The parsed body of a POST or PUT. */
  body: unknown;
}
