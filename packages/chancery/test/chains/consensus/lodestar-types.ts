/**
 * Lodestar's SSZ types as the second opinion: every 64-bit number as a bigint, because theirs stop at 2^53, and for each
 * type values of every size it may have.
 */
import * as ssz from '@chainsafe/ssz'
import fc from 'fast-check'
import type { Json } from '../../../src/base/json.ts'

/** The parts of a type that are used here. */
interface LodestarType {
  hashTreeRoot(value: never): Uint8Array
  fromJson(json: unknown): unknown
}

/** The root that Lodestar's implementation gives for a value in JSON. */
export function lodestarRoot(type: LodestarType, json: Json): Uint8Array {
  return type.hashTreeRoot(type.fromJson(json) as never)
}

/** The same type with bigints for every uint64. */
export function withBigints<T>(type: T): T {
  return rebuilt(type) as T
}

const uint64 = new ssz.UintBigintType(8)

function rebuilt(type: unknown): unknown {
  if (type instanceof ssz.UintNumberType && type.byteLength === 8) return uint64
  if (type instanceof ssz.ProgressiveContainerType) {
    return new ssz.ProgressiveContainerType(rebuiltFields(fieldsOf(type)), type.activeFields, type.opts)
  }
  if (type instanceof ssz.ContainerType) return new ssz.ContainerType(rebuiltFields(fieldsOf(type)), type.opts)
  if (type instanceof ssz.ListCompositeType) return new ssz.ListCompositeType(composite(type.elementType), type.limit)
  if (type instanceof ssz.ListBasicType) return new ssz.ListBasicType(uint64, type.limit)
  if (type instanceof ssz.ProgressiveListCompositeType) {
    return new ssz.ProgressiveListCompositeType(composite(type.elementType), { limit: type.limit })
  }
  if (type instanceof ssz.ProgressiveListBasicType)
    return new ssz.ProgressiveListBasicType(uint64, { limit: type.limit })
  if (type instanceof ssz.VectorCompositeType)
    return new ssz.VectorCompositeType(composite(type.elementType), type.length)
  return type
}

function fieldsOf({ fields }: { readonly fields: unknown }): Readonly<Record<string, unknown>> {
  return fields as Readonly<Record<string, unknown>>
}

function rebuiltFields(fields: Readonly<Record<string, unknown>>): Record<string, ssz.Type<unknown>> {
  return Object.fromEntries(Object.entries(fields).map(([name, field]) => [name, rebuilt(field) as ssz.Type<unknown>]))
}

function composite(type: unknown) {
  return rebuilt(type) as ssz.CompositeType<unknown, ssz.CompositeView<never>, ssz.CompositeViewDU<never>>
}

/** Values of a type in JSON. Long lists are left to the few shapes whose trees they change. */
export function jsonOf(type: unknown): fc.Arbitrary<Json> {
  if (type instanceof ssz.BooleanType) return fc.boolean()
  if (type instanceof ssz.UintBigintType) return uintText(type.byteLength)
  if (type instanceof ssz.ContainerType || type instanceof ssz.ProgressiveContainerType)
    return objectOf(type.fieldsEntries)
  if (type instanceof ssz.ListCompositeType || type instanceof ssz.ProgressiveListCompositeType) {
    return fc.array(jsonOf(type.elementType), { maxLength: Math.min(type.limit, 6) })
  }
  if (type instanceof ssz.ListBasicType || type instanceof ssz.ProgressiveListBasicType) {
    return fc.array(uintText(8), { maxLength: Math.min(type.limit, 90) })
  }
  if (type instanceof ssz.VectorCompositeType) {
    return fc.array(jsonOf(type.elementType), { minLength: type.length, maxLength: type.length })
  }
  if (type instanceof ssz.BitVectorType) return bits(type.lengthBits, type.lengthBits, (value) => type.toJson(value))
  if (type instanceof ssz.BitListType) return bits(0, Math.min(type.limitBits, 3000), (value) => type.toJson(value))
  if (type instanceof ssz.ProgressiveBitListType) return bits(0, 3000, (value) => type.toJson(value))
  return bytesOf(type)
}

function bytesOf(type: unknown): fc.Arbitrary<Json> {
  if (type instanceof ssz.ByteVectorType) return hexOf(type.lengthBytes, type.lengthBytes)
  if (type instanceof ssz.ByteListType) return hexOf(0, Math.min(type.limitBytes, 300))
  if (type instanceof ssz.ProgressiveByteListType) return hexOf(0, 3000)
  throw new Error(`no values for ${String(type)}`)
}

function objectOf(entries: readonly { readonly jsonKey: string; readonly fieldType: unknown }[]): fc.Arbitrary<Json> {
  return fc.record(Object.fromEntries(entries.map(({ jsonKey, fieldType }) => [jsonKey, jsonOf(fieldType)])))
}

export function uintText(byteLength = 8): fc.Arbitrary<string> {
  const max = 2n ** BigInt(byteLength * 8) - 1n
  return fc.oneof(fc.bigInt({ min: 0n, max }), fc.bigInt({ min: 0n, max: 100_000n }), fc.constant(max)).map(String)
}

export function hexOf(least: number, most: number): fc.Arbitrary<`0x${string}`> {
  return fc
    .uint8Array({ minLength: least, maxLength: most })
    .map((bytes): `0x${string}` => `0x${Buffer.from(bytes).toString('hex')}`)
}

function bits(least: number, most: number, toJson: (value: ssz.BitArray) => unknown): fc.Arbitrary<Json> {
  return fc
    .tuple(fc.integer({ min: least, max: most }), fc.infiniteStream(fc.boolean()))
    .map(([length, stream]) => String(toJson(ssz.BitArray.fromBoolArray([...stream.take(length)]))))
}
