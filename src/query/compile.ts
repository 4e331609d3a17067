/** From the text of an `event_query` to a question about an event. All that can be wrong with it without an event is found here. */
import type { KubeEvent } from '../kube/wire/event.ts';
import { checkedIn, isCelFailure, limits, type Pattern, runIn } from './cel.ts';
import { eventType } from './fields.ts';
import { problem, problemOf, type QueryProblem, quoted } from './problem.ts';
import type { EventQuery } from './query.ts';
import { firstProblem, refine } from './rules.ts';
import { createWork, TooMuchWork } from './work.ts';

export type Compiled = { readonly query: EventQuery } | { readonly problem: QueryProblem };

const notBool = 'compare something, as in event.type == "Warning"';

/** Synchronous, and pure but for loading the library the first time. */
export function compileQuery(text: string): Compiled {
  if (text.length > limits.characters)
    return { problem: problem(`too long: ${text.length} characters of at most ${limits.characters}`, { text }) };
  try {
    return compiled(text);
  } catch (error) {
    return { problem: problemOf(error, text) };
  }
}

function compiled(text: string): Compiled {
  const patterns = new Map<string, Pattern>();
  const work = createWork();
  const program = runIn(patterns, work).parse(text);
  const found = firstProblem(program.ast, { text, patterns });
  if (found) return { problem: found };

  // Checked as it was written, so that messages speak of what was written.
  const { valid, type, error } = checkedIn().check(text);
  if (!valid) return { problem: problemOf(error, text) };
  if (type !== 'bool') return { problem: problem(`it yields ${type}, not bool`, { text, remedy: notBool }) };

  refine(program.ast);
  const refined = program.check();
  if (!refined.valid) return { problem: problemOf(refined.error, text) };
  const evaluate = (event: KubeEvent) => {
    work.begin();
    return program({ event: new eventType.view(event) });
  };
  return { query: { text, keeps: (event) => answerOf(() => evaluate(event), text) } };
}

/** @throws Error that holds no text of the event: the library's own may quote it */
function answerOf(evaluate: () => unknown, text: string): boolean {
  let answer: unknown;
  try {
    answer = evaluate();
  } catch (error) {
    throw new Error(failureOf(error, text));
  }
  if (typeof answer !== 'boolean') throw new Error('no bool');
  return answer;
}

function failureOf(error: unknown, text: string): string {
  if (error instanceof TooMuchWork) return error.message;
  if (!isCelFailure(error)) return 'a function fails';
  const where = error.range ? quoted(text, error.range) : 'a part';
  return error.code === 'no_such_key'
    ? `${where} is absent: ask has() first`
    : `${where}: ${error.code.replaceAll('_', ' ')}`;
}
