/** What a check adds to what passes through it: configured tags. */
import { textOf } from './errors.ts';
import type { CheckEvent, MetricSample, Sender, ServiceCheck } from './sender.ts';
import type { TagProvider } from './tag-provider.ts';

/** Configured tags on everything. What has them all stays the same object: an event of the event collector may be a retry. */
export function taggedSender(sender: Sender, tags: readonly string[]): Sender {
  if (tags.length === 0) return sender;
  const tagged = <T extends MetricSample | ServiceCheck | CheckEvent>(item: T): T => {
    const missing = tags.filter((tag) => !item.tags?.includes(tag));
    return missing.length === 0 ? item : { ...item, tags: [...(item.tags ?? []), ...missing] };
  };
  return {
    ...(sender.acks === undefined ? {} : { acks: sender.acks }),
    gauge: (sample) => sender.gauge(tagged(sample)),
    count: (sample) => sender.count(tagged(sample)),
    serviceCheck: (check) => sender.serviceCheck(tagged(check)),
    event: (event) => sender.event(tagged(event)),
    commit: (options) => sender.commit(options),
  };
}

/** Configured tags before those of the provider; where the provider fails they stay, and the failure is warned of. */
export function withGlobalTags(
  provider: TagProvider,
  tags: readonly string[],
  warn: (message: string) => void,
): TagProvider {
  if (tags.length === 0) return provider;
  return {
    globalTags() {
      try {
        return [...tags, ...(provider.globalTags?.() ?? [])];
      } catch (error) {
        warn(`the tag provider failed, so events go without its tags: ${textOf(error)}`);
        return tags;
      }
    },
    ...(provider.objectTags ? { objectTags: (object) => provider.objectTags?.(object) ?? [] } : {}),
  };
}
