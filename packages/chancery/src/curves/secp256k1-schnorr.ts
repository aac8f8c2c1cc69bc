/** Schnorr signatures over secp256k1 (BIP-340), over 32-byte messages; what needs a private key is in `secp256k1-schnorr/sign.ts`. */
import type { Curve } from '../core/curve.ts'
import { publicKey } from './secp256k1-schnorr/public-key.ts'
import { normalise, verify } from './secp256k1-schnorr/signature.ts'

export const secp256k1Schnorr: Curve = { algorithm: 'secp256k1-schnorr', publicKey, normalise, verify }
