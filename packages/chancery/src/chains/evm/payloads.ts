/** The one digest each intent needs signed. */
import type { KeyId } from '../../core/names.ts'
import type { Payload } from '../../core/payload.ts'
import type { EvmIntent } from './intent.ts'

export function payloads(intent: EvmIntent, key: KeyId): readonly Payload[] {
  return [{ key, algorithm: 'secp256k1-ecdsa', bytes: intent.digest, prehashed: true, urgency: 1 }]
}
