/** Numbers of 64 bits as text: decimal digits in their one form. Their form in the store is in `bytes.ts`. */

export const mostUint64 = (1n << 64n) - 1n

/** For JSON Schema. What has 20 digits may still be above `mostUint64`. */
export const uint64Pattern = '^(?:0|[1-9][0-9]{0,19})$'

const digits = new RegExp(uint64Pattern)

/** Undefined for all but `0` to `18446744073709551615`, without sign, leading zero or blank. */
export function parseUint64(text: unknown): bigint | undefined {
  if (typeof text !== 'string' || !digits.test(text)) return undefined
  const value = BigInt(text)
  return value <= mostUint64 ? value : undefined
}

/** For sorting such texts, smallest first: the longer is the larger. */
export function compareUint64(a: string, b: string): number {
  if (a.length !== b.length) return a.length - b.length
  return a < b ? -1 : Number(a > b)
}

export function isUint64(value: bigint): boolean {
  return value >= 0n && value <= mostUint64
}
