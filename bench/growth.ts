/** Whether something grows over time: judged by its slope, so that one high sample in many says nothing. */

export interface Point {
  readonly x: number;
  readonly y: number;
}

/** Of the least-squares line through the points; 0 where they do not tell one. */
export function slopeOf(points: readonly Point[]): number {
  const meanX = meanOf(points.map(({ x }) => x));
  const meanY = meanOf(points.map(({ y }) => y));
  const spread = points.reduce((sum, { x }) => sum + (x - meanX) ** 2, 0);
  const together = points.reduce((sum, { x, y }) => sum + (x - meanX) * (y - meanY), 0);
  return spread > 0 ? together / spread : 0;
}

/** The later half by number: what comes before is warming up. */
export const laterHalf = <T>(samples: readonly T[]): readonly T[] => samples.slice(Math.floor(samples.length / 2));

const meanOf = (figures: readonly number[]): number =>
  figures.reduce((sum, figure) => sum + figure, 0) / Math.max(figures.length, 1);
