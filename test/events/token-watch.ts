/** A token store that fails the test when a stored token goes back without having been removed. */
import assert from 'node:assert/strict';
import { isNewer, isVersion } from '../../src/kube/version.ts';
import type { TokenStore } from '../../src/token-store.ts';

export function neverBack(store: TokenStore): TokenStore {
  let highest: string | undefined;
  return {
    load: (...asked) => store.load(...asked),
    async save(...asked) {
      const kept = await store.save(...asked);
      const { resourceVersion } = kept;
      if (highest !== undefined)
        assert.ok(
          isVersion(resourceVersion) && !isNewer(highest, resourceVersion),
          `${resourceVersion} after ${highest}`,
        );
      if (isVersion(resourceVersion)) highest = resourceVersion;
      return kept;
    },
    async remove(...asked) {
      await store.remove(...asked);
      highest = undefined;
    },
  };
}
