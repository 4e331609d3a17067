/**
 * The only door to the CEL library, and to RE2 for its `matches`. Each is loaded with the first query that needs it: importing this library
 * must not pay for them. CEL's patterns are RE2's, whose time is linear in the text; with JavaScript's own, which the CEL library uses, a
 * message of the cluster could make an innocent pattern take years.
 */
import type { ASTNode, Environment } from '@marcbachmann/cel-js';
import { required } from '../required.ts';
import { eventType, objectTypes, presenceOf, timestampType } from './fields.ts';

/** A node of a parsed query. */
export type QueryNode = ASTNode;

/** A compiled pattern of `matches`. */
export interface Pattern {
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
export const limits = { characters: 10_000, nodes: 2_000, depth: 50 } as const;

/** Our `matches`: no identifier of CEL looks like this, so that a query can't name it. */
export const linearMatches = 'matches?';

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
export function runIn(patterns: ReadonlyMap<string, Pattern>): Environment {
  return loaded()
    .base.clone()
    .registerFunction({
      name: linearMatches,
      receiverType: 'string',
      params: [{ type: 'string' }],
      returnType: 'bool',
      async: false,
      handler: (text: string, pattern: string) => patterns.get(pattern)?.test(text),
    });
}

/** @throws Error saying what is wrong with it */
export function compilePattern(pattern: string): Pattern {
  re2 ??= required('@bufbuild/re2') as typeof import('@bufbuild/re2');
  return new re2.RE2JS(pattern);
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
