/** Numbers as callers and nodes write them. */
import type { Json, JsonObject } from '../../base/json.ts'
import { Failed, Refused } from '../../core/errors.ts'

/** The largest number the EVM knows. */
const mostQuantity = (1n << 256n) - 1n

/** A quantity of a request: decimal text, `0x` hex, or a safe integer. @throws Refused `invalid-payload` */
export function quantity(value: Json | undefined, where: string): bigint | undefined {
  if (value === undefined) return undefined
  const text = typeof value === 'number' ? String(value) : value
  if (typeof text === 'string' && /^(?:0x[0-9a-fA-F]+|[0-9]+)$/.test(text) && BigInt(text) <= mostQuantity)
    return BigInt(text)
  const got = JSON.stringify(value).slice(0, 80)
  throw new Refused('invalid-payload', 'Not a quantity', { where, got, wanted: 'a decimal string or 0x hex' })
}

/** A quantity of a node's answer. @throws Failed `node-refused` when it is none, or larger than `most` */
export function answered(value: Json | undefined, what: string, most = mostQuantity): bigint {
  const fits = typeof value === 'string' && /^0x[0-9a-fA-F]{1,64}$/.test(value)
  if (fits && BigInt(value) <= most) return BigInt(value)
  const got = JSON.stringify(value ?? null).slice(0, 80)
  throw new Failed('node-refused', `The node's ${what} is not believable`, {
    particulars: { got, wanted: `0x0 to 0x${most.toString(16)}` },
  })
}

export function hexQuantity(value: bigint): string {
  return `0x${value.toString(16)}`
}

export function member(object: JsonObject, name: string): Json | undefined {
  return Object.hasOwn(object, name) ? object[name] : undefined
}
