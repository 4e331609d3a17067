/** The identity of a check event, made of what it tells of: equal sources, equal id, in whatever order they came. */
import type { SourceEvent } from '../../sender.ts';

/** One source: its id. Several: the SHA-256 (hex) of their ids, sorted, one a line. */
export function checkEventId(sources: readonly [SourceEvent, ...SourceEvent[]]): string {
  if (sources.length === 1) return sources[0].id;
  const ids = sources.map((source) => source.id).sort();
  return process.getBuiltinModule('node:crypto').hash('sha256', ids.join('\n'), 'hex');
}
