/** Bytes become pages and frames behind this port, so that nothing above ever sees bytes or a wire format. */
import { KubeCheckError } from '../../errors.ts';
import { isVersion } from '../version.ts';
import type { KubeEvent } from './event.ts';

/** One answer of a paged list. */
export interface EventPage {
  /** The version of the snapshot that the page is of. */
  readonly version: string;
  /** Absent on the last page. */
  readonly continueToken?: string;
  readonly events: readonly KubeEvent[];
  /** Items that are no event: without uid or with an unusable version. */
  readonly malformed: number;
}

/** A frame holds one event of at most 1.5 MiB (etcd's limit for a request); what is longer is no frame. */
export const maxFrameBytes = 8 * 1024 * 1024;
/** A page holds at most some thousand events; what is longer never ends. */
export const maxPageBytes = 256 * 1024 * 1024;

/** One frame of a watch. */
export type WatchFrame =
  | { readonly type: 'event'; readonly event: KubeEvent }
  /** Deleted, also by its TTL: no delivery, but it carries a version of its own. */
  | { readonly type: 'deleted'; readonly version: string; readonly uid: string }
  | { readonly type: 'bookmark'; readonly version: string }
  /** A metav1.Status, unread. */
  | { readonly type: 'status'; readonly status: unknown }
  | { readonly type: 'malformed'; readonly why: string };

export interface EventCodec {
  /** @throws KubeCheckError API_MALFORMED where the body is no event list. */
  page(body: AsyncIterable<Uint8Array>): Promise<EventPage>;
  /** The frames, together as they arrived: one array a chunk, never empty. A cut last frame is dropped: the stream broke there. */
  frames(body: AsyncIterable<Uint8Array>): AsyncIterable<readonly WatchFrame[]>;
}

/** A frame that only moves the place. `uid` is of what was deleted. */
export function positionFrame(
  type: 'deleted' | 'bookmark',
  { version, uid }: { readonly version: string; readonly uid: string },
): WatchFrame {
  if (!isVersion(version)) return { type: 'malformed', why: `a ${type} frame without version` };
  return type === 'deleted' ? { type, version, uid } : { type, version };
}

/** The body of a page, whole. @throws KubeCheckError API_MALFORMED where it never ends */
export async function readPage(body: AsyncIterable<Uint8Array>): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of body) {
    chunks.push(chunk);
    bytes += chunk.length;
    if (bytes > maxPageBytes) throw malformed(`a page is longer than ${maxPageBytes} bytes`);
  }
  return Buffer.concat(chunks);
}

export function malformed(why: string): KubeCheckError {
  return new KubeCheckError('API_MALFORMED', `events: ${why}`, {
    remedy: 'check proxies between here and the API server',
  });
}
