/** Which fields of a PSBT are known here, by the library's own tables. What is not let in by name is refused. */
import { PSBTGlobal, PSBTInput, PSBTOutput } from '@scure/btc-signer/psbt.js'
import { equal } from '../../base/bytes.ts'
import { invalid, notCanonical, unsupported } from '../../core/refusals.ts'
import type { KeyMap, Pair } from './psbt-maps.ts'

interface Coder<T> {
  decode(bytes: Uint8Array): T
  encode(value: T): Uint8Array
}

/** Type, form of the key's data, form of the value, versions that need it, versions that allow it. */
export interface Row<T> {
  readonly 0: number
  readonly 1: false | Coder<unknown>
  readonly 2: Coder<T>
  readonly 3: readonly number[]
  readonly 4: readonly number[]
}

type Table = Readonly<Record<string, Row<unknown>>>

/**
 * Extended public keys, derivations and proprietary keys are let through and never believed. Final scripts are not: nobody
 * here runs scripts to check them. Neither is what belongs to scripts of taproot, or to protocols that are not signed here.
 */
const { unsignedTx, xpub, txVersion, fallbackLocktime, inputCount, outputCount, txModifiable, version } = PSBTGlobal
const globals: Table = {
  unsignedTx,
  xpub,
  txVersion,
  fallbackLocktime,
  inputCount,
  outputCount,
  txModifiable,
  version,
  proprietary: PSBTGlobal.proprietary,
}
const { nonWitnessUtxo, witnessUtxo, partialSig, sighashType, redeemScript, witnessScript, bip32Derivation } = PSBTInput
/** Bytes as they are: `spent.ts` reads the transaction, once. */
const asItIs: Coder<Uint8Array> = { decode: (bytes) => bytes, encode: (bytes) => bytes }
const { txid, index, sequence, requiredTimeLocktime, requiredHeightLocktime } = PSBTInput
const { tapKeySig, tapBip32Derivation, tapInternalKey } = PSBTInput
const inputs: Table = {
  nonWitnessUtxo: withValue(nonWitnessUtxo, asItIs),
  witnessUtxo,
  partialSig,
  sighashType,
  redeemScript,
  witnessScript,
  bip32Derivation,
  txid,
  index,
  sequence,
  requiredTimeLocktime,
  requiredHeightLocktime,
  tapKeySig,
  tapBip32Derivation,
  tapInternalKey,
  proprietary: PSBTInput.proprietary,
}
const outputs: Table = {
  redeemScript: PSBTOutput.redeemScript,
  witnessScript: PSBTOutput.witnessScript,
  bip32Derivation: PSBTOutput.bip32Derivation,
  amount: PSBTOutput.amount,
  script: PSBTOutput.script,
  tapInternalKey: PSBTOutput.tapInternalKey,
  tapTree: PSBTOutput.tapTree,
  tapBip32Derivation: PSBTOutput.tapBip32Derivation,
  proprietary: PSBTOutput.proprietary,
}

const tables = { globals: indexed(globals), inputs: indexed(inputs), outputs: indexed(outputs) }
const libraryTables: Readonly<Record<keyof typeof tables, Table>> = {
  globals: PSBTGlobal,
  inputs: PSBTInput,
  outputs: PSBTOutput,
}

/** A table as maps are held against it: rows by their type, and what each version must have. */
interface Indexed {
  readonly byType: ReadonlyMap<number, readonly [name: string, row: Row<unknown>]>
  readonly needed: Readonly<Record<0 | 2, readonly (readonly [name: string, row: Row<unknown>])[]>>
}

function indexed(table: Table): Indexed {
  const rows = Object.entries(table)
  const neededBy = (version: number) => rows.filter(([, row]) => row[3].includes(version))
  return { byType: new Map(rows.map((named) => [named[1][0], named])), needed: { 0: neededBy(0), 2: neededBy(2) } }
}

function withValue(row: Row<unknown>, form: Coder<Uint8Array>): Row<unknown> {
  return [row[0], row[1], form, row[3], row[4]]
}

/** @throws Refused for a key that is unknown, not let in, or not of this version; one that is missing; a value of another form. */
export function checkMap(map: KeyMap, kind: keyof typeof tables, psbtVersion: 0 | 2, where: string): void {
  const { byType, needed } = tables[kind]
  for (const pair of map) {
    const found = byType.get(pair.type)
    if (found === undefined) throw stranger(pair, kind, where)
    const [name, row] = found
    const place = `${where}.${name}`
    if (!row[4].includes(psbtVersion)) {
      throw invalid(place, `in version ${psbtVersion}`, `absent: it belongs to version ${row[4].join(', ')}`)
    }
    checkPair(pair, row, place)
  }
  const missing = needed[psbtVersion].find(([, row]) => !map.some(({ type }) => type === row[0]))
  if (missing) throw invalid(`${where}.${missing[0]}`, undefined, `there: version ${psbtVersion} needs it`)
}

function stranger({ type }: Pair, kind: keyof typeof tables, where: string) {
  const known = Object.entries(libraryTables[kind]).find(([, row]) => row[0] === type)
  if (known === undefined)
    return unsupported(where, `0x${type.toString(16)}`, 'The PSBT has a key that is not known here')
  return unsupported(`${where}.${known[0]}`, `0x${type.toString(16)}`, `A PSBT with ${known[0]} is not signed here`)
}

function checkPair({ keyData, value }: Pair, row: Row<unknown>, where: string): void {
  const keyForm = row[1]
  if (keyForm === false && keyData.length > 0) {
    throw invalid(where, `${keyData.length} bytes in the key`, 'a key of one byte')
  }
  if (keyForm !== false) decoded(keyData, keyForm, `${where} (key)`)
  decoded(value, row[2], where)
}

function decoded<T>(bytes: Uint8Array, form: Coder<T>, where: string): T {
  const value = attempt(() => form.decode(bytes), where)
  const again = attempt(() => form.encode(value), where)
  if (!equal(again, bytes)) throw notCanonical(where, `${bytes.length} bytes`, 'as it is written anew')
  return value
}

function attempt<T>(act: () => T, where: string): T {
  try {
    return act()
  } catch {
    throw invalid(where, 'bytes of another form', 'of the form that PSBTs have there')
  }
}

/** The value of a field of one key without data, in a map that was checked. */
export function field<T>(map: KeyMap, row: Row<T>): T | undefined {
  const found = map.find(({ type }) => type === row[0])
  return found && row[2].decode(found.value)
}

/** A field that `checkMap` made sure of. */
export function required<T>(map: KeyMap, row: Row<T>, where: string): T {
  const value = field(map, row)
  if (value === undefined) throw invalid(where, undefined, 'there')
  return value
}
