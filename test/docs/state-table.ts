/** The transitions of src/watch/state.ts as a table of Markdown, found by putting each input to each state. */
import { type ErrorCode, errorCodes, KubeCheckError } from '../../src/errors.ts';
import { type Step, step, type WatchInput, type WatchState } from '../../src/watch/state.ts';

const place = { continueToken: 'next', first: '100' };

/** One of each, and two of listing, which differ in what they have to lose. */
const states: readonly (readonly [name: string, state: WatchState])[] = [
  ['locating', { at: 'locating' }],
  ['listing, first page', { at: 'listing', cause: 'resync', since: '50' }],
  ['listing, further on', { at: 'listing', cause: 'resync', since: '50', place }],
  ['guarding', { at: 'guarding', version: '50' }],
  ['opening', { at: 'opening', version: '50', hollow: 0 }],
  ['streaming', { at: 'streaming', version: '50', hollow: 0 }],
  ['settled', { at: 'settled', version: '50' }],
];

type Rule = readonly [name: string, input: WatchInput, from?: (state: WatchState) => WatchState];

/** As after a first hollow close. */
const secondHollow = (state: WatchState): WatchState => ('hollow' in state ? { ...state, hollow: 1 } : state);

const answers: readonly Rule[] = [
  ['`page`, more follow', { type: 'page', version: '100', continueToken: 'next' }],
  ['`page`, more follow, older than what was read before', { type: 'page', version: '40', continueToken: 'next' }],
  ['`page`, the last', { type: 'page', version: '100' }],
  ['`held`', { type: 'held' }],
  ['`rewritten`', { type: 'rewritten' }],
  ['`opened`', { type: 'opened' }],
  ['`moved`', { type: 'moved', version: '60' }],
  ['`closed`', { type: 'closed', hollow: false }],
  ['`closed`, hollow', { type: 'closed', hollow: true }],
  ['`closed`, hollow again', { type: 'closed', hollow: true }, secondHollow],
  ['`silent`, poll mode', { type: 'silent', end: 'settle' }],
  ['`silent`, watch mode', { type: 'silent', end: 'reopen' }],
];

const failed = (code: ErrorCode, details = {}): WatchInput => ({
  type: 'failed',
  error: new KubeCheckError(code, 'a failure', { details }),
});

/** Codes with the same consequences share a row; those of most codes are called "any other". */
function failures(): readonly Rule[] {
  const codes = Object.keys(errorCodes) as ErrorCode[];
  const alike = new Map<string, ErrorCode[]>();
  for (const code of codes) {
    const consequences = rowOf(['', failed(code)]).join();
    alike.set(consequences, [...(alike.get(consequences) ?? []), code]);
  }
  const [others = []] = [...alike.values()].sort((a, b) => b.length - a.length);
  const rules = [...alike.values()]
    .filter((group) => group !== others)
    .map((group): Rule => [group.map((code) => `\`${code}\``).join(', '), failed(group[0]!)]);
  const renewed: Rule = ['`API_GONE` with a fresh continue token', failed('API_GONE', { continue: 'fresh' })];
  return [...rules, renewed, ['any other failure', failed(others[0]!)]];
}

export function stateTable(): string {
  const head = ['input', ...states.map(([name]) => name)];
  const rows = [...answers, ...failures()].map(rowOf);
  return [head, head.map(() => '---'), ...rows].map((cells) => `| ${cells.join(' | ')} |`).join('\n');
}

const rowOf = ([name, input, from = (state) => state]: Rule): readonly string[] => [
  name,
  ...states.map(([, state]) => consequence(from(state), input)),
];

function consequence(state: WatchState, input: WatchInput): string {
  let after: Step;
  try {
    after = step(state, input);
  } catch (error) {
    if (error instanceof TypeError) return '–';
    throw error;
  }
  const { next, retry, fatal } = after;
  const how = fatal ? ', *fatal*' : retry ? ', *wait*' : '';
  return `${nameOf(next, state)}${how}`;
}

/** A list says its cause where it is a new one. */
function nameOf(next: WatchState, before: WatchState): string {
  if (next.at !== 'listing') return next.at;
  const where = next.place === undefined ? 'first page' : 'further on';
  const cause = before.at === 'listing' && before.cause === next.cause ? '' : ` (${next.cause})`;
  return `listing, ${where}${cause}`;
}
