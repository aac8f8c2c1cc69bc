/** One digest for every input that the wallet's key has yet to sign. */
import type { KeyId } from '../../core/names.ts'
import type { Payload } from '../../core/payload.ts'
import type { BitcoinIntent } from './intent.ts'

/** In the order of those inputs. */
export function payloads({ inputs }: BitcoinIntent, key: KeyId): readonly Payload[] {
  return inputs
    .filter(({ unsigned }) => unsigned)
    .map(({ own: { publicKey, signer }, outpoint, digest }) => {
      const { algorithm } = publicKey
      // Schnorr hashes what it signs (BIP-340), and here that is a digest already.
      const prehashed = algorithm === 'secp256k1-ecdsa'
      return { key, algorithm, bytes: digest, prehashed, outpoint, urgency: 1, ...(signer && { signer }) }
    })
}
