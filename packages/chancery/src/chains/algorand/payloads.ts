/** The messages to sign: Ed25519 takes them whole, behind their prefix. */
import type { KeyId } from '../../core/names.ts'
import type { Payload } from '../../core/payload.ts'
import type { AlgorandIntent } from './intent.ts'

/** In the order of the transactions that are signed. */
export function payloads(intent: AlgorandIntent, key: KeyId): readonly Payload[] {
  return messages(intent).map((bytes) => ({ key, algorithm: 'ed25519', bytes, prehashed: false, urgency: 1 }))
}

function messages(intent: AlgorandIntent): readonly Uint8Array[] {
  if (intent.kind === 'prefixed') return [intent.bytes]
  return intent.transactions.flatMap(({ transaction, signing }) => (signing ? [transaction.bytesToSign()] : []))
}
