/** Which fields of a PSBT are known here, by the library's own tables. What is not let in by name is refused. */
import { PSBTGlobal, PSBTInput, PSBTOutput } from '@scure/btc-signer/psbt.js'
import { equal } from '../../base/bytes.ts'
import type { Refused } from '../../core/errors.ts'
import { invalid, notCanonical, unsupported } from '../../core/refusals.ts'
import type { KeyMap, Pair } from './psbt-maps.ts'

interface Coder<T> {
  decode(bytes: Uint8Array): T
  encode(value: T): Uint8Array
}

/** A field as the library's tables have it. */
export type Row<T> = readonly [
  type: number,
  /** The form of what follows the type in the key; false: nothing does. */
  keyForm: false | Coder<unknown>,
  valueForm: Coder<T>,
  /** Versions that need it. */
  neededIn: readonly number[],
  /** Versions that it belongs to. */
  allowedIn: readonly number[],
  ...more: readonly unknown[],
]

type Table = Readonly<Record<string, Row<unknown>>>

interface Field {
  readonly name: string
  readonly type: number
  readonly keyForm: false | Coder<unknown>
  readonly valueForm: Coder<unknown>
  readonly neededIn: readonly number[]
  readonly allowedIn: readonly number[]
}

/** What a kind of map may hold, and all that the library knows of it. */
interface Kind {
  readonly library: Table
  readonly byType: ReadonlyMap<number, Field>
  readonly needed: Readonly<Record<0 | 2, readonly Field[]>>
}

function kindOf<Name extends string>(
  library: Readonly<Record<Name, Row<unknown>>>,
  names: readonly NoInfer<Name>[],
): Kind {
  const fields = names.map((name) => fieldOf(name, library[name]))
  const neededIn = (version: number) => fields.filter((one) => one.neededIn.includes(version))
  return {
    library,
    byType: new Map(fields.map((one) => [one.type, one])),
    needed: { 0: neededIn(0), 2: neededIn(2) },
  }
}

function fieldOf(name: string, [type, keyForm, valueForm, neededIn, allowedIn]: Row<unknown>): Field {
  return { name, type, keyForm, valueForm, neededIn, allowedIn }
}

/** Bytes as they are: `spent.ts` reads the transaction, once. */
const asItIs: Coder<Uint8Array> = { decode: (bytes) => bytes, encode: (bytes) => bytes }

const [utxoType, utxoKey, , ...utxoVersions] = PSBTInput.nonWitnessUtxo
const inputTable = { ...PSBTInput, nonWitnessUtxo: [utxoType, utxoKey, asItIs, ...utxoVersions] } as const

/**
 * Extended public keys, derivations and proprietary keys are let through and never believed. Final scripts are not: nobody
 * here runs scripts to check them. Neither is what belongs to scripts of taproot, or to protocols that are not signed here.
 */
const kinds = {
  globals: kindOf(PSBTGlobal, [
    'unsignedTx',
    'xpub',
    'txVersion',
    'fallbackLocktime',
    'inputCount',
    'outputCount',
    'txModifiable',
    'version',
    'proprietary',
  ]),
  inputs: kindOf(inputTable, [
    'nonWitnessUtxo',
    'witnessUtxo',
    'partialSig',
    'sighashType',
    'redeemScript',
    'witnessScript',
    'bip32Derivation',
    'txid',
    'index',
    'sequence',
    'requiredTimeLocktime',
    'requiredHeightLocktime',
    'tapKeySig',
    'tapBip32Derivation',
    'tapInternalKey',
    'proprietary',
  ]),
  outputs: kindOf(PSBTOutput, [
    'redeemScript',
    'witnessScript',
    'bip32Derivation',
    'amount',
    'script',
    'tapInternalKey',
    'tapTree',
    'tapBip32Derivation',
    'proprietary',
  ]),
}

/** @throws Refused for a key that is unknown, not let in, or not of this version; one that is missing; a value of another form. */
export function checkMap(map: KeyMap, kind: keyof typeof kinds, psbtVersion: 0 | 2, where: string): void {
  const { byType, needed, library } = kinds[kind]
  for (const pair of map) {
    const known = byType.get(pair.type)
    if (known === undefined) throw stranger(pair, library, where)
    checkPair(pair, known, psbtVersion, `${where}.${known.name}`)
  }
  const missing = needed[psbtVersion].find((one) => !map.some(({ type }) => type === one.type))
  if (missing) throw invalid(`${where}.${missing.name}`, undefined, `there: version ${psbtVersion} needs it`)
}

function stranger({ type }: Pair, library: Table, where: string): Refused {
  const got = `0x${type.toString(16)}`
  const known = Object.entries(library).find(([, row]) => row[0] === type)
  if (known === undefined) return unsupported(where, got, 'The PSBT has a key that is not known here')
  return unsupported(`${where}.${known[0]}`, got, `A PSBT with ${known[0]} is not signed here`)
}

function checkPair(
  { keyData, value }: Pair,
  { keyForm, valueForm, allowedIn }: Field,
  psbtVersion: 0 | 2,
  where: string,
): void {
  if (!allowedIn.includes(psbtVersion)) {
    throw invalid(where, `in version ${psbtVersion}`, `absent: it belongs to version ${allowedIn.join(', ')}`)
  }
  if (keyForm === false && keyData.length > 0) {
    throw invalid(where, `${keyData.length} bytes in the key`, 'a key of one byte')
  }
  if (keyForm !== false) requireCanonical(keyData, keyForm, `${where} (key)`)
  requireCanonical(value, valueForm, where)
}

/** It is read, and written again to the same bytes. @throws Refused */
function requireCanonical<T>(bytes: Uint8Array, form: Coder<T>, where: string): void {
  const value = attempt(() => form.decode(bytes), where)
  const again = attempt(() => form.encode(value), where)
  if (!equal(again, bytes)) throw notCanonical(where, `${bytes.length} bytes`, 'as it is written anew')
}

function attempt<T>(act: () => T, where: string): T {
  try {
    return act()
  } catch {
    throw invalid(where, 'bytes of another form', 'of the form that PSBTs have there')
  }
}

/** The value of a field of one key without data, in a map that was checked. */
export function field<T>(map: KeyMap, [type, , valueForm]: Row<T>): T | undefined {
  const found = map.find((pair) => pair.type === type)
  return found && valueForm.decode(found.value)
}

/** A field that `checkMap` made sure of. */
export function required<T>(map: KeyMap, row: Row<T>, where: string): T {
  const value = field(map, row)
  if (value === undefined) throw invalid(where, undefined, 'there')
  return value
}
