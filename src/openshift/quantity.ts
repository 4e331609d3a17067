/**
 * Kubernetes quantities, exact: integers and powers of ten until the very end, where a value becomes a number once. The peer's 64-bit
 * thousandths turn 10Pi into a negative number.
 * @see https://kubernetes.io/docs/reference/kubernetes-api/common-definitions/quantity/
 */

/** `units × 10^-scale`, scale ≥ 0. */
export interface Quantity {
  readonly units: bigint;
  readonly scale: number;
}

const form = /^([+-]?)(\d+(?:\.\d*)?|\.\d+)(?:([KMGTPE]i)|([numkMGTPE])|[eE]([+-]?\d+))?$/;
const powerOf1024: Readonly<Record<string, bigint>> = { Ki: 1n, Mi: 2n, Gi: 3n, Ti: 4n, Pi: 5n, Ei: 6n };
const powerOf10: Readonly<Record<string, number>> = { n: -9, u: -6, m: -3, k: 3, M: 6, G: 9, T: 12, P: 15, E: 18 };
/** Text from the cluster must not buy unbounded arithmetic: `1e999999999` is a number of a gigabyte. */
const maxLength = 256;
const maxExponent = 1000;

/** Undefined for what is no quantity, or none that a number can hold. JSON numbers are quantities too. */
export function parseQuantity(given: unknown): Quantity | undefined {
  if (typeof given !== 'string' && typeof given !== 'number') return undefined;
  const text = String(given).trim();
  const match = text.length > maxLength ? null : form.exec(text);
  if (!match) return undefined;
  const [, sign, decimal = '', binary, si, exponent] = match;
  const [whole = '', fraction = ''] = decimal.split('.');
  const shift = exponent === undefined ? (powerOf10[si ?? ''] ?? 0) : Number(exponent);
  if (Math.abs(shift) > maxExponent) return undefined;
  const digits = BigInt(`${whole}${fraction}`) * 1024n ** (powerOf1024[binary ?? ''] ?? 0n);
  const scale = fraction.length - shift;
  const quantity: Quantity = {
    units: (sign === '-' ? -digits : digits) * 10n ** BigInt(Math.max(0, -scale)),
    scale: Math.max(0, scale),
  };
  return Number.isFinite(toNumber(quantity)) ? quantity : undefined;
}

/** Exact. */
export function subtract(from: Quantity, amount: Quantity): Quantity {
  const scale = Math.max(from.scale, amount.scale);
  return { units: unitsAt(from, scale) - unitsAt(amount, scale), scale };
}

/** The nearest number to the value rounded *away from zero* to whole thousandths: 1n is 0.001, as something is not nothing. */
export function toNumber({ units, scale }: Quantity): number {
  const magnitude = units < 0n ? -units : units;
  const thousandths =
    scale <= 3 ? magnitude * 10n ** BigInt(3 - scale) : ceilDivide(magnitude, 10n ** BigInt(scale - 3));
  // Through the decimal text, as dividing would round a second time.
  const digits = thousandths.toString().padStart(4, '0');
  const value = Number(`${digits.slice(0, -3)}.${digits.slice(-3)}`);
  return units < 0n ? -value : value;
}

const unitsAt = ({ units, scale }: Quantity, wanted: number): bigint => units * 10n ** BigInt(wanted - scale);

const ceilDivide = (dividend: bigint, divisor: bigint): bigint => (dividend + divisor - 1n) / divisor;
