/**
 * What every door of the library asks of a configuration before it does anything with it. Types do not bind a host that is written in
 * JavaScript, so a configuration from code is checked against the same table of keys as a file.
 */
import type { KubeASCheckConfig } from './config.ts';
import { type ConfigIssue, refuseFor } from './issue.ts';
import { notYetIssues } from './not-yet.ts';
import { readKeys } from './read-keys.ts';

/**
 * Well-formed, whatever the release: unknown properties, wrong types and values out of range are refused. An undefined property is absent.
 * @throws KubeCheckError CONFIG_INVALID: every problem with its path (`events.pageSize`), also in `details.issues`
 */
export function validateConfig(config: KubeASCheckConfig): void {
  refuseFor(malformed(config));
}

/**
 * Well-formed, and nothing in it that this release cannot do yet.
 * @throws KubeCheckError CONFIG_INVALID: every problem with its path, also in `details.issues`
 */
export function checkConfig(config: KubeASCheckConfig): void {
  refuseFor(merged(malformed(config), notYetIssues(config)));
}

/**
 * The same without leadership, which is no affair of units that a host runs by itself: `checkUnits({ events: options })`.
 * @throws KubeCheckError CONFIG_INVALID
 */
export function checkUnits(config: KubeASCheckConfig): void {
  const early = notYetIssues(config).filter(({ path }) => !path.startsWith('leader.'));
  refuseFor(merged(malformed(config), early));
}

const malformed = (config: KubeASCheckConfig): readonly ConfigIssue[] => readKeys(config, 'config').issues;

/** A value that is wrong already is not also called early. */
const merged = (wrong: readonly ConfigIssue[], early: readonly ConfigIssue[]): readonly ConfigIssue[] => [
  ...wrong,
  ...early.filter(({ path }) => !wrong.some((issue) => issue.path === path)),
];
