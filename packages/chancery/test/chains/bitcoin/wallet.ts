/** Keys, coins and PSBTs of tests: made by the library, signed as the flow does it. */
import { RawTx } from '@scure/btc-signer/script.js'
import { Transaction } from '@scure/btc-signer/transaction.js'
import { sha256, utf8 } from '../../../src/base/bytes.ts'
import type { Json } from '../../../src/base/json.ts'
import { createBitcoin } from '../../../src/chains/bitcoin/chain.ts'
import type { BitcoinIntent } from '../../../src/chains/bitcoin/intent.ts'
import { type BitcoinNetwork, knownNetworks } from '../../../src/chains/bitcoin/networks.ts'
import { type OwnScript, ownScripts } from '../../../src/chains/bitcoin/own-scripts.ts'
import { readTransaction } from '../../../src/chains/bitcoin/transaction.ts'
import type { Signed } from '../../../src/core/chain.ts'
import type { OwnScripts } from '../../../src/core/own-scripts.ts'
import type { Facts } from '../../../src/core/facts.ts'
import type { PublicKey } from '../../../src/core/key.ts'
import type { Payload } from '../../../src/core/payload.ts'
import { secp256k1 } from '../../../src/curves/secp256k1.ts'
import { secp256k1Schnorr } from '../../../src/curves/secp256k1-schnorr.ts'
import { publicKeyOf, sign } from '../../../src/curves/secp256k1/sign.ts'
import * as schnorr from '../../../src/curves/secp256k1-schnorr/sign.ts'

export const chain = createBitcoin({ networks: knownNetworks.map(({ network }) => ({ network })) })

export function named(symbol: string, networkName: string): BitcoinNetwork {
  const found = knownNetworks.find((one) => one.symbol === symbol && one.networkName === networkName)
  if (found === undefined) throw new Error(`${symbol} ${networkName} is not known`)
  return found
}
export const mainnet = named('BTC', 'mainnet')

export const privateKeyOf = (name: string): Uint8Array => sha256(utf8(name))

export function ecdsaKey(name: string): PublicKey {
  return secp256k1.publicKey(publicKeyOf(privateKeyOf(name)))
}

export function schnorrKey(name: string): PublicKey {
  return { algorithm: 'secp256k1-schnorr', bytes: schnorr.publicKeyOf(privateKeyOf(name)) }
}

/** What one key or several own, the script of one form. */
export function ownOf(key: PublicKey, form: string, network: BitcoinNetwork = mainnet, own?: OwnScripts): OwnScript {
  const found = ownScripts(key, own, network).find((one) => one.form === form)
  if (found === undefined) throw new Error(`no ${form}`)
  return found
}

export interface TestCoin {
  readonly own: OwnScript
  readonly amount: bigint
  /** Tells two coins of the same script and amount apart. */
  readonly number?: number
}

/** The whole transaction that made a coin, as output 1 of two. */
export function funding({ own, amount, number = 0 }: TestCoin): {
  readonly raw: Uint8Array
  readonly txid: Uint8Array
} {
  const txid = sha256(utf8(`earlier ${number}`))
  const raw = RawTx.encode({
    version: 2,
    segwitFlag: false,
    inputs: [{ txid, index: 0, finalScriptSig: Uint8Array.of(0x51), sequence: 0xffffffff }],
    outputs: [
      { amount: 1n, script: Uint8Array.of(0x51) },
      { amount, script: own.script },
    ],
    witnesses: [],
    lockTime: 0,
  })
  return { raw, txid: readTransaction(raw, 'raw').txid }
}

export interface TestOutput {
  readonly script: Uint8Array
  readonly amount: bigint
}

export interface TestOrder {
  readonly coins: readonly TestCoin[]
  readonly outputs: readonly TestOutput[]
  /** Of the PSBT. */
  readonly version?: 0 | 2
  readonly sighashType?: number
  readonly sequence?: number
  readonly lockTime?: number
  /** Of the transaction: 32 bits with a sign. */
  readonly transactionVersion?: number
}

/** Unsigned, as the library writes it. */
export function unsigned(order: TestOrder): Transaction {
  const { coins, outputs, sighashType, sequence, lockTime = 0, transactionVersion: version = 2 } = order
  const unknown = { allowUnknownOutputs: true, allowUnknownInputs: true, allowUnknownVersion: true }
  const made = new Transaction({ ...unknown, lockTime, version })
  for (const coin of coins) {
    const { raw, txid } = funding(coin)
    const { redeemScript, witnessScript, form, publicKey } = coin.own
    made.addInput({
      txid,
      index: 1,
      nonWitnessUtxo: raw,
      ...(redeemScript && { redeemScript }),
      ...(witnessScript && { witnessScript }),
      ...(form === 'p2tr' && { tapInternalKey: publicKey.bytes }),
      ...(sighashType !== undefined && { sighashType }),
      ...(sequence !== undefined && { sequence }),
    })
  }
  for (const { script, amount } of outputs) made.addOutput({ script, amount })
  return made
}

export function psbtOf(order: TestOrder): string {
  return Buffer.from(unsigned(order).toPSBT(order.version ?? 0)).toString('base64')
}

export interface Asked {
  readonly psbt: string
  readonly key: PublicKey
  readonly own?: OwnScripts
  readonly replaces?: string
  /** A shared script as a request states it. */
  readonly multisig?: Json
  readonly network?: BitcoinNetwork
}

export function parse({ psbt, key, own, replaces, multisig, network = mainnet }: Asked): BitcoinIntent {
  const value = { psbt, ...(replaces !== undefined && { replaces }), ...(multisig !== undefined && { multisig }) }
  const asked = { operation: 'sign:transaction', network: network.network, value, publicKey: key } as const
  return chain.parse({ ...asked, ...(own && { own }) })
}

export interface Run {
  readonly intent: BitcoinIntent
  readonly facts: Facts
  readonly payloads: readonly Payload[]
  readonly signed: Signed
}

/** `names` are of the private keys that may sign: of the key, or of its children. */
export function run(asked: Asked, names: readonly string[]): Run {
  const intent = parse(asked)
  const payloads = chain.payloads(intent, 'key_test')
  const signatures = payloads.map((payload) => signature(payload, asked.key, names))
  return { intent, facts: chain.facts(intent, asked.key), payloads, signed: chain.assemble(intent, signatures) }
}

function signature({ algorithm, bytes, signer }: Payload, key: PublicKey, names: readonly string[]) {
  const publicKey = signer?.publicKey ?? key
  for (const name of names) {
    const secret = privateKeyOf(name)
    if (algorithm === 'secp256k1-ecdsa') {
      if (Buffer.compare(publicKeyOf(secret), publicKey.bytes) !== 0) continue
      return secp256k1.normalise({ encoding: 'compact', bytes: sign(secret, bytes) }, bytes, publicKey)
    }
    const tweaked = signer?.tweak ? schnorr.tweaked(secret, signer.tweak) : secret
    if (Buffer.compare(schnorr.publicKeyOf(tweaked), publicKey.bytes) !== 0) continue
    return secp256k1Schnorr.normalise({ encoding: 'compact', bytes: schnorr.sign(tweaked, bytes) }, bytes, publicKey)
  }
  throw new Error('none of the keys signs this payload')
}

/** Of a PSBT as requests and vectors write it. */
export function bytesOf(base64: string): Uint8Array {
  return Uint8Array.from(Buffer.from(base64, 'base64'))
}

/** @throws Error for what is no text. */
export function textOf(value: Json | undefined): string {
  if (typeof value === 'string') return value
  throw new Error('no text')
}
