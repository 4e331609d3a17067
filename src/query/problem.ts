/** Why a query is refused, for whoever wrote it: what, where, and what to do. Nothing of any event is in it. */
import { type CelFailure, isCelFailure, limits } from './cel.ts';

const tooLarge = 'too large an expression';
const keepWithin = `at most ${limits.nodes} parts, nested at most ${limits.depth} deep; event.reason in ["A", "B"] asks for one of many`;

/** What the library has for texts. */
const textFunctions =
  'contains startsWith endsWith matches lowerAscii upperAscii trim split indexOf lastIndexOf substring size'.split(' ');

export interface QueryProblem {
  readonly message: string;
  readonly remedy?: string;
}

/** `at`: where in the text, counted from 0. */
export function problem(
  what: string,
  { text, at, remedy }: { text: string; at?: number; remedy?: string },
): QueryProblem {
  const message = printable(what) + (at === undefined ? '' : `, ${placeOf(text, at)}`);
  return remedy === undefined ? { message } : { message, remedy };
}

/** What parsing or checking has thrown. */
export function problemOf(error: unknown, text: string): QueryProblem {
  if (error instanceof RangeError) return problem(tooLarge, { text, remedy: keepWithin });
  if (!isCelFailure(error)) return problem(`no expression of CEL: ${wordsOf(error)}`, { text });
  const remedy = remedyFor(error);
  const at = error.range?.start;
  return problem(summaryOf(error), {
    text,
    ...(at === undefined ? {} : { at }),
    ...(remedy === undefined ? {} : { remedy }),
  });
}

/** The part of a query that failed, as it may stand in a message. */
export const quoted = (text: string, { start, end }: { readonly start: number; readonly end: number }): string =>
  printable(cut(text.slice(start, end), 60));

/** At most a line, and nothing that a terminal or a log obeys. */
const printable = (text: string): string =>
  cut(text.toWellFormed(), 200).replace(
    /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu,
    (unseen) => `\\u{${unseen.codePointAt(0)?.toString(16)}}`,
  );

const cut = (text: string, length: number): string => (text.length > length ? `${text.slice(0, length)}…` : text);

function summaryOf({ code, summary }: CelFailure): string {
  if (code === 'limit_exceeded') return tooLarge;
  return summary.charAt(0).toLowerCase() + summary.slice(1);
}

function remedyFor({ code, summary }: CelFailure): string | undefined {
  switch (code) {
    case 'limit_exceeded':
      return keepWithin;
    case 'unknown_variable':
      return 'the only variable is `event`';
    case 'no_such_overload':
      if (/\bnull\b/.test(summary)) return 'has() tells whether a time or a series is there';
      return 'both sides of an operator need types that go together: int(), string(), timestamp() and duration() make them';
    case 'no_matching_overload':
      return `of a text there are ${textFunctions.join(', ')}`;
    default:
      return undefined;
  }
}

function placeOf(text: string, at: number): string {
  const lines = text.slice(0, at).split('\n');
  const column = `column ${(lines.at(-1)?.length ?? 0) + 1}`;
  return text.includes('\n') ? `at line ${lines.length}, ${column}` : `at ${column}`;
}

const wordsOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));
