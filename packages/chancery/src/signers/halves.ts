/**
 * What a signer process can do with a private key, by algorithm. This file, `tree-half.ts` and `bls-half.ts` are the only imports
 * of curves on its side; no process loads this one and the last.
 */
import * as ed25519 from '../curves/ed25519/sign.ts'
import * as secp256k1 from '../curves/secp256k1/sign.ts'
import * as schnorr from '../curves/secp256k1-schnorr/sign.ts'
import type { Algorithm } from '../core/key.ts'
import { type Derivation, requireItself } from './derivation.ts'

/** A private key ready for use. `wipe` makes it unusable; what a library copied is freed, not zeroed. */
export interface LoadedKey {
  sign(message: Uint8Array): Uint8Array
  wipe(): void
  /**
   * A key made of this one, which ends with it and is not wiped by itself. Absent: there are none.
   * @throws SignerRefusal where there is no such key
   */
  derive?(derivation: Derivation): LoadedKey
  /** Of a tree: public key and chain code of a node, as its extended public key has them. @throws SignerRefusal */
  extended?(path: readonly number[]): readonly [Uint8Array, Uint8Array]
}

export interface SigningHalf<K extends LoadedKey = LoadedKey> {
  generate(): Uint8Array
  /** @throws RangeError when `privateKey` is none. */
  publicKeyOf(privateKey: Uint8Array): Uint8Array
  /** Takes the private key over, and wipes it when it is not kept. */
  load(privateKey: Uint8Array): K
  /** `sign` of each key over the message of the same place, where it is faster in one go. */
  signMany?(keys: readonly K[], messages: readonly Uint8Array[]): Uint8Array[]
  /** The private key as words, where its algorithm has its own way to write it; UTF-8, to be wiped. */
  wordsOf?(privateKey: Uint8Array): Uint8Array
  /** Formats of private keys that belong to this algorithm alone, by the name in the envelope, and what reads their parts. */
  readonly formats?: ReadonlyMap<string, ReadFormat>
}

/** The private key, in a buffer of its own: whoever gets it wipes it. @throws SignerRefusal `invalid-payload` */
export type ReadFormat = (parts: readonly Uint8Array[]) => Uint8Array

/** The algorithms of one program. */
export type Halves = (algorithm: string) => { readonly algorithm: Algorithm; readonly half: SigningHalf } | undefined

const secp256k1Half: SigningHalf = {
  generate: secp256k1.generate,
  publicKeyOf: secp256k1.publicKeyOf,
  load: (privateKey) => ({
    sign: (digest) => secp256k1.sign(privateKey, digest),
    wipe: () => void privateKey.fill(0),
  }),
}

const schnorrHalf: SigningHalf = {
  generate: secp256k1.generate,
  publicKeyOf: schnorr.publicKeyOf,
  load: (privateKey) => ({
    sign: (message) => schnorr.sign(privateKey, message),
    derive(derivation) {
      requireItself(derivation, 'secp256k1-schnorr')
      return signingAs((message) => signTweaked(privateKey, derivation.tweak, message))
    },
    wipe: () => void privateKey.fill(0),
  }),
}

/** What `derive` answers with. */
export function signingAs(sign: LoadedKey['sign']): LoadedKey {
  return { sign, wipe: () => {} }
}

/** Schnorr, by the key of BIP-341 where there is a tweak. @throws RangeError for a tweak or message that is none */
export function signTweaked(privateKey: Uint8Array, tweak: Uint8Array | undefined, message: Uint8Array): Uint8Array {
  if (tweak === undefined) return schnorr.sign(privateKey, message)
  const own = schnorr.tweaked(privateKey, tweak)
  try {
    return schnorr.sign(own, message)
  } finally {
    own.fill(0)
  }
}

const ed25519Half: SigningHalf = {
  generate: ed25519.generate,
  publicKeyOf: ed25519.publicKeyOf,
  load: loadEd25519,
}

function loadEd25519(seed: Uint8Array): LoadedKey {
  let key: ReturnType<typeof ed25519.loadPrivateKey> | undefined = ed25519.loadPrivateKey(seed)
  seed.fill(0)
  return {
    sign(message) {
      if (key === undefined) throw new Error('this key was wiped')
      return ed25519.sign(key, message)
    },
    wipe: () => {
      key = undefined
    },
  }
}

const halves: ReadonlyMap<string, { readonly algorithm: Algorithm; readonly half: SigningHalf }> = new Map([
  ['secp256k1-ecdsa', { algorithm: 'secp256k1-ecdsa', half: secp256k1Half }],
  ['secp256k1-schnorr', { algorithm: 'secp256k1-schnorr', half: schnorrHalf }],
  ['ed25519', { algorithm: 'ed25519', half: ed25519Half }],
])

export const signingHalf: Halves = (algorithm) => halves.get(algorithm)
