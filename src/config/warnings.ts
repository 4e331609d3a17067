/** Configurations that are accepted, and surely don't do what they are meant to. */
import { suspects } from '../events/select/suspects.ts';
import type { KubeASCheckConfig } from './config.ts';
import { validateConfig } from './validate.ts';

/** One thing in a configuration that is allowed and suspicious. */
export interface ConfigWarning {
  /** As in code, e.g. `events.filteredEventTypes[1]`. */
  readonly path: string;
  readonly message: string;
  readonly remedy?: string;
}

/**
 * What is allowed in a configuration and surely not meant: that nothing can ever be sent, that an option has no effect, that a selector
 * matches nothing or selects what it looks like leaving out. For hosts that load a configuration before they make a check, which has the
 * same in `warnings`; what concerns events, each report says too. Pure; empty for most.
 * @throws KubeCheckError CONFIG_INVALID for a configuration that is not well-formed
 */
export function configWarnings(config: KubeASCheckConfig): readonly ConfigWarning[] {
  validateConfig(config);
  return warningsOf(config);
}

/** Of a configuration that is known to be well-formed. */
export function warningsOf({ events = false }: KubeASCheckConfig): readonly ConfigWarning[] {
  return events === false ? [] : suspects(events).map(({ path, ...rest }) => ({ path: `events.${path}`, ...rest }));
}
