/** A transaction read from bytes, strictly: every field of its one size and spelling. */
import { invalid, notCanonical, refusal, shown, unsupported } from './refusals.ts'
import { decodeRlp, type RlpItem } from './rlp.ts'
import {
  type AccessListEntry,
  isSignedType,
  type Transaction,
  type TransactionType,
  typeRefused,
} from './transaction.ts'
import { toHex } from '../../base/bytes.ts'

/** A list of fields with the type that says what they mean. */
export interface Envelope {
  readonly type: TransactionType
  readonly fields: readonly RlpItem[]
}

/** How many fields a type has before its signature. */
export const fieldCount: Readonly<Record<TransactionType, number>> = { 0: 6, 1: 8, 2: 9 }

/** @throws Refused for another type, or bytes that are not one canonical RLP list. */
export function readEnvelope(bytes: Uint8Array, where: string): Envelope {
  const first = bytes[0]
  if (first === undefined) throw invalid(where, '0x', 'a transaction')
  // EIP-2718: a legacy transaction is a list, and so begins with 0xc0 or more.
  const type = first >= 0xc0 ? 0 : first
  if (first === 0) throw invalid(`${where}.type`, '0', 'left out: a legacy transaction is a bare list')
  if (!isSignedType(type)) throw typeRefused(type, `${where}.type`)
  const item = decodeRlp(type === 0 ? bytes : bytes.subarray(1), where)
  if (item instanceof Uint8Array) throw invalid(where, toHex(item), 'a list of fields')
  return { type, fields: item }
}

/** The transaction serialised for signing. @throws Refused; a legacy one without its chain id is not signed (EIP-155). */
export function readUnsigned(bytes: Uint8Array, where: string): Transaction {
  const { type, fields } = readEnvelope(bytes, where)
  if (type === 0 && fields.length === fieldCount[0]) {
    throw unsupported(
      where,
      toHex(bytes),
      'A legacy transaction without a chain id (before EIP-155) is not signed here',
    )
  }
  checkCount(fields, type === 0 ? fieldCount[0] + 3 : fieldCount[type], where)
  if (type !== 0) return readFields(type, fields, where)
  for (const i of [7, 8]) if (!isEmpty(fields[i])) throw invalid(where, `field ${i}`, 'empty r and s (EIP-155)')
  return readFields(type, fields, where, readInteger(fields[6], `${where}.chainId`, 64))
}

export function checkCount(fields: readonly RlpItem[], count: number, where: string): void {
  if (fields.length === count) return
  throw refusal(
    'invalid-payload',
    `${where} has ${fields.length} fields`,
    where,
    `${fields.length} fields`,
    `${count} fields`,
  )
}

/** The fields before the signature. `legacyChainId` is what a legacy transaction carries elsewhere. */
export function readFields(
  type: TransactionType,
  fields: readonly RlpItem[],
  where: string,
  legacyChainId = 0n,
): Transaction {
  let at = 0
  const number = (name: string, bits: number): bigint => readInteger(fields[at++], `${where}.${name}`, bits)
  const target = (): Target => readTarget(fields, (at += 3) - 3, where)
  if (type === 0) {
    const head = { chainId: legacyChainId, nonce: number('nonce', 64), gasPrice: number('gasPrice', 256) }
    return { type, ...head, gas: number('gas', 64), ...target() }
  }
  const head = { chainId: number('chainId', 64), nonce: number('nonce', 64) }
  if (type === 1) {
    const fee = { gasPrice: number('gasPrice', 256), gas: number('gas', 64) }
    return { type, ...head, ...fee, ...target(), accessList: readAccessList(fields[at], `${where}.accessList`) }
  }
  const tip = number('maxPriorityFeePerGas', 256)
  const fee = { maxPriorityFeePerGas: tip, maxFeePerGas: number('maxFeePerGas', 256), gas: number('gas', 64) }
  return { type, ...head, ...fee, ...target(), accessList: readAccessList(fields[at], `${where}.accessList`) }
}

/** @throws Refused `not-canonical` for leading zeros, `invalid-payload` for 2^bits or more. */
export function readInteger(item: RlpItem | undefined, where: string, bits: number): bigint {
  const bytes = readString(item, where)
  if (bytes.length === 0) return 0n
  if (bytes[0] === 0) throw notCanonical(where, toHex(bytes), 'a number without leading zeros')
  if (bytes.length > bits / 8) throw invalid(where, toHex(bytes), `below 2^${bits}`)
  return BigInt(toHex(bytes))
}

interface Target {
  readonly to?: Uint8Array
  readonly value: bigint
  readonly data: Uint8Array
}

function readTarget(fields: readonly RlpItem[], at: number, where: string): Target {
  const to = readString(fields[at], `${where}.to`)
  const value = readInteger(fields[at + 1], `${where}.value`, 256)
  const data = readString(fields[at + 2], `${where}.data`)
  if (to.length === 0) return { value, data }
  return { to: ofSize(to, 20, `${where}.to`), value, data }
}

function readAccessList(item: RlpItem | undefined, where: string): readonly AccessListEntry[] {
  return readList(item, where).map((entry, i) => {
    const at = `${where}[${i}]`
    const fields = readList(entry, at)
    checkCount(fields, 2, at)
    return {
      address: ofSize(readString(fields[0], `${at}.address`), 20, `${at}.address`),
      storageKeys: readList(fields[1], `${at}.storageKeys`).map((key, j) => {
        const place = `${at}.storageKeys[${j}]`
        return ofSize(readString(key, place), 32, place)
      }),
    }
  })
}

function readString(item: RlpItem | undefined, where: string): Uint8Array {
  if (item instanceof Uint8Array) return item
  throw invalid(where, item === undefined ? 'nothing' : 'a list', 'a string of bytes')
}

function readList(item: RlpItem | undefined, where: string): readonly RlpItem[] {
  if (item === undefined || item instanceof Uint8Array) throw invalid(where, shown(item), 'a list')
  return item
}

function ofSize(bytes: Uint8Array, size: number, where: string): Uint8Array {
  if (bytes.length !== size) throw invalid(where, toHex(bytes), `${size} bytes`)
  return bytes
}

function isEmpty(item: RlpItem | undefined): boolean {
  return item instanceof Uint8Array && item.length === 0
}
