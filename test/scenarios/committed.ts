/** What is in the file of a json-lines sender: the source events, in the order of their commits, as often as they are there. */
import { existsSync, readFileSync } from 'node:fs';
import type { CheckEvent } from '../../src/index.ts';

/** Their ids. A torn last line is not there. */
export function committedIds(path: string): readonly string[] {
  if (!existsSync(path)) return [];
  const whole = readFileSync(path, 'utf8').split('\n').slice(0, -1);
  return whole
    .map((line) => JSON.parse(line) as { readonly type: string } & CheckEvent)
    .flatMap((item) => (item.type === 'event' ? item.sources.map(({ id }) => id) : []));
}

export function timesEach(ids: readonly string[]): ReadonlyMap<string, number> {
  const times = new Map<string, number>();
  for (const id of ids) times.set(id, (times.get(id) ?? 0) + 1);
  return times;
}

/** The resource version in an id. */
export const versionOf = (id: string): string => id.slice(id.lastIndexOf(':') + 1);
