/** The stored place of an unfinished list, read back: what is not one is none, and the list starts over. */
import { isVersion } from '../kube/version.ts';
import { record } from '../kube/wire/json-value.ts';
import type { RelistPlace } from '../token-store.ts';

const causes = ['hollow', 'resync', 'rewound', 'unreadable-token'] as const satisfies readonly RelistPlace['cause'][];

/** It may be text that never was a version, and is repeated in messages: at length it is not worth keeping. */
const longestFrom = 100;

export function parseRelist(value: unknown): RelistPlace | undefined {
  const place = record(value);
  const { continueToken, resourceVersion, since, selector, from } = place ?? {};
  if (typeof continueToken !== 'string' || continueToken === '') return undefined;
  if (typeof resourceVersion !== 'string' || !isVersion(resourceVersion)) return undefined;
  if (since !== undefined && (typeof since !== 'string' || !isVersion(since))) return undefined;
  const cause = causes.find((one) => one === place?.['cause']);
  return {
    continueToken,
    resourceVersion,
    ...(since === undefined ? {} : { since }),
    ...(typeof selector === 'string' && selector !== '' ? { selector } : {}),
    ...(cause === undefined ? {} : { cause }),
    ...(typeof from === 'string' && from.length <= longestFrom ? { from } : {}),
  };
}
