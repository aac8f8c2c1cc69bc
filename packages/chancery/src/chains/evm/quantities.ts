/** Whole numbers as Ethereum's JSON writes them. */
import { invalid } from '../../core/refusals.ts'

const decimal = /^(?:0|[1-9][0-9]{0,77})$/
const hexQuantity = /^0x(?:0|[1-9a-fA-F][0-9a-fA-F]{0,63})$/

/**
 * A whole number below 2^bits: decimal text, a JSON-RPC quantity (`0x` and no leading zeros), or a safe integer.
 * https://ethereum.org/en/developers/docs/apis/json-rpc/#quantities-encoding
 */
export function readQuantity(value: unknown, where: string, bits: number): bigint {
  const number = quantityOf(value)
  if (number === undefined) throw invalid(where, value, 'a whole number as decimal text, 0x quantity or safe integer')
  if (number >= 1n << BigInt(bits)) throw invalid(where, value, `below 2^${bits}`)
  return number
}

/** A whole number from -2^(bits-1) to 2^(bits-1)-1; negative ones as decimal text or safe integer. @throws Refused */
export function readInteger(value: unknown, where: string, bits: number): bigint {
  const negative = typeof value === 'number' ? value < 0 : typeof value === 'string' && value.startsWith('-')
  const number = negative ? negated(value) : quantityOf(value)
  if (number === undefined) throw invalid(where, value, 'a whole number as decimal text, 0x quantity or safe integer')
  if (BigInt.asIntN(bits, number) !== number) throw invalid(where, value, `within ${bits} bits and a sign`)
  return number
}

/** There is no second zero, and no sign before a hex quantity. */
function negated(value: unknown): bigint | undefined {
  if (typeof value === 'number') return Number.isSafeInteger(value) ? BigInt(value) : undefined
  return typeof value === 'string' && /^-[1-9][0-9]{0,77}$/.test(value) ? BigInt(value) : undefined
}

function quantityOf(value: unknown): bigint | undefined {
  if (typeof value === 'number') return Number.isSafeInteger(value) && value >= 0 ? BigInt(value) : undefined
  if (typeof value !== 'string') return undefined
  return decimal.test(value) || hexQuantity.test(value) ? BigInt(value) : undefined
}
