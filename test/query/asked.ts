/** A query for tests that are about its answers. */
import assert from 'node:assert/strict';
import { compileQuery } from '../../src/query/compile.ts';
import type { QueryProblem } from '../../src/query/problem.ts';
import type { EventQuery } from '../../src/query/query.ts';

export function compiled(text: string): EventQuery {
  const result = compileQuery(text);
  assert.ok('query' in result, `${text} is refused: ${JSON.stringify(result)}`);
  return result.query;
}

export function refusalOf(text: string): QueryProblem {
  const result = compileQuery(text);
  assert.ok('problem' in result, `${text} is not refused`);
  return result.problem;
}
