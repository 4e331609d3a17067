/**
 * One instance of a configuration file as a {@link KubeASCheckConfig}. What was not given is not in the result: defaults are filled in
 * by `resolveConfig` alone. What a later release implements is understood here and refused by `checkConfig`, so that a file's meaning
 * does not depend on the release.
 */
import type { KubeASCheckConfig } from './config.ts';
import { refuseFor } from './issue.ts';
import type { ConfigPath } from './key.ts';
import { names } from './keys.ts';
import { readKeys } from './read-keys.ts';

/**
 * Reads one instance as parsed from YAML or JSON; dotted and nested keys mean the same (`cluster_agent.enabled: true`,
 * `cluster_agent: {enabled: true}`). The input is neither changed nor kept.
 *
 * Event keys without `collect_events: true` are checked and left out, as are the keys of quotas with
 * `collect_openshift_clusterquotas: false`: files of the Agent keep them there.
 *
 * @throws KubeCheckError CONFIG_INVALID: every problem with its path, also in `details.issues`
 */
export function parseInstanceConfig(input: unknown): KubeASCheckConfig {
  const { values, issues } = readKeys(input, 'file');
  refuseFor(issues);
  const config: Level = {};
  for (const [name, value] of values) {
    const key = names.file.keys.get(name);
    if (key === undefined || isSwitchedOff(key.config, values)) continue;
    place(config, key.config, key.inFile === undefined ? value : key.inFile.toConfig(value));
  }
  const bundling = bundlingOf(values.get('unbundle_events'), values.get('bundle_unspecified_events'));
  if (!isSwitchedOff('events.bundling', values)) place(config, 'events.bundling', bundling);
  // Every value has the shape of its place in the table, and the table's places are those of the type.
  return config as KubeASCheckConfig;
}

type Level = Record<string, unknown>;

const isSwitchedOff = (path: ConfigPath, values: ReadonlyMap<string, unknown>): boolean =>
  (path.startsWith('events.') && values.get('collect_events') !== true) ||
  (path.startsWith('quotas.') && values.get('collect_openshift_clusterquotas') === false);

/** The Agent's two keys are one choice here. */
function bundlingOf(unbundle: unknown, bundleUnspecified: unknown): string | undefined {
  if (unbundle === undefined && bundleUnspecified === undefined) return undefined;
  if (unbundle !== true) return 'all';
  return bundleUnspecified === true ? 'unspecified' : 'none';
}

/** Sets a value at a dotted path; a unit switched on (`{}`) keeps what it holds already. */
function place(config: Level, path: ConfigPath, value: unknown): void {
  if (value === undefined) return;
  const parts = path.split('.');
  const last = parts.pop() ?? path;
  let level = config;
  for (const part of parts) level = levelAt(level, part);
  if (typeof value === 'object' && !Array.isArray(value)) levelAt(level, last);
  else level[last] = structuredClone(value);
}

function levelAt(level: Level, part: string): Level {
  const existing = level[part];
  if (typeof existing === 'object' && existing !== null) return existing as Level;
  const made: Level = {};
  level[part] = made;
  return made;
}
