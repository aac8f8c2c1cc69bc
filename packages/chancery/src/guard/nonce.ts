import { toHex, uint64 } from '../base/bytes.ts'
import { isUint64 } from '../base/uint64.ts'
import type { Claim, GuardRow } from '../core/claim.ts'
import { Refused } from '../core/errors.ts'

/**
 * An account's nonce (EVM) or sequence number: one root each.
 * @throws Refused `invalid-payload` beyond uint64 (EIP-2681 bounds nonces at 2^64-2; the chain refuses the rest).
 */
export function nonceRow({ kind, scope, nonce, root, replaces }: Extract<Claim, { kind: 'nonce' }>): GuardRow {
  if (!isUint64(nonce)) {
    throw new Refused('invalid-payload', 'The nonce is not a uint64', { where: 'nonce', got: String(nonce) })
  }
  return { kind, scope, item: toHex(uint64(nonce)), root, ...(replaces && { replaces }) }
}
