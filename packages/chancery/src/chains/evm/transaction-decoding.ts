/** A transaction read from bytes, strictly: every field of its one size and spelling. */
import { invalid, notCanonical, refusal, shown, unsupported } from '../../core/refusals.ts'
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
    const detail = 'A legacy transaction without a chain id (before EIP-155) is not signed here'
    throw unsupported(where, toHex(bytes), detail)
  }
  checkCount(fields, type === 0 ? fieldCount[0] + 3 : fieldCount[type], where)
  if (type !== 0) return readFields(type, fields, where)
  for (const i of [7, 8]) if (!isEmpty(fields[i])) throw invalid(where, `field ${i}`, 'empty r and s (EIP-155)')
  return readFields(type, fields, where, readReplayChainId(fields[6], `${where}.chainId`))
}

/** EIP-155 knows no chain 0: with it the fields would be written without a chain id, and be other bytes than were read. */
function readReplayChainId(item: RlpItem | undefined, where: string): bigint {
  const chainId = readInteger(item, where, 64)
  if (chainId === 0n) throw invalid(where, '0', 'a chain id above 0 (EIP-155)')
  return chainId
}

export function checkCount(fields: readonly RlpItem[], count: number, where: string): void {
  if (fields.length === count) return
  const got = `${fields.length} fields`
  throw refusal('invalid-payload', `${where} has ${got}`, where, got, `${count} fields`)
}

/** The fields before the signature. `legacyChainId` is what a legacy transaction carries elsewhere. */
export function readFields(
  type: TransactionType,
  fields: readonly RlpItem[],
  where: string,
  legacyChainId = 0n,
): Transaction {
  const uint64 = (at: number, name: string): bigint => readInteger(fields[at], `${where}.${name}`, 64)
  const uint256 = (at: number, name: string): bigint => readInteger(fields[at], `${where}.${name}`, 256)
  const accessList = (at: number): readonly AccessListEntry[] => readAccessList(fields[at], `${where}.accessList`)
  const chainId = type === 0 ? legacyChainId : uint64(0, 'chainId')
  switch (type) {
    case 0: {
      const head = { chainId, nonce: uint64(0, 'nonce'), gasPrice: uint256(1, 'gasPrice'), gas: uint64(2, 'gas') }
      return { type, ...head, ...readTarget(fields, 3, where) }
    }
    case 1: {
      const head = { chainId, nonce: uint64(1, 'nonce'), gasPrice: uint256(2, 'gasPrice'), gas: uint64(3, 'gas') }
      return { type, ...head, ...readTarget(fields, 4, where), accessList: accessList(7) }
    }
    case 2: {
      const fees = {
        maxPriorityFeePerGas: uint256(2, 'maxPriorityFeePerGas'),
        maxFeePerGas: uint256(3, 'maxFeePerGas'),
      }
      const head = { chainId, nonce: uint64(1, 'nonce'), ...fees, gas: uint64(4, 'gas') }
      return { type, ...head, ...readTarget(fields, 5, where), accessList: accessList(8) }
    }
  }
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
