/** What one validator signed, as a file tells it: strictly read (EIP-3076, https://eips.ethereum.org/EIPS/eip-3076). */
import { isHex, toLowerHex, type Hex } from '../base/bytes.ts'
import { isJsonObject, type Json } from '../base/json.ts'
import { parseUint64 } from '../base/uint64.ts'
import { Refused } from '../core/errors.ts'
import type { PastDuty } from '../core/protection.ts'
import type { Bounds } from './timing.ts'

type PastBlock = Extract<PastDuty, { kind: 'block' }>
type PastAttestation = Extract<PastDuty, { kind: 'attestation' }>

export interface ValidatorHistory {
  readonly publicKey: Hex
  readonly blocks: readonly PastBlock[]
  readonly attestations: readonly PastAttestation[]
}

/** The public key an item of `data` is about, in lower case. @throws Refused `invalid-payload` */
export function publicKeyOf(item: Json): Hex {
  const pubkey = isJsonObject(item) ? item['pubkey'] : undefined
  if (isHex(pubkey, 48)) return toLowerHex(pubkey)
  throw wrong('pubkey', pubkey, '0x and 96 hex digits')
}

/** @throws Refused `invalid-payload` for the first thing that is no part of the format, or is later than `bounds` */
export function readHistory(item: Json, bounds: Bounds | undefined): ValidatorHistory {
  const publicKey = publicKeyOf(item)
  const at = isJsonObject(item) ? item : {}
  const blocks = listOf(at['signed_blocks'], 'signed_blocks')
  const attestations = listOf(at['signed_attestations'], 'signed_attestations')
  return {
    publicKey,
    blocks: blocks.map((block, i) => readBlock(block, () => `signed_blocks[${i}]`, bounds)),
    attestations: attestations.map((one, i) => readAttestation(one, () => `signed_attestations[${i}]`, bounds)),
  }
}

function readBlock(item: Json, where: () => string, bounds: Bounds | undefined): PastBlock {
  const block = memberful(item, where)
  const slot = integer(block['slot'], where, 'slot', bounds?.slot)
  return { kind: 'block', slot, ...root(block['signing_root'], where) }
}

function readAttestation(item: Json, where: () => string, bounds: Bounds | undefined): PastAttestation {
  const attestation = memberful(item, where)
  const source = integer(attestation['source_epoch'], where, 'source_epoch', bounds?.epoch)
  const target = integer(attestation['target_epoch'], where, 'target_epoch', bounds?.epoch)
  return { kind: 'attestation', source, target, ...root(attestation['signing_root'], where) }
}

/** TypeScript takes an array of JSON for one of anything. */
const isList: (value: Json | undefined) => value is readonly Json[] = Array.isArray

export function listOf(value: Json | undefined, where: string): readonly Json[] {
  if (isList(value)) return value
  throw wrong(where, value, 'an array')
}

/** Where things stand is written only for what is wrong: files have a million of these. */
function memberful(item: Json, where: () => string): { readonly [name: string]: Json | undefined } {
  if (isJsonObject(item)) return item
  throw wrong(where(), item, 'an object')
}

function integer(value: Json | undefined, where: () => string, name: string, most: bigint | undefined): bigint {
  const number = parseUint64(value)
  if (number === undefined) throw wrong(`${where()}.${name}`, value, 'a uint64 as a decimal string')
  if (most === undefined || number <= most) return number
  const wanted = `at most ${most}, which the clock reaches within an epoch`
  throw wrong(`${where()}.${name}`, value, wanted, 'If the clock is right and so is the file, import it with --force')
}

/** Absent and null mean the same: nobody knows what was signed. */
function root(value: Json | undefined, where: () => string): { readonly root?: Hex } {
  if (value === undefined || value === null) return {}
  if (isHex(value, 32)) return { root: toLowerHex(value) }
  throw wrong(`${where()}.signing_root`, value, '0x and 64 hex digits, or nothing')
}

export function wrong(where: string, value: Json | undefined, wanted: string, hint?: string): Refused {
  const got = value === undefined ? 'nothing' : (JSON.stringify(value) ?? 'nothing').slice(0, 64)
  const particulars = { where, got, wanted, ...(hint !== undefined && { hint }) }
  return new Refused('invalid-payload', `${where}: got ${got}, wanted ${wanted}`, particulars)
}
