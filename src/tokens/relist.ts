/** The stored place of an unfinished list, read back: what is not one is none, and the list starts over. */
import { isVersion } from '../kube/version.ts';
import { record } from '../kube/wire/json-value.ts';
import type { RelistPlace } from '../token-store.ts';

export function parseRelist(value: unknown): RelistPlace | undefined {
  const place = record(value);
  const { continueToken, resourceVersion, since, selector } = place ?? {};
  if (typeof continueToken !== 'string' || continueToken === '') return undefined;
  if (typeof resourceVersion !== 'string' || !isVersion(resourceVersion)) return undefined;
  if (since !== undefined && (typeof since !== 'string' || !isVersion(since))) return undefined;
  return {
    continueToken,
    resourceVersion,
    ...(since === undefined ? {} : { since }),
    ...(typeof selector === 'string' && selector !== '' ? { selector } : {}),
  };
}
