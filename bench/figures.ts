/** Figures as people read them. */

import type { Spread } from './result.ts';
import type { Metric } from './scenario.ts';

/** Three digits that count: `8.24`, `35.1`, `982`, `140,000`. */
export function figure(value: number): string {
  const size = Math.abs(value);
  if (Number.isInteger(value) || size >= 100) return Math.round(value).toLocaleString('en-US');
  return value.toFixed(size < 10 ? 2 : 1);
}

/** `8.24 (8.10–8.90)` */
export const spreadInWords = ({ min, median, max }: Spread): string =>
  min === max ? figure(median) : `${figure(median)} (${figure(min)}–${figure(max)})`;

/** `CPU per event, µs` */
export const headOf = ({ label, unit }: Metric): string => (unit === '' ? label : `${label}, ${unit}`);

/** `event-source` → `event source` of a key in camelCase or with hyphens. */
export const keyInWords = (key: string): string =>
  key.replace(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`).replaceAll('-', ' ');
