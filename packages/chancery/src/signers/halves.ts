/**
 * What a signer process can do with a private key, by algorithm. This file and `bls-half.ts` are the only imports of curves on
 * its side; no process loads both.
 */
import * as ed25519 from '../curves/ed25519/sign.ts'
import * as secp256k1 from '../curves/secp256k1/sign.ts'
import type { Algorithm } from '../core/key.ts'

/** A private key ready for use. `wipe` makes it unusable; what a library copied is freed, not zeroed. */
export interface LoadedKey {
  sign(message: Uint8Array): Uint8Array
  wipe(): void
}

export interface SigningHalf<K extends LoadedKey = LoadedKey> {
  generate(): Uint8Array
  /** @throws RangeError when `privateKey` is none. */
  publicKeyOf(privateKey: Uint8Array): Uint8Array
  /** Takes the private key over, and wipes it when it is not kept. */
  load(privateKey: Uint8Array): K
  /** `sign` of each key over the message of the same place, where it is faster in one go. */
  signMany?(keys: readonly K[], messages: readonly Uint8Array[]): Uint8Array[]
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
  ['ed25519', { algorithm: 'ed25519', half: ed25519Half }],
])

export const signingHalf: Halves = (algorithm) => halves.get(algorithm)
