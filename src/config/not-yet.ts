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

const is = (refused: unknown) => (value: unknown) => value === refused;

/** The rows, in the order of the table of keys. */
export const notYet: readonly NotYet[] = [
  {
    path: 'quotas.namespaceQuotas',
    refuses: is(true),
    what: 'quotas of namespaces',
    remedy: 'leave it out',
  },
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
