/** What the server holds: every event of the cluster, read as an administrator, page by page. */
import assert from 'node:assert/strict';
import type { ControlPlane } from '../envtest/control-plane.ts';
import { ADMIN } from '../envtest/credentials.ts';

export interface Held {
  /** `<uid>:<resourceVersion>` */
  readonly id: string;
  /** Namespace and name. */
  readonly object: string;
}

interface Page {
  readonly metadata: { readonly continue?: string };
  readonly items: readonly {
    readonly metadata: {
      readonly uid: string;
      readonly resourceVersion: string;
      readonly namespace: string;
      readonly name: string;
    };
  }[];
}

export async function listHeld(plane: Pick<ControlPlane, 'request'>): Promise<readonly Held[]> {
  const held: Held[] = [];
  let rest: string | undefined;
  do {
    const next = rest === undefined ? '' : `&continue=${encodeURIComponent(rest)}`;
    const { status, body } = await plane.request<Page>(ADMIN, 'GET', `/api/v1/events?limit=5000${next}`);
    assert.equal(status, 200, JSON.stringify(body));
    for (const { metadata } of body.items) {
      const { uid, resourceVersion, namespace, name } = metadata;
      held.push({ id: `${uid}:${resourceVersion}`, object: `${namespace}/${name}` });
    }
    rest = body.metadata.continue;
  } while (rest);
  return held;
}
