/**
 * A namespace that does not exist is 200 and silence to whoever may read the whole cluster. So while nothing comes it is looked for; where
 * the right to look is missing nobody is asked again, as reading its events needs no such right.
 */
import { isKubeCheckError } from '../errors.ts';
import type { UnitContext } from '../unit.ts';

/** To be called while nothing comes. Warns, never rejects. */
export function namespaceCheck(namespace: string | undefined): (context: UnitContext) => Promise<void> {
  let settled = namespace === undefined;
  return async ({ api, signal, warn }) => {
    if (settled || namespace === undefined) return;
    try {
      await api.json({ path: `/api/v1/namespaces/${encodeURIComponent(namespace)}`, signal });
      settled = true;
    } catch (error) {
      if (isKubeCheckError(error, 'API_ABSENT'))
        warn(`the namespace "${namespace}" does not exist: there are no events to collect until it does`);
      else settled = isKubeCheckError(error, 'API_DENIED');
    }
  };
}
