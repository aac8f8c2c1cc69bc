/** Output scripts: of addresses, of public keys, and all that a spender owns with the key that signs for each. */
import { Address, p2ms, p2pkh, p2sh, p2tr, p2wpkh, p2wsh } from '@scure/btc-signer/payment.js'
import { type BTC_NETWORK, PubT, tagSchnorr, validatePubkey } from '@scure/btc-signer/utils.js'
import { concat, equal, toHex } from '../../base/bytes.ts'
import type { OwnScripts } from '../../core/own-scripts.ts'
import type { PublicKey } from '../../core/key.ts'
import type { DerivedSigner } from '../../core/payload.ts'
import { invalid } from '../../core/refusals.ts'
import type { Destination } from './address-reading.ts'
import type { BitcoinNetwork } from './networks.ts'

/** What a key's own scripts are called; `p2wsh` is one that it shares. */
export type OwnForm = 'p2pkh' | 'p2sh-p2wpkh' | 'p2wpkh' | 'p2tr' | 'p2wsh'

/** A script that is ours, derived again from keys: what it takes to spend it. */
export interface OwnScript {
  readonly form: OwnForm
  /** The scriptPubKey. */
  readonly script: Uint8Array
  readonly address: string
  /** What the script commits to the hash of: of `p2sh-p2wpkh`. */
  readonly redeemScript?: Uint8Array
  /** The same of `p2wsh`. */
  readonly witnessScript?: Uint8Array
  /** What the signature is made by and verifies against: of `p2tr` the internal key, untweaked. */
  readonly publicKey: PublicKey
  /** How the wallet's key signs for it; absent: by itself. */
  readonly signer?: DerivedSigner
  /** Of `p2wsh`: how many of which keys sign. */
  readonly multisig?: { readonly threshold: number; readonly publicKeys: readonly Uint8Array[] }
}

const prefix = (hex: string): Uint8Array => Uint8Array.from(Buffer.from(hex, 'hex'))
/** By kind of address: the bytes around its program. */
const templates = {
  p2pkh: [prefix('76a914'), prefix('88ac')],
  p2sh: [prefix('a914'), prefix('87')],
  p2wpkh: [prefix('0014'), prefix('')],
  p2wsh: [prefix('0020'), prefix('')],
  p2tr: [prefix('5120'), prefix('')],
} as const
const kinds = ['p2pkh', 'p2sh', 'p2wpkh', 'p2wsh', 'p2tr'] as const

export function scriptOf({ kind, program }: Destination): Uint8Array {
  const [before, after] = templates[kind]
  return concat(before, program, after)
}

/** Whether something is the x of a point of the curve: to another output key nobody has the private key. */
export function isPoint(x: Uint8Array): boolean {
  try {
    validatePubkey(x, PubT.schnorr)
    return true
  } catch {
    return false
  }
}

/** What a script pays to; undefined for one that no address stands for. */
export function destinationOf(script: Uint8Array): Destination | undefined {
  for (const kind of kinds) {
    const [before, after] = templates[kind]
    const program = script.slice(before.length, script.length - after.length)
    const size = kind === 'p2wsh' || kind === 'p2tr' ? 32 : 20
    if (program.length === size && equal(script, scriptOf({ kind, program }))) {
      return kind === 'p2tr' && !isPoint(program) ? undefined : { kind, program }
    }
  }
  return undefined
}

/** The one text form of an address. */
export function addressText({ kind, program }: Destination, network: BitcoinNetwork): string {
  const made = Address(libraryNetwork(network))
  switch (kind) {
    case 'p2pkh':
      return made.encode({ type: 'pkh', hash: program })
    case 'p2sh':
      return made.encode({ type: 'sh', hash: program })
    case 'p2wpkh':
      return made.encode({ type: 'wpkh', hash: program })
    case 'p2wsh':
      return made.encode({ type: 'wsh', hash: program })
    case 'p2tr':
      return made.encode({ type: 'tr', pubkey: program })
  }
}

/** The address of an output script; undefined where it has none on this network. */
export function addressOfScript(script: Uint8Array, network: BitcoinNetwork): string | undefined {
  const destination = destinationOf(script)
  if (destination === undefined) return undefined
  const segwit = destination.kind !== 'p2pkh' && destination.kind !== 'p2sh'
  return segwit && network.bech32 === undefined ? undefined : addressText(destination, network)
}

/** No private key is ever written here, so there is no version byte for them. */
function libraryNetwork({ bech32 = '', pubKeyHash, scriptHash }: BitcoinNetwork): BTC_NETWORK {
  return { bech32, pubKeyHash, scriptHash, wif: 0 }
}

/** One script of one key. @throws Refused for a form that the network does not have, or a key of the wrong algorithm. */
export function scriptOfKey(
  publicKey: PublicKey,
  form: string,
  network: BitcoinNetwork,
  path?: readonly number[],
): OwnScript {
  const known = network.forms.find(({ name }) => name === form)
  const wanted = network.forms.map(({ name }) => name).join(', ')
  if (known === undefined) throw invalid('form', form, `one of ${network.symbol}'s: ${wanted}`)
  if (known.algorithm !== publicKey.algorithm) {
    throw invalid('key', publicKey.algorithm, `a ${known.algorithm} key for ${form}`)
  }
  const name = [network.network, form, path?.join('/') ?? 'itself', toHex(publicKey.bytes)].join(' ')
  return remembered(name, () =>
    known.name === 'p2tr'
      ? taprootScript(publicKey, network, path ?? [])
      : hashedScript(publicKey, form, network, path),
  )
}

// A tweak costs 500 µs, three hashed scripts 200 µs, and a wallet's many addresses come again with each of its payments.
const scripts = new Map<string, OwnScript>()
const scriptLimit = 50_000

function remembered(name: string, make: () => OwnScript): OwnScript {
  const known = scripts.get(name)
  if (known !== undefined) return known
  if (scripts.size >= scriptLimit) scripts.clear()
  const made = make()
  scripts.set(name, made)
  return made
}

function hashedScript(
  publicKey: PublicKey,
  form: string,
  network: BitcoinNetwork,
  path: readonly number[] | undefined,
): OwnScript {
  const on = libraryNetwork(network)
  const signing = { publicKey, ...(path && { signer: { path, publicKey } }) }
  if (form === 'p2pkh') {
    const { script, address } = p2pkh(publicKey.bytes, on)
    return { form, script, address, ...signing }
  }
  const inner = p2wpkh(publicKey.bytes, on)
  if (form === 'p2wpkh') return { form, script: inner.script, address: inner.address, ...signing }
  const { script, address } = p2sh(inner, on)
  return { form: 'p2sh-p2wpkh', script, address, redeemScript: inner.script, ...signing }
}

/** Nothing but the key path: the tweak commits to no script at all (BIP-86). */
function taprootScript(publicKey: PublicKey, network: BitcoinNetwork, path: readonly number[]): OwnScript {
  const { script, address, tweakedPubkey } = p2tr(publicKey.bytes, undefined, libraryNetwork(network))
  const tweak = Uint8Array.from(tagSchnorr('TapTweak', publicKey.bytes))
  const signer = { path, tweak, publicKey: { algorithm: publicKey.algorithm, bytes: Uint8Array.from(tweakedPubkey) } }
  return { form: 'p2tr', script, address, publicKey, signer }
}

/**
 * All that a key owns on a network, first what its wallet is known by. Where the record names children, the key itself
 * owns nothing; where it names a shared script, nothing else is: what was meant for several must not go to one of them.
 * @throws Refused where the shared script is not one, or has none of the keys.
 */
export function ownScripts(
  publicKey: PublicKey,
  own: OwnScripts | undefined,
  network: BitcoinNetwork,
): readonly OwnScript[] {
  const keys: readonly Signing[] = own?.children ?? [{ publicKey }]
  if (own?.multisig) return [sharedScript(own.multisig, keys, network)]
  return keys.flatMap(({ publicKey: one, path }) => {
    const forms = network.forms.filter(({ algorithm }) => algorithm === one.algorithm)
    return forms.map(({ name }) => scriptOfKey(one, name, network, path))
  })
}

interface Signing {
  readonly publicKey: PublicKey
  readonly path?: readonly number[]
}

/** @throws Refused unless there are 2 to 15 sorted different keys, one of ours among them, and as many signatures at most. */
function sharedScript(
  multisig: NonNullable<OwnScripts['multisig']>,
  keys: readonly Signing[],
  network: BitcoinNetwork,
): OwnScript {
  const { threshold, publicKeys } = multisig
  const sorted = publicKeys.every((key, i) => i === 0 || Buffer.compare(publicKeys[i - 1] ?? key, key) < 0)
  if (!sorted || publicKeys.length < 2 || publicKeys.length > 15 || threshold < 1 || threshold > publicKeys.length) {
    throw invalid('multisig', `${threshold} of ${publicKeys.length}`, '2 to 15 different keys in order (BIP-67)')
  }
  const ours = keys.find(({ publicKey }) => publicKeys.some((one) => equal(one, publicKey.bytes)))
  if (ours === undefined) throw invalid('multisig', publicKeys.map(toHex), "a list with the wallet's key")
  if (network.bech32 === undefined) throw invalid('multisig', network.symbol, 'a network with segwit')
  const { publicKey, path } = ours
  const { script, address, witnessScript } = p2wsh(p2ms(threshold, [...publicKeys]), libraryNetwork(network))
  const signer = path && { signer: { path, publicKey } }
  return { form: 'p2wsh', script, address, witnessScript, publicKey, ...signer, multisig }
}
