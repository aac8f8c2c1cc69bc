/** Partially signed transactions, version 0 (BIP-174) and 2 (BIP-370): what is read of them, and nothing else is let in. */
import { PSBTGlobal, PSBTInput, PSBTOutput } from '@scure/btc-signer/psbt.js'
import { invalid } from '../../core/refusals.ts'
import { checkMap, field, required } from './psbt-fields.ts'
import { type KeyMap, readMaps } from './psbt-maps.ts'
import type { TransactionInput, TransactionOutput, UnsignedTransaction } from './transaction.ts'

/** A signature that is there already: in DER with its type of hash. */
export interface PartialSignature {
  readonly publicKey: Uint8Array
  readonly bytes: Uint8Array
}

/** The transaction of `nonWitnessUtxo` is as it is on the wire. */
export interface PsbtInput {
  readonly nonWitnessUtxo?: Uint8Array | undefined
  readonly witnessUtxo?: TransactionOutput | undefined
  readonly sighashType?: number | undefined
  readonly redeemScript?: Uint8Array | undefined
  readonly witnessScript?: Uint8Array | undefined
  readonly partialSignatures: readonly PartialSignature[]
  readonly tapKeySignature?: Uint8Array | undefined
  readonly tapInternalKey?: Uint8Array | undefined
}

export interface Psbt {
  readonly version: 0 | 2
  /** As they came in: the global one, then one an input, then one an output. */
  readonly maps: readonly KeyMap[]
  readonly transaction: UnsignedTransaction
  readonly inputs: readonly PsbtInput[]
}

/** @throws Refused `invalid-payload`, `not-canonical`, or `unsupported-payload` for what exists and is not signed here. */
export function readPsbt(bytes: Uint8Array, where: string): Psbt {
  const maps = readMaps(bytes, where)
  const [global = []] = maps
  const version = versionOf(global, where)
  checkMap(global, 'globals', version, `${where}.global`)
  const given = version === 0 ? transactionOf(global, where) : undefined
  const [ins, outs] = given ? [given.inputs.length, given.outputs.length] : counts(global, where)
  if (maps.length !== 1 + ins + outs) {
    throw invalid(where, `${maps.length - 1} maps`, `a PSBT of ${ins} inputs and ${outs} outputs`)
  }
  const inputs = maps.slice(1, 1 + ins)
  const outputs = maps.slice(1 + ins)
  inputs.forEach((map, i) => checkMap(map, 'inputs', version, `${where}.inputs[${i}]`))
  outputs.forEach((map, i) => checkMap(map, 'outputs', version, `${where}.outputs[${i}]`))
  const transaction = given ?? composed(global, inputs, outputs, where)
  return { version, maps, transaction, inputs: inputs.map(readInput) }
}

function versionOf(global: KeyMap, where: string): 0 | 2 {
  const found = global.find(({ type }) => type === PSBTGlobal.version[0])
  if (found === undefined) return 0
  const [version, ...rest] = found.value
  if (found.value.length === 4 && rest.every((byte) => byte === 0) && (version === 0 || version === 2)) return version
  throw invalid(`${where}.global.version`, Buffer.from(found.value).toString('hex'), '0 or 2 in four bytes')
}

function counts(global: KeyMap, where: string): readonly [number, number] {
  const place = `${where}.global`
  return [required(global, PSBTGlobal.inputCount, place), required(global, PSBTGlobal.outputCount, place)]
}

interface WithScriptSigs extends UnsignedTransaction {
  readonly inputs: readonly (TransactionInput & { readonly finalScriptSig: Uint8Array })[]
}

function transactionOf(global: KeyMap, where: string): UnsignedTransaction {
  const place = `${where}.global.unsignedTx`
  const unsigned: WithScriptSigs = required(global, PSBTGlobal.unsignedTx, place)
  const { version, lockTime, inputs, outputs } = unsigned
  if (inputs.some(({ finalScriptSig }) => finalScriptSig.length > 0)) {
    throw invalid(place, 'a scriptSig', 'a transaction without signatures')
  }
  return { version, lockTime, inputs, outputs }
}

function composed(
  global: KeyMap,
  inputs: readonly KeyMap[],
  outputs: readonly KeyMap[],
  where: string,
): UnsignedTransaction {
  return {
    // Wallets write it unsigned; the wire has it signed.
    version: required(global, PSBTGlobal.txVersion, `${where}.global`) | 0,
    lockTime: lockTimeOf(global, inputs, where),
    inputs: inputs.map((map, i) => composedInput(map, `${where}.inputs[${i}]`)),
    outputs: outputs.map((map, i) => {
      const place = `${where}.outputs[${i}]`
      return { amount: required(map, PSBTOutput.amount, place), script: required(map, PSBTOutput.script, place) }
    }),
  }
}

function composedInput(map: KeyMap, where: string): TransactionInput {
  return {
    txid: required(map, PSBTInput.txid, where),
    index: required(map, PSBTInput.index, where),
    sequence: field(map, PSBTInput.sequence) ?? 0xffffffff,
  }
}

const firstTime = 500_000_000

/** "Determining Lock Time" of BIP-370: the latest that an input requires, by height where all of them can live with that. */
function lockTimeOf(global: KeyMap, inputs: readonly KeyMap[], where: string): number {
  const required = inputs.map((map) => {
    return { time: field(map, PSBTInput.requiredTimeLocktime), height: field(map, PSBTInput.requiredHeightLocktime) }
  })
  const bad = required.some(({ time = firstTime, height = 1 }) => time < firstTime || height < 1 || height >= firstTime)
  if (bad)
    throw invalid(where, 'a required lock time out of its range', 'heights below 500000000, and times from there')
  const asked = required.filter(({ time, height }) => time !== undefined || height !== undefined)
  if (asked.length === 0) return field(global, PSBTGlobal.fallbackLocktime) ?? 0
  if (asked.every(({ height }) => height !== undefined)) return Math.max(...asked.map(({ height = 0 }) => height))
  if (asked.every(({ time }) => time !== undefined)) return Math.max(...asked.map(({ time = 0 }) => time))
  throw invalid(where, 'inputs that require heights and others times', 'inputs that one lock time satisfies')
}

function readInput(map: KeyMap): PsbtInput {
  const partial = map.filter(({ type }) => type === PSBTInput.partialSig[0])
  return {
    nonWitnessUtxo: map.find(({ type }) => type === PSBTInput.nonWitnessUtxo[0])?.value,
    witnessUtxo: field(map, PSBTInput.witnessUtxo),
    sighashType: field(map, PSBTInput.sighashType),
    redeemScript: field(map, PSBTInput.redeemScript),
    witnessScript: field(map, PSBTInput.witnessScript),
    partialSignatures: partial.map(({ keyData, value }) => ({ publicKey: keyData, bytes: value })),
    tapKeySignature: field(map, PSBTInput.tapKeySig),
    tapInternalKey: field(map, PSBTInput.tapInternalKey),
  }
}
