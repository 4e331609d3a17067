/**
 * The port to what is known of other objects: a store of plain facts, answered from memory. Who fetches them, how long they are kept and
 * what a failure means is decided behind it; whether to ask, and whether an answer is about the same object, is decided by the transforms.
 */

/**
 * Facts known at this moment. undefined: unknown, or no such object. A uid is what the event says, or empty: events of one batch may be
 * about two objects that had a name one after the other.
 */
export interface ObjectLookups {
  pod(namespace: string, name: string, uid: string): PodFacts | undefined;
  node(name: string): NodeFacts | undefined;
  job(namespace: string, name: string, uid: string): JobFacts | undefined;
}

export interface PodFacts {
  readonly uid: string;
  /** spec.nodeName: empty until it is scheduled. */
  readonly nodeName: string;
}

export interface NodeFacts {
  /** spec.providerID, such as `aws:///eu-west-1a/i-0abc`; empty if there is none. */
  readonly providerId: string;
}

export interface JobFacts {
  readonly uid: string;
  readonly ownerReferences: readonly {
    readonly apiVersion: string;
    readonly kind: string;
    readonly name: string;
    readonly controller: boolean;
  }[];
}

/** Knows nothing: events then say only what they hold themselves. */
export const noLookups: ObjectLookups = { pod: () => undefined, node: () => undefined, job: () => undefined };

/** An object made anew under the same name (a StatefulSet's pod) is another one; an event that names no uid can't tell. */
export function isSameObject(uid: string, foundUid: string): boolean {
  return uid === '' || uid === foundUid;
}
