/** The arguments of an ARC-4 call: decoded, encoded again, and the references among them followed. */
import {
  ABIArrayDynamicType,
  ABIArrayStaticType,
  ABIByteType,
  type ABIMethod,
  type ABIReferenceType,
  ABITupleType,
  abiTypeIsReference,
  abiTypeIsTransaction,
  type ABIType,
  ABIUintType,
  type ABIValue,
  Address,
  type Transaction,
} from 'algosdk'
import { equal } from '../../base/bytes.ts'
import type { Json, JsonObject } from '../../base/json.ts'
import { invalid } from '../../core/refusals.ts'
import { base64 } from './base64.ts'

type Call = NonNullable<Transaction['applicationCall']>

interface Argument {
  readonly name: string
  readonly type: ABIType | ABIReferenceType
}

/** The sixteenth argument of a call holds the rest as one tuple where a method has more than 15. */
const most = 15
/** References are indices into the lists of the call. */
const index = new ABIUintType(8)

/** @throws Refused unless they are the method's arguments in their one encoding. */
export function readArguments(method: ABIMethod, call: Call, where: string): JsonObject {
  const wanted = argumentsOf(method)
  const types = wanted.map(({ type }) => (abiTypeIsReference(type) ? index : type))
  const packed = types.length > most ? [...types.slice(0, most - 1), new ABITupleType(types.slice(most - 1))] : types
  const given = call.appArgs.slice(1)
  if (given.length !== packed.length) {
    throw invalid(where, `${given.length} arguments`, `the ${packed.length} of ${method.getSignature()}`)
  }
  const values = packed.map((type, i) => decoded(type, given[i], `${where}.appArgs[${i + 1}]`))
  const flat = types.length > most ? [...values.slice(0, -1), ...listOf(values.at(-1))] : values
  return Object.fromEntries(wanted.map(({ name, type }, i) => [name, shownAs(type, flat[i], call, where)]))
}

/** All but the transactions, which stand before the call. */
export function argumentsOf({ args }: ABIMethod): readonly Argument[] {
  return args.flatMap(({ type, name }, i) =>
    abiTypeIsTransaction(type) ? [] : [{ name: name ?? `argument ${i + 1}`, type }],
  )
}

function decoded(type: ABIType, bytes: Uint8Array | undefined, where: string): ABIValue {
  // The SDK reads arrays and tuples from the beginning of the buffer: it is given a buffer that begins with them.
  const copy = bytes && Uint8Array.from(bytes)
  const value = copy && attempt(() => type.decode(copy))
  if (copy !== undefined && value !== undefined && equal(type.encode(value), copy)) return value
  throw invalid(where, bytes && base64(bytes), `${type.toString()} in its one encoding`)
}

function attempt<T>(work: () => T): T | undefined {
  try {
    return work()
  } catch {
    return undefined
  }
}

function listOf(value: ABIValue | undefined): readonly ABIValue[] {
  return Array.isArray(value) ? value : []
}

function shownAs(type: ABIType | ABIReferenceType, value: ABIValue | undefined, call: Call, where: string): Json {
  return abiTypeIsReference(type) ? referred(type, Number(value), call, where) : jsonOf(type, value)
}

/** Index 0 of accounts is the sender, of applications the called one; assets begin at 0. ARC-4, "Reference Types". */
function referred(type: ABIReferenceType, at: number, call: Call, where: string): Json {
  const { accounts, foreignAssets, foreignApps, appIndex } = call
  const lists: Readonly<Record<string, readonly Json[]>> = {
    account: ['sender', ...accounts.map(String)],
    asset: foreignAssets.map(String),
    application: [String(appIndex), ...foreignApps.map(String)],
  }
  const found = lists[type]?.[at]
  if (found === undefined) throw invalid(where, `${type} ${at}`, `an index into the call's list of ${type}s`)
  return found
}

function jsonOf(type: ABIType, value: ABIValue | undefined): Json {
  if (Array.isArray(value)) return listed(type, value)
  if (typeof value === 'bigint' || typeof value === 'number') return String(value)
  if (value instanceof Uint8Array) return base64(value)
  if (value instanceof Address) return value.toString()
  return value ?? null
}

function listed(type: ABIType, values: readonly ABIValue[]): Json {
  if (type instanceof ABITupleType) return type.childTypes.map((child, i) => jsonOf(child, values[i]))
  if (!(type instanceof ABIArrayDynamicType || type instanceof ABIArrayStaticType)) return values.map(String)
  const { childType } = type
  if (childType instanceof ABIByteType) return base64(Uint8Array.from(values, Number))
  return values.map((value) => jsonOf(childType, value))
}
