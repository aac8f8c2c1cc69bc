/** ECDSA over secp256k1 (SEC 2), over 32-byte digests; what needs a private key is in `secp256k1/sign.ts`. */
import type { Curve } from '../core/curve.ts'
import { publicKey } from './secp256k1/public-key.ts'
import { normalise, verify } from './secp256k1/signature.ts'

export const secp256k1: Curve = { algorithm: 'secp256k1-ecdsa', publicKey, normalise, verify }
