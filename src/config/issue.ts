/**
 * What is wrong with a configuration, one entry a place, and the one error that carries all of it. Keys and values come from a file
 * that anyone may have written: both are escaped and cut before they are quoted.
 */
import { KubeCheckError } from '../errors.ts';
import { quoted } from '../quoted.ts';

/** One problem, as it stands in `details.issues` of a CONFIG_INVALID error. */
export interface ConfigIssue {
  /** As the configuration spells it, e.g. `collected_event_types[0].kind`. Empty: the configuration as a whole. */
  readonly path: string;
  readonly message: string;
  readonly remedy?: string;
}

/** @throws KubeCheckError CONFIG_INVALID with every issue, if there is any */
export function refuseFor(issues: readonly ConfigIssue[]): void {
  if (issues.length === 0) return;
  const lines = issues.map(sentence);
  throw new KubeCheckError(
    'CONFIG_INVALID',
    lines.length === 1
      ? `configuration refused: ${lines[0]}`
      : `configuration refused, ${lines.length} problems:\n- ${lines.join('\n- ')}`,
    { details: { issues }, remedy: 'docs/configuration.md lists every key with its unit, range and default' },
  );
}

function sentence({ path, message, remedy }: ConfigIssue): string {
  const said = path === '' || message.startsWith(`invalid ${path} `) ? message : `${path}: ${message}`;
  return remedy === undefined ? said : `${said} (${remedy})`;
}

/** A value in a few words; a text is escaped and cut, a collection is only named. */
export function describe(value: unknown): string {
  if (typeof value === 'string') return quoted(value);
  if (value === undefined) return 'nothing';
  if (value === null || typeof value === 'number' || typeof value === 'boolean') return String(value);
  if (Array.isArray(value)) return 'a list';
  if (isMapping(value)) return 'a mapping';
  return typeof value === 'object' ? 'an object of a class' : `a ${typeof value}`;
}

/** A key as it may stand in a message: odd ones are escaped and cut. */
export function printable(key: string): string {
  return /^[\w.[\]-]{1,80}$/.test(key) ? key : quoted(key);
}

/** A plain object, as YAML and JSON readers make them: no list, no Map, no instance of a class. */
export function isMapping(value: unknown): value is Readonly<Record<string, unknown>> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === null || Object.getPrototypeOf(prototype) === null;
}
