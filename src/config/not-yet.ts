/**
 * What a configuration may ask for and a later release will do. It is refused until then, never ignored: a row goes when its feature
 * comes. An unsuited value is left to `validateConfig`.
 */
import type { KubeASCheckConfig } from './config.ts';
import { type ConfigIssue, isMapping, refuseFor } from './issue.ts';
import type { ConfigPath } from './key.ts';
import { keys } from './keys.ts';

interface NotYet {
  readonly path: ConfigPath;
  /** Whether this value asks for what is missing. */
  readonly refuses: (value: unknown, config: unknown) => boolean;
  readonly what: string;
  readonly remedy: string;
}

const given = (value: unknown): boolean => value !== undefined;
const filled = (value: unknown): boolean => Array.isArray(value) && value.length > 0;
const several = (value: unknown): boolean => Array.isArray(value) && value.length > 1;
const is = (refused: unknown) => (value: unknown) => value === refused;

const leaveOut = 'leave it out';

/** The rows, in the order of the table of keys. */
export const notYet: readonly NotYet[] = [
  {
    path: 'leader.enabled',
    // On by default, so silence asks for it too; not where every run is skipped anyway.
    refuses: (value, config) =>
      value !== false && valueAt(config, 'leader.skip') !== true && valueAt(config, 'clusterAgentEnabled') !== true,
    what: 'leader election (on, unless it is skipped)',
    remedy: 'run one replica with `leader: { skip: true }`, in a file `skip_leader_election: true`',
  },
  { path: 'leader.leaseName', refuses: given, what: 'leader election', remedy: leaveOut },
  { path: 'leader.leaseDurationMs', refuses: given, what: 'leader election', remedy: leaveOut },
  { path: 'leader.identity', refuses: given, what: 'leader election', remedy: leaveOut },
  {
    path: 'quotas.namespaceQuotas',
    refuses: is(true),
    what: 'quotas of namespaces',
    remedy: leaveOut,
  },
  { path: 'events.mode', refuses: is('watch'), what: 'watch mode', remedy: 'use "poll"' },
  { path: 'events.batchWindowMs', refuses: given, what: 'watch mode', remedy: leaveOut },
  { path: 'events.wire', refuses: is('protobuf'), what: 'the protobuf encoding', remedy: 'use "auto"' },
  { path: 'events.namespaces', refuses: several, what: 'more than one namespace', remedy: 'use one, or leave it out' },
  { path: 'events.excludeNamespaces', refuses: filled, what: 'leaving namespaces out', remedy: leaveOut },
  { path: 'events.filteredEventTypes', refuses: filled, what: 'field selectors', remedy: leaveOut },
  { path: 'events.query', refuses: given, what: 'a query', remedy: leaveOut },
  {
    path: 'events.foldRepeatsMs',
    refuses: (value) => typeof value === 'number' && value > 0,
    what: 'folding repeats',
    remedy: 'use 0',
  },
  { path: 'events.onRejected', refuses: is('quarantine'), what: 'quarantine', remedy: 'use "block"' },
];

/** One issue for each thing asked for too early; its message begins with `not yet`. */
export function notYetIssues(config: KubeASCheckConfig): readonly ConfigIssue[] {
  return notYet
    .filter(({ path, refuses }) => refuses(valueAt(config, path), config))
    .map(({ path, what, remedy }) => ({
      path,
      message: `not yet: ${what} comes with a later release${inFile(path)}`,
      remedy,
    }));
}

/** @throws KubeCheckError CONFIG_INVALID: `not yet`, for each thing that a later release implements */
export function refuseNotYet(config: KubeASCheckConfig): void {
  refuseFor(notYetIssues(config));
}

/** Also of what is no configuration at all: other checks tell of that. */
function valueAt(config: unknown, path: string): unknown {
  let value = config;
  for (const part of path.split('.')) value = isMapping(value) && Object.hasOwn(value, part) ? value[part] : undefined;
  return value;
}

function inFile(path: ConfigPath): string {
  const file = keys.find((key) => key.config === path)?.file;
  return file === undefined ? '' : `; in a file: \`${file}\``;
}
