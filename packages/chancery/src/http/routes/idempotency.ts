/** The caller's own name for a request: the same again gives the same answer (safety rule 7). */
import { sha256, toHex, utf8 } from '../../base/bytes.ts'
import { canonical, type Json } from '../../base/json.ts'
import type { IdempotencyKey } from '../../core/services.ts'

/**
 * The hash covers the path's parameters as well as the body, so the same name with another key is a conflict, not a
 * second signature.
 */
export function idempotencyOf(
  route: string,
  headers: { readonly 'idempotency-key'?: string },
  asked: Json,
): { readonly idempotency?: IdempotencyKey } {
  const key = headers['idempotency-key']
  if (key === undefined) return {}
  return { idempotency: { route, key, bodyHash: toHex(sha256(utf8(canonical(asked)))) } }
}
