/**
 * What one evaluation may take. RE2's time is linear in the text, but the factor is the pattern's size: who writes a mebibyte into an event
 * must not be able to stop the process for a minute. Measured by bench/scenarios/query-bound.ts.
 */

/** A step is one instruction of a compiled pattern on one character of a text, 20 to 40 ns. */
export const maxSteps = 2 ** 20;

/** Each text counts as so much longer: also those of which there are many and that are empty take time. Characters. */
export const overhead = 16;

export interface Work {
  /** Begins an evaluation. */
  begin(): void;
  /** A pattern of this size is about to look at so many characters. @throws TooMuchWork */
  spend(size: number, characters: number): void;
}

/** Of an evaluation that is given up: the event has no value. The message holds nothing of the event. */
export class TooMuchWork extends Error {}

export function createWork(): Work {
  let left = 0;
  return {
    begin() {
      left = maxSteps;
    },
    spend(size, characters) {
      left -= size * (characters + overhead);
      if (left < 0) throw new TooMuchWork('a text is too long for the pattern of matches()');
    },
  };
}
