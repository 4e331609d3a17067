/**
 * A peer, and the measure of what JSON costs at all: undici's `request` and `JSON.parse`, nothing else. With a version the lines of a watch,
 * else a list in pages.
 */
import { createInterface } from 'node:readline';
import { type Dispatcher, request } from 'undici';
import { readTask } from '../own-process.ts';
import { credentials } from '../undici-credentials.ts';
import { eventsPath, startTally, type Task } from './tally.ts';

interface Item {
  readonly metadata: { readonly uid: string };
}

interface Page {
  readonly metadata: { readonly continue?: string };
  readonly items: readonly Item[];
}

const task = readTask<Task>();
const { server, dispatcher, headers } = credentials();
const eventsUrl = `${server}${eventsPath(task)}`;
const tally = startTally(task);

async function get(query: Readonly<Record<string, string>>): Promise<Dispatcher.ResponseData['body']> {
  const { statusCode, body } = await request(eventsUrl, { query, dispatcher, headers });
  if (statusCode !== 200) throw new Error(`status ${statusCode}: ${await body.text()}`);
  return body;
}

async function list(limit: string): Promise<void> {
  let more = '';
  do {
    const page: Page = JSON.parse(await (await get({ limit, continue: more })).text());
    for (const event of page.items) tally.see(event.metadata.uid);
    more = page.metadata.continue ?? '';
  } while (more !== '');
}

async function watch(resourceVersion: string): Promise<void> {
  const lines = createInterface(await get({ watch: '1', resourceVersion }));
  lines.on('line', (line) => {
    const frame: { readonly type: string; readonly object: Item } = JSON.parse(line);
    if (frame.type !== 'ADDED') throw new Error(line);
    tally.see(frame.object.metadata.uid);
    if (tally.isComplete()) lines.close();
  });
  await new Promise((resolve) => lines.once('close', resolve));
}

await (task.resourceVersion === undefined ? list(String(task.pageSize ?? 500)) : watch(task.resourceVersion));
tally.report();
