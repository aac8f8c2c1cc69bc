/** Wallets with coins, orders to spend them, and what is built taken through the chain and signed, as the flow does it. */
import { RawTx } from '@scure/btc-signer/script.js'
import { sha256, utf8 } from '../../../../src/base/bytes.ts'
import { type BitcoinIntent, createBitcoin } from '../../../../src/chains/bitcoin/chain.ts'
import { knownNetworks } from '../../../../src/chains/bitcoin/networks.ts'
import { scriptOfAddress } from '../../../../src/chains/bitcoin/address.ts'
import { ownScripts } from '../../../../src/chains/bitcoin/own-scripts.ts'
import { readWhole } from '../../../../src/chains/bitcoin/coins/whole.ts'
import type { OwnScripts } from '../../../../src/core/own-scripts.ts'
import type { BuiltSpend, Coin, Spender, SpendOrder } from '../../../../src/core/coins.ts'
import type { Facts } from '../../../../src/core/facts.ts'
import type { PublicKey } from '../../../../src/core/key.ts'
import type { Payload, Signature } from '../../../../src/core/payload.ts'
import { secp256k1Schnorr } from '../../../../src/curves/secp256k1-schnorr.ts'
import * as schnorr from '../../../../src/curves/secp256k1-schnorr/sign.ts'
import { secp256k1 } from '../../../../src/curves/secp256k1.ts'
import * as ecdsa from '../../../../src/curves/secp256k1/sign.ts'

export const bitcoin = createBitcoin({ networks: knownNetworks.map(({ network }) => ({ network })) })
const { coins: chainCoins } = bitcoin
if (chainCoins === undefined) throw new Error('the chain has no coins')
export const coins = chainCoins

export function networkNamed(symbol: string, name = 'mainnet') {
  const found = knownNetworks.find((one) => one.symbol === symbol && one.networkName === name)
  if (found === undefined) throw new Error(`no ${symbol} ${name}`)
  return found
}

export const btc = networkNamed('BTC')
export const ltc = networkNamed('LTC')
export const doge = networkNamed('DOGE')

export const forms = ['p2pkh', 'p2sh-p2wpkh', 'p2wpkh', 'p2tr', 'p2wsh'] as const
export type Form = (typeof forms)[number]

/** Somebody with keys: one, or those of a shared script. */
export interface Wallet {
  readonly network: typeof btc
  readonly privateKeys: readonly Uint8Array[]
  readonly publicKey: PublicKey
  readonly own?: OwnScripts
  readonly address: string
}

const privateKey = (name: string): Uint8Array => sha256(utf8(`a key of tests: ${name}`))

export function walletOf(form: Form, network = btc, name = 'alice'): Wallet {
  if (form === 'p2wsh') return sharedWallet(network, name)
  const key = privateKey(name)
  const publicKey =
    form === 'p2tr' ? secp256k1Schnorr.publicKey(schnorr.publicKeyOf(key)) : secp256k1.publicKey(ecdsa.publicKeyOf(key))
  return { network, privateKeys: [key], publicKey, address: addressIn(form, network, publicKey) }
}

/** Two of three. */
function sharedWallet(network: typeof btc, name: string): Wallet {
  const privateKeys = [1, 2, 3].map((i) => privateKey(`${name} ${i}`))
  const [first, ...others] = privateKeys.map((one) => secp256k1.publicKey(ecdsa.publicKeyOf(one)))
  if (first === undefined) throw new Error('no key')
  const publicKeys = [first, ...others].map(({ bytes }) => bytes).toSorted((a, b) => Buffer.compare(a, b))
  const own = { multisig: { threshold: 2, publicKeys } }
  return { network, privateKeys, publicKey: first, own, address: addressIn('p2wsh', network, first, own) }
}

function addressIn(form: Form, network: typeof btc, publicKey: PublicKey, own?: OwnScripts): string {
  const found = ownScripts(publicKey, own, network).find((one) => one.form === form)
  if (found === undefined) throw new Error(`no ${form} on ${network.symbol}`)
  return found.address
}

export function spenderOf({ publicKey, own, address }: Wallet): Spender {
  return { publicKey, ...(own && { own }), change: address }
}

export interface CoinOptions {
  readonly confirmations?: number
  /** Tells apart what is otherwise the same. */
  readonly salt?: number
  readonly address?: string
}

/** A coin of the wallet's, made by a transaction of somebody else with a witness. */
export function coinOf(wallet: Wallet, amount: bigint, options: CoinOptions = {}): Coin {
  const { confirmations = 6, salt = 0, address = wallet.address } = options
  const script = scriptOfAddress(address, 'address', wallet.network)
  const seed = sha256(utf8(`${salt} ${amount} ${address}`))
  const spent = [{ txid: seed, index: 0, finalScriptSig: new Uint8Array(), sequence: 0xffffffff }]
  const transaction = RawTx.encode({
    version: 2,
    segwitFlag: true,
    inputs: spent,
    outputs: [
      { amount: 5_000n, script: scriptOfAddress(stranger(wallet.network), 'address', wallet.network) },
      { amount, script },
    ],
    witnesses: spent.map(() => [new Uint8Array(72), new Uint8Array(33)]),
    lockTime: 0,
  })
  return { ...outputOf(transaction, 1), confirmations }
}

/** As many coins of one transaction, which is the larger the more there are. */
export function siblings(wallet: Wallet, count: number): readonly Coin[] {
  const script = scriptOfAddress(wallet.address, 'address', wallet.network)
  const inputs = [{ txid: sha256(utf8('many')), index: 0, finalScriptSig: new Uint8Array(), sequence: 0xffffffff }]
  const outputs = Array.from({ length: count }, (_, i) => ({ amount: 10_000n + BigInt(i), script }))
  const witnesses = [[new Uint8Array(64)]]
  const transaction = RawTx.encode({ version: 2, segwitFlag: true, inputs, outputs, witnesses, lockTime: 0 })
  return outputs.map((_, index) => ({ ...outputOf(transaction, index), confirmations: 1 }))
}

export function outputOf(transaction: Uint8Array, index: number): Omit<Coin, 'confirmations'> {
  return { txid: readWhole(transaction, 'transaction').txid, index, transaction }
}

export function coinsOf(wallet: Wallet, amounts: readonly bigint[], options: CoinOptions = {}): readonly Coin[] {
  return amounts.map((amount, i) => coinOf(wallet, amount, { ...options, salt: (options.salt ?? 0) * 10_000 + i }))
}

const strangers = new Map<string, string>()

/** An address of nobody's that is asked here. */
export function stranger(network = btc, name = 'bob'): string {
  const id = `${name} ${network.network}`
  const known = strangers.get(id) ?? walletOf(network.bech32 === undefined ? 'p2pkh' : 'p2wpkh', network, name).address
  strangers.set(id, known)
  return known
}

/** 10 base units a virtual byte, or ten times what is relayed, and a fee of at most 0.01. */
export function orderOf(wallet: Wallet, all: readonly Coin[], more: Partial<SpendOrder> = {}): SpendOrder {
  const { network, relayFee } = wallet.network
  const feeRate = 10n * relayFee
  return { network, spender: spenderOf(wallet), coins: all, payments: [], feeRate, maxFee: 1_000n * relayFee, ...more }
}

export function parsed(wallet: Wallet, { value }: Pick<BuiltSpend, 'value'>): BitcoinIntent {
  const { network, publicKey, own } = wallet
  const body = {
    operation: 'sign:transaction',
    network: network.network,
    value,
    publicKey,
    ...(own && { own }),
  } as const
  return bitcoin.parse(body)
}

export function factsOf(wallet: Wallet, built: BuiltSpend): Facts {
  return bitcoin.facts(parsed(wallet, built), wallet.publicKey)
}

interface SignedSpend {
  readonly raw: Uint8Array
  readonly virtualSize: number
  readonly summary: BitcoinIntent['summary']
}

/** By as many of the wallet's keys as it takes. */
export function signed(wallet: Wallet, built: BuiltSpend): SignedSpend {
  let { value } = built
  for (const key of wallet.privateKeys) {
    const publicKey = wallet.privateKeys.length === 1 ? wallet.publicKey : secp256k1.publicKey(ecdsa.publicKeyOf(key))
    const intent = parsed({ ...wallet, publicKey }, { value })
    const signatures = bitcoin.payloads(intent, 'key_test').map((payload) => signatureOf(key, payload))
    const { raw, result } = bitcoin.assemble(intent, signatures)
    if (raw) return { raw, virtualSize: readWhole(raw, 'raw').virtualSize, summary: intent.summary }
    value = { ...value, psbt: result['psbt'] ?? null }
  }
  throw new Error('too few signatures')
}

function signatureOf(key: Uint8Array, { algorithm, bytes, signer }: Payload): Signature {
  if (algorithm === 'secp256k1-ecdsa') return { algorithm, bytes: ecdsa.sign(key, bytes).slice(0, 64) }
  return { algorithm, bytes: schnorr.sign(signer?.tweak ? schnorr.tweaked(key, signer.tweak) : key, bytes) }
}

/** The whole outputs that the built transaction makes. */
export function outputsOf(wallet: Wallet, built: BuiltSpend) {
  return parsed(wallet, built).outputs
}

export function sum(amounts: readonly bigint[]): bigint {
  return amounts.reduce((total, amount) => total + amount, 0n)
}
