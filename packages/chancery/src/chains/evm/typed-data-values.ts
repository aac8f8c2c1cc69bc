/** The values of structured data (EIP-712): read strictly by their types, encoded and hashed. */
import { concat, fromHex, toHex, utf8 } from '../../base/bytes.ts'
import type { Json, JsonObject } from '../../base/json.ts'
import { checksummed, readAddress } from './address.ts'
import { readArray, readBytes, readClosedObject, readString } from '../../core/fields.ts'
import { readInteger, readQuantity } from './quantities.ts'
import { keccak256 } from './keccak.ts'
import { invalid } from '../../core/refusals.ts'
import type { Field, FieldType, Struct, Structs } from './typed-data-types.ts'

/** Numbers are bigint, bytes are Uint8Array, addresses are checksummed text. */
export type Value = bigint | boolean | string | Uint8Array | readonly Value[] | StructValue
export interface StructValue {
  readonly [name: string]: Value
}

/** Reads every field of a struct, and no other. @throws Refused */
export function readStruct(value: unknown, fields: readonly Field[], structs: Structs, where: string): StructValue {
  const names = fields.map(({ name }) => name)
  const given = readClosedObject(value, where, names)
  return Object.fromEntries(
    fields.map(({ name, type }) => [name, readValue(given[name], type, structs, `${where}.${name}`)]),
  )
}

/** hashStruct(s) = keccak256(typeHash ‖ encodeData(s)) */
export function hashStruct(
  { fields, typeHash }: Pick<Struct, 'fields' | 'typeHash'>,
  value: StructValue,
  structs: Structs,
): Uint8Array {
  const words = fields.map(({ name, type }) => encodeValue(value[name], type, structs))
  return keccak256(typeHash, ...words)
}

/** The value as JSON, in one spelling: decimal text, lower-case hex, checksummed addresses. */
function showValue(value: Value): Json {
  if (typeof value === 'bigint') return String(value)
  if (typeof value === 'string' || typeof value === 'boolean') return value
  if (value instanceof Uint8Array) return toHex(value)
  return isList(value) ? value.map(showValue) : showStruct(value)
}

export function showStruct(value: StructValue): JsonObject {
  return Object.fromEntries(Object.entries(value).map(([name, member]) => [name, showValue(member)]))
}

function isList(value: readonly Value[] | StructValue): value is readonly Value[] {
  return Array.isArray(value)
}

function readValue(value: unknown, type: FieldType, structs: Structs, where: string): Value {
  switch (type.kind) {
    case 'uint':
      return readQuantity(value, where, type.bits)
    case 'int':
      return readInteger(value, where, type.bits)
    case 'fixed-bytes':
      return readBytes(value, where, type.size)
    case 'bytes':
      return readBytes(value, where)
    case 'string':
      return readString(value, where)
    case 'address':
      return checksummed(readAddress(value, where))
    case 'bool':
      if (typeof value !== 'boolean') throw invalid(where, value, 'true or false')
      return value
    case 'struct':
      return readStruct(value, structs.get(type.name)?.fields ?? [], structs, where)
    case 'array':
      return readItems(value, type, structs, where)
  }
}

function readItems(
  value: unknown,
  { item, length }: { readonly item: FieldType; readonly length?: number },
  structs: Structs,
  where: string,
): readonly Value[] {
  const items = readArray(value, where)
  if (length !== undefined && items.length !== length) throw invalid(where, `${items.length} items`, `${length} items`)
  return items.map((member, i) => readValue(member, item, structs, `${where}[${i}]`))
}

/** encodeData of one field: always 32 bytes. The value was read by the same type, so no other shape can come. */
function encodeValue(value: Value | undefined, type: FieldType, structs: Structs): Uint8Array {
  if (typeof value === 'bigint') return encodeNumber(value)
  if (typeof value === 'boolean') return encodeNumber(value ? 1n : 0n)
  if (typeof value === 'string') return type.kind === 'address' ? leftPadded(fromHex(value)) : keccak256(utf8(value))
  if (value instanceof Uint8Array) return type.kind === 'bytes' ? keccak256(value) : rightPadded(value)
  if (value === undefined) throw new TypeError('a field was not read')
  if (isList(value)) return encodeItems(value, type, structs)
  const struct = type.kind === 'struct' ? structs.get(type.name) : undefined
  if (struct === undefined) throw new TypeError(`cannot encode a struct as ${type.kind}`)
  return hashStruct(struct, value, structs)
}

function encodeItems(items: readonly Value[], type: FieldType, structs: Structs): Uint8Array {
  if (type.kind !== 'array') throw new TypeError(`cannot encode a list as ${type.kind}`)
  const words = new Uint8Array(32 * items.length)
  items.forEach((member, i) => words.set(encodeValue(member, type.item, structs), 32 * i))
  return keccak256(words)
}

/** Two's complement in 256 bits, whatever the width of the type. */
function encodeNumber(value: bigint): Uint8Array {
  return fromHex(`0x${BigInt.asUintN(256, value).toString(16).padStart(64, '0')}`)
}

function leftPadded(bytes: Uint8Array): Uint8Array {
  return concat(new Uint8Array(32 - bytes.length), bytes)
}

function rightPadded(bytes: Uint8Array): Uint8Array {
  return concat(bytes, new Uint8Array(32 - bytes.length))
}
