/**
 * The only door to the CEL library, and to RE2 for its `matches`. Each is loaded with the first query that needs it: importing this library
 * must not pay for them. CEL's patterns are RE2's, whose time is linear in the text; with JavaScript's own, which the CEL library uses, a
 * message of the cluster could make an innocent pattern take years. What is linear is bounded as well: see work.ts.
 */
import type { ASTNode, Environment } from '@marcbachmann/cel-js';
import { required } from '../required.ts';
import { eventType, objectTypes, presenceOf, timestampType } from './fields.ts';
import { TooMuchWork, type Work } from './work.ts';

/** A node of a parsed query. */
export type QueryNode = ASTNode;

/** A compiled pattern of `matches`. */
export interface Pattern {
  /** Its instructions: how much it may do with each character. 0: a plain text, which is only searched for. */
  readonly size: number;
  test(text: string): boolean;
}

/** What the library throws: with its place in the query. */
export interface CelFailure {
  /** A word of the library's own: nothing of an event. */
  readonly code: string;
  readonly summary: string;
  readonly range?: { readonly start: number; readonly end: number };
}

/** Limits of one query, well above what a person writes. */
export const limits = { characters: 10_000, nodes: 2_000, depth: 50, patternSize: 1_000 } as const;

/** Of a text; a loop over them is as long. */
const maxParts = 1000;

/** Our own in place of the library's. No identifier of CEL looks like these, so that a query can't name them. */
export const bounded: ReadonlyMap<string, string> = new Map([
  ['matches', 'matches?'],
  ['split', 'split?'],
]);

interface Cel {
  readonly library: typeof import('@marcbachmann/cel-js');
  /** With everything that is the same for each query. */
  readonly base: Environment;
}

let cel: Cel | undefined;
let re2: typeof import('@bufbuild/re2') | undefined;

function loaded(): Cel {
  if (cel) return cel;
  const library = required('@marcbachmann/cel-js') as Cel['library'];
  cel = { library, base: baseEnvironment(library) };
  return cel;
}

/** What a query is checked in. */
export const checkedIn = (): Environment => loaded().base;

/** What a query is run in, with its own patterns. */
export function runIn(patterns: ReadonlyMap<string, Pattern>, work: Work): Environment {
  const ofText = { receiverType: 'string', async: false } as const;
  const [text, int] = [{ type: 'string' }, { type: 'int' }] as const;
  const split = { ...ofText, name: 'split?', returnType: 'list<string>' };
  return loaded()
    .base.clone()
    .registerFunction({
      ...ofText,
      name: 'matches?',
      params: [text],
      returnType: 'bool',
      handler(subject: string, written: string) {
        const pattern = patterns.get(written);
        if (pattern) work.spend(pattern.size, subject.length);
        return pattern?.test(subject);
      },
    })
    .registerFunction({ ...split, params: [text], handler: (subject: string, by: string) => partsOf(subject, by) })
    .registerFunction({ ...split, params: [text, int], handler: partsOf });
}

/** As CEL's: the last of `most` parts is the rest, a negative number is none. @throws TooMuchWork */
function partsOf(text: string, by: string, most = -1n): readonly string[] {
  if (most === 0n) return [];
  const parts = text.split(by, maxParts + 1);
  const isWhole = most < 0n || parts.length <= most;
  if (isWhole && parts.length > maxParts) throw new TooMuchWork(`split() makes more than ${maxParts} parts of a text`);
  if (isWhole) return parts;
  const first = parts.slice(0, Number(most) - 1);
  const rest = text.slice(first.reduce((length, part) => length + part.length + by.length, 0));
  return [...first, rest];
}

/** @throws Error saying what is wrong with it */
export function compilePattern(pattern: string): Pattern {
  re2 ??= required('@bufbuild/re2') as typeof import('@bufbuild/re2');
  const compiled = new re2.RE2JS(pattern);
  const { prefixComplete, numSubexp, prog } = compiled.re2();
  const isPlain = prefixComplete && numSubexp === 0;
  return { size: isPlain ? 0 : prog.numInst(), test: (text) => compiled.test(text) };
}

export function isCelFailure(error: unknown): error is CelFailure {
  const { ParseError, TypeError: WrongType, EvaluationError } = loaded().library;
  return error instanceof ParseError || error instanceof WrongType || error instanceof EvaluationError;
}

function baseEnvironment({ Environment }: Cel['library']): Environment {
  const environment = new Environment({ limits: { maxAstNodes: limits.nodes, maxDepth: limits.depth } });
  for (const { name, view, fields } of objectTypes) {
    const types = Object.entries(fields).flatMap(([field, { type }]) => [
      [field, typeof type === 'string' ? type : type.name],
      [presenceOf(field), 'bool'],
    ]);
    environment.registerType(name, { ctor: view, fields: Object.fromEntries(types) });
  }
  return environment
    .registerVariable('event', eventType.name)
    .registerFunction(`int(${timestampType}): int`, (at: Date) => BigInt(Math.floor(at.getTime() / 1000)), {
      async: false,
    });
}
