/** The same in a process that imports BLS keys: it reads their formats as well. */
import { equal } from '../base/bytes.ts'
import { derive } from '../curves/bls12-381/derive.ts'
import { publicKeyOf } from '../curves/bls12-381/sign.ts'
import { blsHalf } from './bls-half.ts'
import type { Halves, ReadFormat } from './halves.ts'
import { decryptValidatorKeystore } from './keystore-v4.ts'
import { pathIn, seedOf } from './mnemonic.ts'
import { refuse } from './refusal.ts'

const nothing = new Uint8Array(0)

/** The public key names the key in slashing protection: a keystore that lies about it poisons that. */
const readKeystore: ReadFormat = ([keystore = nothing, password = nothing]) => {
  const { privateKey, publicKey } = decryptValidatorKeystore(keystore, password)
  if (publicKey === undefined || equal(publicKeyOf(privateKey), publicKey)) return privateKey
  privateKey.fill(0)
  throw refuse('invalid-payload', 'The keystore holds the private key of another public key than its pubkey')
}

const readMnemonic: ReadFormat = ([mnemonic = nothing, path = nothing, passphrase = nothing]) => {
  const steps = pathIn(path)
  const seed = seedOf(mnemonic, passphrase)
  try {
    return derive(seed, steps)
  } finally {
    seed.fill(0)
  }
}

const formats = new Map([
  ['keystore-v4', readKeystore],
  ['mnemonic', readMnemonic],
])

export const blsImportHalf: Halves = (name) => {
  const found = blsHalf(name)
  return found && { ...found, half: { ...found.half, formats } }
}
