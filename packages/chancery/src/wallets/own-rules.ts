/** Rules of its own let a key pay past the policy of wallets: its windows, its delays and its freezes. */
import { Refused } from '../core/errors.ts'
import type { KeyRecord } from '../core/key.ts'
import type { WalletRow } from '../core/wallet-store.ts'
import type { WalletRooms } from './rooms.ts'

/** @throws Refused `key-state` for the key of a wallet that somebody took into use by itself while the wallet was made */
export function refuseOwnRules(
  { state }: Pick<WalletRooms, 'state'>,
  { id: wallet }: Pick<WalletRow, 'id'>,
  { id: key }: Pick<KeyRecord, 'id'>,
): void {
  const operations = state.current().rules.get(key)?.value.operations ?? []
  if (operations.length === 0) return
  throw new Refused('key-state', `The key of the wallet ${wallet} has rules of its own: something may use it`, {
    got: operations.join(', '),
    wanted: 'a key without rules',
    hint: `Take them back first: chancery rules put ${key}, with no operations`,
  })
}
