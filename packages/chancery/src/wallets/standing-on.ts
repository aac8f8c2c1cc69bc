/** Whether wallets stand on a key: what it signs for would be lost with it, whatever else says that it may go. */
import type { Deadline } from '../base/deadline.ts'
import { Refused } from '../core/errors.ts'
import type { KeyRecord } from '../core/key.ts'
import type { WalletState, WalletStore } from '../core/wallet-store.ts'

const inUse: readonly WalletState[] = ['CREATING', 'CREATED']
/** Of a tree also those whose end may still be taken back: no other key is theirs. */
const inTree: readonly WalletState[] = [...inUse, 'PENDING_DELETION']

/** @throws Refused `key-state`, which nothing forces: the wallets end first */
export async function refuseUnderWallets(
  store: Pick<WalletStore, 'wallets'>,
  { id: key, tree }: Pick<KeyRecord, 'id' | 'tree'>,
  deadline: Deadline,
): Promise<void> {
  const states = tree === undefined ? inUse : inTree
  const [one] = await store.wallets({ key, states }, { limit: 1 }, deadline)
  if (one === undefined) return
  throw new Refused('key-state', 'Wallets stand on this key: their money would be lost with it', {
    got: `${one.id}: ${one.state}`,
    wanted: 'no wallet that is not DELETED',
    hint: `End the wallets first, each by itself: chancery wallets delete ${one.id}`,
  })
}

/**
 * Rules of its own would let a wallet's key pay past the policy of wallets: its windows, its delays and its freezes.
 * @throws Refused `denied`
 */
export async function refuseRulesUnderWallets(
  store: Pick<WalletStore, 'wallets'>,
  { id: key }: Pick<KeyRecord, 'id'>,
  deadline: Deadline,
): Promise<void> {
  const [one] = await store.wallets({ key, states: inTree }, { limit: 1 }, deadline)
  if (one === undefined) return
  throw new Refused(
    'denied',
    'This key pays for a wallet: the policy of wallets says what it may, and no rules of its own',
    {
      got: `${one.id}: ${one.state}`,
      wanted: 'a key of no wallet',
      hint: 'What wallets may pay: chancery wallets policy put',
    },
  )
}
