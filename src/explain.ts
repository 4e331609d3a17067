/** What becomes of an event under a configuration, for hosts and people who ask before anything is sent. */
import { checkUnits } from './config/validate.ts';
import type { EventCollectorOptions } from './events/options.ts';
import { type Explanation, explainerOf } from './events/select/explain.ts';

/**
 * Why an event would be told, alone or in a bundle, or left out: the rules that are looked at, in order, and which one decides. Nothing is
 * sent or stored. It asks the decision that {@link eventCollector} asks; of what the API server decides (`filteredEventTypes`, `namespaces`)
 * it says what the server would. It does not look at `startFrom`, and not at what other events do: whether a repeat is folded.
 * @param event - an Event of core/v1 as JSON, as `kubectl get events -o json` lists them. Anything else is explained as `malformed`
 * @param config - as given to {@link eventCollector}. @defaultValue `{}`
 * @throws KubeCheckError CONFIG_INVALID
 */
export const explain = (event: unknown, config: EventCollectorOptions = {}): Explanation => explainer(config)(event);

/**
 * {@link explain} for many events: the configuration is checked and compiled once. What is returned never throws.
 * @param config - as given to {@link eventCollector}. @defaultValue `{}`
 * @throws KubeCheckError CONFIG_INVALID
 */
export function explainer(config: EventCollectorOptions = {}): (event: unknown) => Explanation {
  checkUnits({ events: config });
  return explainerOf(config);
}
