/** What of a list's page is wanted. Pure. */
import { isNewer } from '../kube/version.ts';
import type { KubeEvent } from '../kube/wire/event.ts';

export interface Wanted {
  readonly events: readonly KubeEvent[];
  /** Not newer than `since`: dealt with before. */
  readonly repeated: number;
}

/** What is newer than the list's first page comes again by the watch, and would be twice. */
export function wantedOf(page: readonly KubeEvent[], since: string | undefined, first: string): Wanted {
  const upTo = page.filter(({ version }) => !isNewer(version, first));
  const events = since === undefined ? upTo : upTo.filter(({ version }) => isNewer(version, since));
  return { events, repeated: upTo.length - events.length };
}
