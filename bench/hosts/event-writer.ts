/**
 * Creates the events of a series through the API server at a steady rate, over connections that are kept, and tells when it had the answer to
 * each: microseconds of CLOCK_MONOTONIC, as in lag-tally.ts.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { request } from 'undici';
import { bulkEventObject } from '../../test/envtest/bulk-events.ts';
import { readTask, tellAndEnd } from '../own-process.ts';
import { credentials } from '../undici-credentials.ts';
import { nowUs, type Series } from './lag-tally.ts';

export interface WriterTask extends Series {
  readonly eventsASecond: number;
}

export interface WriterAccount {
  /** By number. */
  readonly answeredUs: readonly number[];
  readonly durationMs: number;
}

const connections = 16;
const paceMs = 1;

const { series, events, eventsASecond } = readTask<WriterTask>();
const { server, dispatcher, headers } = credentials({ connections });
const url = `${server}/api/v1/namespaces/default/events`;

async function create(number: number): Promise<number> {
  const { metadata: _, ...event } = bulkEventObject(number, 'default');
  const body = JSON.stringify({ ...event, metadata: { namespace: 'default', name: `${series}.${number}` } });
  const answer = await request(url, {
    ...{ method: 'POST', dispatcher, body },
    headers: { ...headers, 'content-type': 'application/json' },
  });
  const answeredUs = nowUs();
  if (answer.statusCode !== 201) throw new Error(`event ${number}: ${await answer.body.text()}`);
  await answer.body.dump();
  return answeredUs;
}

const answers: Promise<number>[] = [];
const startedMs = performance.now();
while (answers.length < events) {
  const due = Math.min(events, Math.ceil(((performance.now() - startedMs) * eventsASecond) / 1000));
  while (answers.length < due) answers.push(create(answers.length));
  await sleep(paceMs);
}
const answeredUs = await Promise.all(answers);
const account: WriterAccount = { answeredUs, durationMs: performance.now() - startedMs };
tellAndEnd(account);
