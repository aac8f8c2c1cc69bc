/** From an intent and its signature to what the caller broadcasts or hands to a contract. */
import { concat, toHex } from '../../base/bytes.ts'
import type { JsonObject } from '../../base/json.ts'
import type { Signed } from '../../core/chain.ts'
import { Failed } from '../../core/errors.ts'
import type { Signature } from '../../core/payload.ts'
import type { EvmIntent, TransactionIntent } from './intent.ts'
import { keccak256 } from './keccak.ts'
import { legacyV, serialiseSigned } from './transaction-encoding.ts'

/** @throws Failed `internal` unless there is one ECDSA signature with its parity: the flow hands over no other. */
export function assemble(intent: EvmIntent, signatures: readonly Signature[]): Signed {
  const [signature] = signatures
  const yParity = signature?.yParity
  if (signature === undefined || signatures.length !== 1 || signature.bytes.length !== 64 || yParity === undefined) {
    throw new Failed('internal', 'Expected one secp256k1 signature with its parity')
  }
  const { bytes } = signature
  return intent.kind === 'transaction' ? transaction(intent, bytes, yParity) : signatureObject(intent, bytes, yParity)
}

function transaction({ transaction, summary }: TransactionIntent, bytes: Uint8Array, yParity: 0 | 1): Signed {
  const { r, s } = halves(bytes)
  const raw = serialiseSigned(transaction, { r: BigInt(r), s: BigInt(s), yParity })
  const hash = toHex(keccak256(raw))
  const result: JsonObject = {
    raw: toHex(raw),
    hash,
    from: summary.from ?? null,
    nonce: String(transaction.nonce),
    type: transaction.type,
    r,
    s,
    yParity,
    // Only a legacy transaction folds its chain id into v, which then passes 2^53 on some networks.
    ...(transaction.type === 0 ? { v: String(legacyV(transaction.chainId, yParity)) } : {}),
  }
  return { result, raw, hash }
}

/** `signature` is r, s and v in 65 bytes, as `ecrecover` and most contracts take it: v is 27 or 28. */
function signatureObject(intent: EvmIntent, bytes: Uint8Array, yParity: 0 | 1): Signed {
  const v = 27 + yParity
  const signature = toHex(concat(bytes, Uint8Array.of(v)))
  return { result: { signature, ...halves(bytes), v, yParity, digest: toHex(intent.digest) } }
}

/** r and s, 32 bytes each, leading zeros included. */
function halves(bytes: Uint8Array): { readonly r: string; readonly s: string } {
  return { r: toHex(bytes.subarray(0, 32)), s: toHex(bytes.subarray(32)) }
}
