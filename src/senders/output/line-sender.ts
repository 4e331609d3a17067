/**
 * A sender that writes one line an item: buffers on hand-over, formats and writes at the commit.
 * A rejected or aborted commit has forgotten its batch; what was handed over meanwhile stays for the next one.
 */
import type { CheckEvent, MetricSample, Sender, ServiceCheck } from '../../sender.ts';

/** What was handed over, in its order. */
export type Item =
  | { readonly type: 'gauge' | 'count'; readonly sample: MetricSample }
  | { readonly type: 'serviceCheck'; readonly check: ServiceCheck }
  | { readonly type: 'event'; readonly event: CheckEvent };

/** Resolves once the text is safe; rejects with the signal's reason on its abort. Whole lines, each ended. */
export type Write = (text: string, signal: AbortSignal) => Promise<void>;

/** `format` gives one item without a line end; `write` gets a batch as one text. */
export function lineSender(format: (item: Item) => string, write: Write): Sender {
  let batch: Item[] = [];
  return {
    acks: 'written',
    gauge: (sample) => void batch.push({ type: 'gauge', sample }),
    count: (sample) => void batch.push({ type: 'count', sample }),
    serviceCheck: (check) => void batch.push({ type: 'serviceCheck', check }),
    event: (event) => void batch.push({ type: 'event', event }),
    async commit({ signal }) {
      const items = batch;
      batch = [];
      signal.throwIfAborted();
      if (items.length > 0) await write(items.map((item) => `${format(item)}\n`).join(''), signal);
    },
  };
}
