/** What a key in somebody else's keeping is labelled with: enough to find its wallet, nothing that names a person (P-02). */
import { sha256Hex, utf8 } from '../base/bytes.ts'
import type { WalletRow } from '../core/wallet-store.ts'
import { bodyOf } from './row.ts'

/** The user as the first 32 hex digits of a SHA-256: whoever reads the labels learns no user's name. */
export function labelsOf(row: WalletRow): Readonly<Record<string, string>> {
  return {
    'chancery:wallet': row.id,
    'chancery:provider-id': bodyOf(row).providerId,
    'chancery:asset': row.asset,
    'chancery:user-hash': sha256Hex(utf8(row.user)).slice(2, 34),
  }
}
