/** Whether something would be lost with a key, as far as its ledger can tell. */
import type { Deadline } from '../base/deadline.ts'
import { Refused } from '../core/errors.ts'
import type { KeyRecord } from '../core/key.ts'
import type { Network } from '../core/names.ts'
import type { LedgerNode } from '../core/node.ts'
import { type AccountRooms, hasAccounts } from './rooms.ts'

const anyway = 'Move what is there first; or say that it is to be lost (--force)'

/**
 * For keys of chains with ledgers; the others have nothing to ask.
 * @throws Refused `key-state` while an account that the key signs for holds something, or when that cannot be found out
 */
export async function refuseStillNeeded(
  rooms: Pick<AccountRooms, 'chains' | 'ledgers' | 'state'>,
  key: KeyRecord,
  deadline: Deadline,
): Promise<void> {
  const chain = rooms.chains.get(key.family)
  if (!hasAccounts(chain) || key.address === undefined) return
  const networks = key.network === undefined ? chain.networks : [key.network]
  for (const network of networks) {
    const node = rooms.ledgers.get(network)
    const toldAll = await refuseNeededOn(network, node, key.address, deadline)
    const asked = toldAll ? (key.accounts ?? []) : accountsOnRecord(rooms, key.family, network)
    await refuseControlling(asked, node, key.address, deadline)
  }
}

/** @returns whether the node told every account that this key signs for */
async function refuseNeededOn(
  network: Network,
  node: LedgerNode | undefined,
  address: string,
  deadline: Deadline,
): Promise<boolean> {
  if (node === undefined)
    throw stillNeeded(`no node is configured for ${network}`, 'a node that can tell what would be lost')
  const own = await node.account(address, deadline)
  const authority = own.authority ?? address
  if (authority === address && own.balance > 0n)
    throw stillNeeded(`${own.balance} on ${address}`, 'an account without a balance')
  const controlled = await node.controlledBy(address, deadline)
  const other = controlled?.find((one) => one !== address)
  if (other !== undefined) throw stillNeeded(`signs for ${other}`, 'a key that no account is handed to')
  return controlled !== undefined
}

/**
 * For where no indexer tells of all: the accounts on record, of every key, because a hand-over that was cut off is on the
 * ledger and not yet on record.
 */
async function refuseControlling(
  accounts: readonly string[],
  node: LedgerNode | undefined,
  address: string,
  deadline: Deadline,
): Promise<void> {
  for (const account of accounts) {
    const authority = (await node?.account(account, deadline))?.authority
    if (authority === address) throw stillNeeded(`signs for ${account}`, 'a key that no account is handed to')
  }
}

/** Every account that a key of this family has on the network. */
function accountsOnRecord({ state }: Pick<AccountRooms, 'state'>, family: string, network: Network): readonly string[] {
  return [...state.current().keys.values()]
    .map(({ value }) => value)
    .filter((key) => key.family === family && (key.network ?? network) === network)
    .flatMap(({ address, accounts = [] }) => [...(address === undefined ? [] : [address]), ...accounts])
}

function stillNeeded(got: string, wanted: string): Refused {
  return new Refused('key-state', 'Something would be lost with this key', { got, wanted, hint: anyway })
}
