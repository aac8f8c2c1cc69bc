/** What a signer process for BLS keys can do with a private key. It may load native code, so it holds no other keys. */
import { generate, loadPrivateKey, publicKeyOf, signMany } from '../curves/bls12-381/sign.ts'
import type { LoadedKey as NativeKey } from '../curves/bls12-381/sign.ts'
import type { Halves, LoadedKey, SigningHalf } from './halves.ts'

const algorithm = 'bls12-381'

const half: SigningHalf<NativeKey & LoadedKey> = { generate, publicKeyOf, load, signMany }

function load(privateKey: Uint8Array): NativeKey & LoadedKey {
  const key = loadPrivateKey(privateKey)
  privateKey.fill(0)
  return Object.assign(key, { sign: (message: Uint8Array) => signMany([key], [message])[0] ?? new Uint8Array(0) })
}

export const blsHalf: Halves = (name) => (name === algorithm ? { algorithm, half } : undefined)
