/** The caller's own name for a request: the same again gives the same answer (safety rule 7). */
import { sha256, toHex, utf8 } from '../../base/bytes.ts'
import { canonical, type Json } from '../../base/json.ts'
import type { IdempotencyKey } from '../../core/transactions.ts'

/**
 * The hash covers the path's parameters as well as the body, so the same name with another key is a conflict, not a
 * second signature.
 */
export function idempotencyOf(
  route: string,
  headers: { readonly 'idempotency-key'?: string },
  asked: Json,
): { readonly idempotency?: IdempotencyKey } {
  const given = headers['idempotency-key']
  if (given === undefined) return {}
  return { idempotency: { route, key: unquoted(given), bodyHash: toHex(sha256(utf8(canonical(asked)))) } }
}

/** The draft of the header's standard quotes it (draft-ietf-httpapi-idempotency-key-header), most callers do not. */
function unquoted(given: string): string {
  return /^"[^"]+"$/.test(given) ? given.slice(1, -1) : given
}
