/** All states that can be reached, breadth first, so that the way to a violation is a shortest one. */

export type Move<State> = readonly [name: string, next: State];

export interface Exploration {
  readonly states: number;
  /** Of these, those that are what the model is for. */
  readonly goals: number;
  /** What is wrong, and the way there. */
  readonly violation?: string;
  /** There are more: what was found is true of these only. */
  readonly cutShort?: true;
}

export interface Model<State> {
  readonly initial: State;
  /** A promise where the real parts make it one. */
  moves(state: State): Iterable<Move<State> | Promise<Move<State>>>;
  wrongWith(state: State): string | undefined;
  isGoal(state: State): boolean;
  /** Equal for equal states. */
  keyOf(state: State): string;
}

export async function explore<State>(
  { initial, moves, wrongWith, isGoal, keyOf }: Model<State>,
  { mostStates = Number.POSITIVE_INFINITY }: { readonly mostStates?: number } = {},
): Promise<Exploration> {
  const seen = new Set([keyOf(initial)]);
  const names: string[] = [];
  const cameFrom: number[] = [];
  let goals = 0;
  let frontier: (readonly [state: State, index: number])[] = [[initial, -1]];
  const wayTo = (index: number): string => {
    const way: string[] = [];
    for (let at = index; at >= 0; at = cameFrom[at] ?? -1) way.unshift(names[at] ?? '');
    return way.join(' → ');
  };
  while (frontier.length > 0) {
    const later: (readonly [state: State, index: number])[] = [];
    for (const [state, index] of frontier) {
      for (const move of moves(state)) {
        const [name, next] = move instanceof Promise ? await move : move;
        const key = keyOf(next);
        if (seen.has(key)) continue;
        seen.add(key);
        const to = names.push(name) - 1;
        cameFrom.push(index);
        const wrong = wrongWith(next);
        if (wrong !== undefined) return { states: seen.size, goals, violation: `${wrong}: ${wayTo(to)}` };
        if (isGoal(next)) goals++;
        later.push([next, to]);
      }
      if (seen.size >= mostStates) return { states: seen.size, goals, cutShort: true };
    }
    frontier = later;
  }
  return { states: seen.size, goals };
}
