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
  rooms: Pick<AccountRooms, 'chains' | 'ledgers'>,
  key: KeyRecord,
  deadline: Deadline,
): Promise<void> {
  const chain = rooms.chains.get(key.family)
  if (!hasAccounts(chain) || key.address === undefined) return
  const networks = key.network === undefined ? chain.networks : [key.network]
  for (const network of networks) {
    const node = rooms.ledgers.get(network)
    await refuseNeededOn(network, node, key.address, deadline)
    for (const account of key.accounts ?? []) await refuseControlling(node, account, key.address, deadline)
  }
}

async function refuseNeededOn(
  network: Network,
  node: LedgerNode | undefined,
  address: string,
  deadline: Deadline,
): Promise<void> {
  if (node === undefined)
    throw stillNeeded(`no node is configured for ${network}`, 'a node that can tell what would be lost')
  const own = await node.account(address, deadline)
  const authority = own.authority ?? address
  if (authority === address && own.balance > 0n)
    throw stillNeeded(`${own.balance} on ${address}`, 'an account without a balance')
  const [other] = ((await node.controlledBy(address, deadline)) ?? []).filter((one) => one !== address)
  if (other !== undefined) throw stillNeeded(`signs for ${other}`, 'a key that no account is handed to')
}

/** Accounts on record, for where no indexer tells of all. */
async function refuseControlling(node: LedgerNode | undefined, account: string, address: string, deadline: Deadline) {
  const authority = (await node?.account(account, deadline))?.authority
  if (authority === address) throw stillNeeded(`signs for ${account}`, 'a key that no account is handed to')
}

function stillNeeded(got: string, wanted: string): Refused {
  return new Refused('key-state', 'Something would be lost with this key', { got, wanted, hint: anyway })
}
