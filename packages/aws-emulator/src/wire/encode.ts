import { isObject } from '../validation.ts'

/** An answer as JSON has it: bytes in base64, absent members left out. */
export function encodeAnswer(answer: object): string {
  return JSON.stringify(encodeValue(answer))
}

function encodeValue(value: unknown): unknown {
  if (value instanceof Uint8Array) return Buffer.from(value).toString('base64')
  if (Array.isArray(value)) return value.map(encodeValue)
  if (!isObject(value)) return value
  return Object.fromEntries(Object.entries(value).map(([name, one]) => [name, encodeValue(one)]))
}
