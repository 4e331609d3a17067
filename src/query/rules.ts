/**
 * What a query must meet beyond CEL's types, as the library's checker lets it pass: fields inside of `has()` exist, and a pattern is written
 * out, compiles and is not too large, so that neither fails on the first event.
 */
import { bounded, compilePattern, limits, type Pattern, type QueryNode } from './cel.ts';
import { eventType, type ObjectType, presenceOf } from './fields.ts';
import { problem, type QueryProblem } from './problem.ts';

/** Compiles the patterns of a query into `patterns`. */
export function firstProblem(
  query: QueryNode,
  { text, patterns }: { readonly text: string; readonly patterns: Map<string, Pattern> },
): QueryProblem | undefined {
  let size = 0;
  for (const node of nodesOf(query)) {
    const found = unknownField(node, text) ?? wrongHas(node, text) ?? wrongPattern(node, text, patterns);
    if (found) return found;
    // Each time it is asked, also where another one has the same pattern.
    size += patternOf(node, patterns)?.size ?? 0;
    if (size > limits.patternSize) return tooLarge(node, text, size);
  }
  return undefined;
}

/** Makes `has` ask for presence, as proto3 has it, and `matches` and `split` ours. To be done before the query is checked. */
export function refine(query: QueryNode): void {
  for (const node of [...nodesOf(query)]) {
    const asked = isHas(node) ? node.args[1][0] : undefined;
    if (asked?.op === '.') asked.args[1] = presenceOf(asked.args[1]);
    if (node.op === 'rcall') node.args[0] = bounded.get(node.args[0]) ?? node.args[0];
  }
}

function unknownField(node: QueryNode, text: string): QueryProblem | undefined {
  if (node.op !== '.') return undefined;
  const owner = typeOf(node.args[0]);
  const field = node.args[1];
  if (owner === undefined || Object.hasOwn(owner.fields, field)) return undefined;
  return problem(`${owner.name} has no field ${field}`, {
    text,
    at: node.pos,
    remedy: `there are ${Object.keys(owner.fields).join(', ')}`,
  });
}

function wrongHas(node: QueryNode, text: string): QueryProblem | undefined {
  if (!isHas(node)) return undefined;
  const [asked] = node.args[1];
  if (asked?.op === '.' && typeOf(asked.args[0])) return undefined;
  return problem('has() asks for a field of `event`', { text, at: node.pos, remedy: 'write has(event.series)' });
}

function wrongPattern(node: QueryNode, text: string, patterns: Map<string, Pattern>): QueryProblem | undefined {
  if (!isMatches(node)) return undefined;
  const pattern = node.args[2][0];
  if (pattern?.op !== 'value' || typeof pattern.args !== 'string')
    return problem('the pattern of matches() must be written out', { text, at: pattern?.pos ?? node.pos });
  try {
    patterns.set(pattern.args, compilePattern(pattern.args));
    return undefined;
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    return problem(why, { text, at: pattern.pos, remedy: 'patterns are those of RE2' });
  }
}

function patternOf(node: QueryNode, patterns: ReadonlyMap<string, Pattern>): Pattern | undefined {
  const written = isMatches(node) ? node.args[2][0]?.args : undefined;
  return typeof written === 'string' ? patterns.get(written) : undefined;
}

const tooLarge = (node: QueryNode, text: string, size: number): QueryProblem =>
  problem(`the patterns of matches() are too large: ${size} instructions of at most ${limits.patternSize} in all`, {
    text,
    at: node.pos,
    remedy: 'repeat less, as x{1,100} counts as a hundred; ask for parts of the text with contains()',
  });

type Call = Extract<QueryNode, { readonly op: 'call' }>;
type Method = Extract<QueryNode, { readonly op: 'rcall' }>;

const isHas = (node: QueryNode): node is Call =>
  node.op === 'call' && node.args[0] === 'has' && node.args[1].length === 1;

const isMatches = (node: QueryNode): node is Method =>
  node.op === 'rcall' && node.args[0] === 'matches' && node.args[2].length === 1;

/** Of `event` and what is selected from it. A variable of a macro is left to the checker. */
function typeOf(node: QueryNode): ObjectType | undefined {
  if (node.op === 'id') return node.args === 'event' ? eventType : undefined;
  if (node.op !== '.') return undefined;
  const owner = typeOf(node.args[0]);
  const type = owner && Object.hasOwn(owner.fields, node.args[1]) ? owner.fields[node.args[1]]?.type : undefined;
  return typeof type === 'object' ? type : undefined;
}

function* nodesOf(node: QueryNode): Generator<QueryNode> {
  yield node;
  const parts: readonly unknown[] = Array.isArray(node.args) ? node.args.flat(2) : [node.args];
  for (const part of parts) if (isNode(part)) yield* nodesOf(part);
}

const isNode = (part: unknown): part is QueryNode =>
  typeof part === 'object' && part !== null && 'op' in part && 'args' in part;
