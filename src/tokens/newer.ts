/** Which of two tokens stays when both want to: the rule that keeps a stored token from going back. */
import { isNewer, isVersion } from '../kube/version.ts';
import type { Token } from '../token-store.ts';

/** At equal versions the incoming one stays: it may be further in its list, or know more of what was read. What can't be read gives way to what can. */
export function newerToken(stored: Token | undefined, incoming: Token): Token {
  if (stored === undefined || !isVersion(stored.resourceVersion)) return incoming;
  if (!isVersion(incoming.resourceVersion)) return stored;
  return isNewer(stored.resourceVersion, incoming.resourceVersion) ? stored : incoming;
}
