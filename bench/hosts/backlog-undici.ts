/** A peer, the least that can be done by hand: undici, pages, `JSON.parse`. No retries, no watch, nothing kept. */
import { request } from 'undici';
import { credentials } from '../undici-credentials.ts';
import { startBacklogTally } from './backlog-tally.ts';

interface Page {
  readonly metadata: { readonly continue?: string };
  readonly items: readonly { readonly metadata: { readonly uid: string } }[];
}

const { server, dispatcher, headers } = credentials();
const tally = startBacklogTally();
const { namespace, options } = tally.task;
const path = namespace === undefined ? '/api/v1/events' : `/api/v1/namespaces/${namespace}/events`;
const limit = String(options?.pageSize ?? 500);
let rest: string | undefined;
do {
  const query = { limit, ...(rest ? { continue: rest } : {}) };
  const answer = await request(`${server}${path}`, { query, dispatcher, headers });
  if (answer.statusCode !== 200) throw new Error(`status ${answer.statusCode}`);
  const page = JSON.parse(await answer.body.text()) as Page;
  for (const { metadata } of page.items) tally.see(metadata.uid);
  rest = page.metadata.continue;
} while (rest);
tally.report();
