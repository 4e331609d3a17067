/** Bytes become pages and frames behind this port, so that nothing above ever sees bytes or a wire format. */
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
  /** For the Accept header of lists and watches. */
  readonly accept: string;
  /** @throws KubeCheckError API_MALFORMED where the body is no event list. */
  page(body: AsyncIterable<Uint8Array>): Promise<EventPage>;
  /** The frames, together as they arrived: one array a chunk, never empty. A cut last frame is dropped: the stream broke there. */
  frames(body: AsyncIterable<Uint8Array>): AsyncIterable<readonly WatchFrame[]>;
}
