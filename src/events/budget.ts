/** A run's budget: what its end means for what is read and what is begun. */
import { isKubeCheckError, KubeCheckError } from '../errors.ts';

/**
 * A run ends its reading when its budget is spent, and still delivers what was read. Any other end (the host's abort, stop) begins nothing
 * new: what was read and not handed over is kept, or read again by the next process.
 */
export const budgetSpent = (budgetMs: number): KubeCheckError =>
  new KubeCheckError('ABORTED', `the run's budget of ${budgetMs} ms is spent`, { details: { budgetMs } });

/** Whether it is the budget that has ended the run. */
export const isBudgetSpent = ({ aborted, reason }: AbortSignal): boolean =>
  aborted && isKubeCheckError(reason, 'ABORTED') && 'budgetMs' in reason.details;

/** Whether nothing new is begun. */
export const isHalted = (signal: AbortSignal): boolean => signal.aborted && !isBudgetSpent(signal);
