/**
 * A Sender of one's own, as one would run it in production: everything between two commits is one HTTP POST, and the commit resolves
 * when the destination has said that it keeps it.
 *
 *     node examples/custom-sender.ts [URL]
 *
 * Does one run and posts to URL, to `INTAKE_URL`, or to http://127.0.0.1:8080/. A token in `INTAKE_TOKEN` is sent as a bearer token.
 */
import { EventsRejectedError, formatReport, KubeASCheck, type Sender } from 'kube-apiserver-check';

export interface HttpSenderOptions {
  readonly url: string;
  /** For example `authorization`. They occur in no message. */
  readonly headers?: Readonly<Record<string, string>>;
}

/**
 * Posts `{ "items": [...] }`, each item with its `type` and the fields of what was handed over. The destination answers 2xx once it keeps
 * all of it; 422 with `{ "refused": [ids] }` if it will never take certain events, and anything else if it may take the batch later.
 *
 * A batch that was kept though we did not hear of it (the answer was lost, or came too late) comes again: the destination tells events
 * apart by `sources[].id`, which is the same each time.
 */
export function httpSender({ url, headers = {} }: HttpSenderOptions): Sender {
  let items: object[] = [];
  const take = (type: string) => (fields: object) => void items.push({ type, ...fields });
  return {
    acks: 'accepted',
    gauge: take('gauge'),
    count: take('count'),
    serviceCheck: take('serviceCheck'),
    event: take('event'),
    async commit({ signal }) {
      // Taken before anything is awaited: what is handed over from here on belongs to the next commit, and a failed batch is forgotten.
      const batch = items;
      items = [];
      if (batch.length === 0) return;
      const answer = await fetch(url, {
        method: 'POST',
        headers: { ...headers, 'content-type': 'application/json' },
        body: JSON.stringify({ items: batch }),
        redirect: 'error',
        signal,
      });
      if (answer.status === 422) throw await refusal(answer);
      // An unread body would keep its connection from being used again.
      await answer.body?.cancel();
      if (!answer.ok) throw new Error(`the intake answered ${answer.status}`);
    },
  };
}

async function refusal(answer: Response): Promise<Error> {
  const { refused } = (await answer.json().catch(() => ({}))) as { readonly refused?: unknown };
  const ids = Array.isArray(refused) ? refused.filter((id) => typeof id === 'string') : [];
  return ids.length > 0 ? new EventsRejectedError(ids) : new Error('the intake answered 422 and names no event');
}

async function main(): Promise<void> {
  const { INTAKE_URL: url = 'http://127.0.0.1:8080/', INTAKE_TOKEN: token } = process.env;
  const sender = httpSender({
    url: process.argv[2] ?? url,
    ...(token === undefined ? {} : { headers: { authorization: `Bearer ${token}` } }),
  });
  const check = new KubeASCheck({ sender, config: { leader: { skip: true }, events: {} } });
  try {
    const report = await check.run();
    console.log(formatReport(report));
    if (!report.ok) process.exitCode = 1;
  } finally {
    await check.stop();
  }
}

if (process.argv[1] === import.meta.filename) await main();
