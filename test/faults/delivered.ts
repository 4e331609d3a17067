/** The files of the processes under test, read back: lines as senders/json-lines writes them, each batch behind a line that says whose it is. */
import { existsSync, readFileSync } from 'node:fs';
import type { CheckEvent, MetricSample } from '../../src/index.ts';

export interface Delivery {
  readonly id: string;
  readonly process: string;
  /** When its batch was begun to be handed over. */
  readonly atMs: number;
}

/** The first line of each batch: a gauge, as the file has no other place for it. */
export const batchMark = 'fault-run.batch';

const processTag = 'process:';

export const markOf = (process: string, atMs: number): MetricSample => ({
  name: batchMark,
  value: atMs,
  tags: [`${processTag}${process}`],
});

type Line = { readonly type: string } & (MetricSample | CheckEvent);

/** A torn last line is not there. */
export function readDeliveries(path: string): readonly Delivery[] {
  if (!existsSync(path)) return [];
  const deliveries: Delivery[] = [];
  let mark: Omit<Delivery, 'id'> | undefined;
  for (const text of readFileSync(path, 'utf8').split('\n').slice(0, -1)) {
    const line = JSON.parse(text) as Line;
    if ('name' in line && line.name === batchMark) {
      mark = { process: (line.tags?.[0] ?? '').slice(processTag.length), atMs: line.value };
    } else if ('sources' in line) {
      if (mark === undefined) throw new Error(`${path}: an event before the first mark of a batch`);
      for (const { id } of line.sources) deliveries.push({ id, ...mark });
    }
  }
  return deliveries;
}
