/**
 * A dry run: which events a configuration would send, and by which rule the others are left out. Nothing is sent, and nothing is written.
 *
 *     node examples/explain.ts [FILE] [--config FILE] [--event NAMESPACE/NAME]
 *
 * FILE is what `kubectl get events -A -o json` prints; without it the events of the cluster that KUBECONFIG names are listed. `--config` is
 * an instance configuration, in JSON. `--event` explains one event, rule by rule. Reading a cluster takes the right to list events.
 */
import { readFile } from 'node:fs/promises';
import { parseArgs } from 'node:util';
import {
  createKubeApi,
  type EventCollectorOptions,
  type Explanation,
  explainer,
  isKubeCheckError,
  parseInstanceConfig,
} from 'kube-apiserver-check';

interface EventList {
  readonly items?: readonly unknown[] | null;
  readonly metadata?: { readonly continue?: string };
}

/** What a user gave is wrong: the message says what. */
class WrongInput extends Error {}

async function main(args: readonly string[]): Promise<void> {
  const { file, config, event: wanted } = parsed(args);
  const options = config === undefined ? {} : await eventOptions(config);
  const explain = explainer(options);
  const counts = new Map<string, number>();
  let [total, found] = [0, 0];
  for await (const event of file === undefined ? listed(options.namespaces) : itemsOf(await readJson(file), file)) {
    const explanation = explain(event);
    const outcome = `${explanation.kept ? `kept, ${explanation.told}` : 'left out'}: ${explanation.rule}`;
    counts.set(outcome, (counts.get(outcome) ?? 0) + 1);
    total += 1;
    if (wanted === undefined || nameOf(event) !== wanted) continue;
    found += 1;
    console.log(told(wanted, explanation));
  }
  console.log(`${total} events`);
  for (const [outcome, count] of [...counts].sort(([, a], [, b]) => b - a))
    console.log(`${String(count).padStart(8)}  ${outcome}`);
  if (wanted !== undefined && found === 0) throw new WrongInput(`there is no event ${wanted}`);
}

function told(name: string, { steps, kept, told: how, sourceType }: Explanation): string {
  const verdict = kept ? `kept, ${how}, as of ${sourceType}` : 'left out';
  return [
    `${name}: ${verdict}`,
    ...steps.map(({ rule, says, why }) => `  ${rule.padEnd(22)}${says.padEnd(12)}${why}`),
    '',
  ]
    .map(escaped)
    .join('\n');
}

/** What the cluster says must not drive a terminal. */
const escaped = (text: string): string =>
  text.replace(/[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/gu, (unseen) => `\\u{${unseen.codePointAt(0)?.toString(16) ?? ''}}`);

function nameOf(event: unknown): string | undefined {
  const { metadata } = (event ?? {}) as {
    readonly metadata?: { readonly namespace?: unknown; readonly name?: unknown };
  };
  return metadata ? `${metadata.namespace}/${metadata.name}` : undefined;
}

/** Page by page, so that a cluster of any size costs the memory of a page; only where the configuration would read. */
async function* listed(namespaces: readonly string[] | undefined): AsyncGenerator<unknown> {
  const api = createKubeApi();
  const paths = namespaces?.map((namespace) => `/api/v1/namespaces/${namespace}/events`) ?? ['/api/v1/events'];
  for (const path of paths) {
    let place: string | undefined;
    do {
      const query = { limit: '500', ...(place === undefined ? {} : { continue: place }) };
      const page = (await api.json({ path, query, signal: AbortSignal.timeout(30_000) })) as EventList;
      yield* page.items ?? [];
      place = page.metadata?.continue || undefined;
    } while (place !== undefined);
  }
}

function itemsOf(list: unknown, file: string): readonly unknown[] {
  const { items } = (list ?? {}) as EventList;
  if (!Array.isArray(items))
    throw new WrongInput(`${file} is no list of events: kubectl get events -A -o json makes one`);
  return items;
}

async function eventOptions(file: string): Promise<EventCollectorOptions> {
  const { events } = parseInstanceConfig(await readJson(file));
  if (!events) throw new WrongInput(`${file} collects no events: set collect_events to true`);
  return events;
}

async function readJson(file: string): Promise<unknown> {
  try {
    return JSON.parse(await readFile(file, 'utf8'));
  } catch (error) {
    throw new WrongInput(`${file} can't be read as JSON: ${error instanceof Error ? error.message : error}`);
  }
}

function parsed(args: readonly string[]) {
  try {
    const options = { config: { type: 'string' }, event: { type: 'string' } } as const;
    const { values, positionals } = parseArgs({ args: [...args], options, allowPositionals: true });
    if (positionals.length > 1) throw new Error('give one FILE at most');
    return { ...values, file: positionals[0] };
  } catch (error) {
    throw new WrongInput(error instanceof Error ? error.message : String(error));
  }
}

try {
  await main(process.argv.slice(2));
} catch (error) {
  if (!(error instanceof WrongInput) && !isKubeCheckError(error)) throw error;
  console.error(escaped(error.message));
  process.exitCode = isKubeCheckError(error, 'CONFIG_INVALID') || error instanceof WrongInput ? 2 : 1;
}
