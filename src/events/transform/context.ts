/** What a batch of events is transformed with: the run's ports, and what is asked of them once a batch. */
import { textOf } from '../../errors.ts';
import type { ObjectRef } from '../../sender.ts';
import type { TagProvider } from '../../tag-provider.ts';
import { hostSuffix } from './host.ts';
import type { ObjectLookups } from './lookups.ts';
import { printableTag } from './printable.ts';
import { wellFormed } from './text.ts';

/** The ports of a run. */
export interface TransformPorts {
  readonly lookups: ObjectLookups;
  readonly tagProvider: TagProvider;
  warn(message: string): void;
}

export interface TransformContext {
  readonly lookups: ObjectLookups;
  /** What follows a node's name in a host name. */
  readonly hostSuffix: string;
  readonly globalTags: readonly string[];
  /** The tag provider's answer about an object; never throws. */
  tagsOf(object: ObjectRef): readonly string[];
}

export function transformContext(ports: TransformPorts, clusterName: string): TransformContext {
  const { lookups, tagProvider } = ports;
  return {
    lookups,
    hostSuffix: hostSuffix(clusterName),
    globalTags: globalTags(ports),
    tagsOf:
      tagProvider.objectTags === undefined
        ? () => noTags
        : (object) => guardedTags(() => tagProvider.objectTags?.(object), ports),
  };
}

/** The provider's tags of everything; never throws. */
export const globalTags = (ports: Pick<TransformPorts, 'tagProvider' | 'warn'>): readonly string[] =>
  guardedTags(() => ports.tagProvider.globalTags?.(), ports);

const noTags: readonly string[] = [];

/** A provider is the host's code: it may throw, or answer something else than texts. That costs its tags, never the event. */
function guardedTags(
  ask: () => readonly string[] | undefined,
  { warn }: Pick<TransformPorts, 'warn'>,
): readonly string[] {
  try {
    const tags = ask() ?? noTags;
    return tags.length === 0 ? noTags : tags.map((tag) => printableTag(wellFormed(tag)));
  } catch (error) {
    warn(`the tag provider failed, so events go without its tags: ${textOf(error)}`);
    return noTags;
  }
}
