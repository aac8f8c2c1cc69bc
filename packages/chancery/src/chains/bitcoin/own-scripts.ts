/** All that a spender owns on a network, derived again from keys: scripts, each with the key that signs for it. */
import { p2ms, p2pkh, p2sh, p2tr, p2wpkh, p2wsh } from '@scure/btc-signer/payment.js'
import { tagSchnorr } from '@scure/btc-signer/utils.js'
import { equal, toHex } from '../../base/bytes.ts'
import type { PublicKey } from '../../core/key.ts'
import type { OwnScripts } from '../../core/own-scripts.ts'
import type { DerivedSigner } from '../../core/payload.ts'
import { invalid } from '../../core/refusals.ts'
import type { BitcoinNetwork } from './networks.ts'
import { libraryNetwork } from './scripts.ts'

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
  readonly multisig?: Multisig
}

type Multisig = NonNullable<OwnScripts['multisig']>

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
function sharedScript(multisig: Multisig, keys: readonly Signing[], network: BitcoinNetwork): OwnScript {
  const { threshold, publicKeys } = multisig
  if (!isWellFormed(multisig)) {
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

/** Keys in ascending order, which no two equal ones are. */
function isWellFormed({ threshold, publicKeys }: Multisig): boolean {
  const sorted = publicKeys.every((key, i) => i === 0 || Buffer.compare(publicKeys[i - 1] ?? key, key) < 0)
  const count = publicKeys.length
  return sorted && count >= 2 && count <= 15 && threshold >= 1 && threshold <= count
}
