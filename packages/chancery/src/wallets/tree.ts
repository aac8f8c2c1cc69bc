/** The tree that wallets of a chain's family are branches of: one each, made when the first of them is. */
import { isOvertaken, Refused } from '../core/errors.ts'
import type { Call } from '../core/call.ts'
import type { KeyRecord } from '../core/key.ts'
import type { ChainId, KeyId } from '../core/names.ts'
import { treeName } from '../core/tree-name.ts'
import { onBehalf } from './behalf.ts'
import type { WalletRooms } from './rooms.ts'

/** @throws Refused `already-exists` when another key has that name; `key-state` while the tree is out of use */
export async function treeOf(rooms: WalletRooms, family: ChainId, call: Call): Promise<KeyId> {
  const { alias, found } = standing(rooms, family)
  if (found !== undefined) return inUse(found)
  try {
    const request = { backend: 'sealed', family, kind: 'decoded', tree: 'bip32', alias } as const
    return (await rooms.keyring.create(request, onBehalf(call, 'keys:create'))).id
  } catch (error) {
    if (!isOvertaken(error) && !(error instanceof Refused && error.code === 'already-exists')) throw error
    await rooms.state.refresh(call.deadline)
    return treeOf(rooms, family, call)
  }
}

/** The tree that new branches are given out of, or what it is to be called: an administrator may have made it before. @throws Refused `already-exists` */
function standing(
  { state }: WalletRooms,
  family: ChainId,
): { readonly alias: string; readonly found?: KeyRecord | undefined } {
  for (let n = 1; ; n++) {
    const alias = treeName(family, n)
    const found = state.current().findKey(alias)
    if (found !== undefined && (found.tree === undefined || found.family !== family)) throw otherKey(alias, found.id)
    if (found?.closed === undefined) return { alias, found }
  }
}

/** No wallet is begun under a tree that is about to be ended: nobody could finish it, and its address would be lost with it. */
function inUse({ id, alias, state }: KeyRecord): KeyId {
  if (state === 'enabled') return id
  const hint = `chancery keys ${state === 'pending-deletion' ? 'cancel-deletion' : 'enable'} ${alias ?? id}`
  throw new Refused('key-state', 'The tree of the wallets is not in use', { got: state, wanted: 'enabled', hint })
}

function otherKey(alias: string, id: KeyId): Refused {
  const hint = 'Give that key another name: this one is for the tree of the wallets'
  return new Refused('already-exists', `${alias} names the key ${id}, which is no tree`, { got: id, hint })
}
