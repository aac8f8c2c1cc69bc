/** Which account is meant: key, chain, network and node. */
import type { Call } from '../core/call.ts'
import { Failed, keyNotFound, Refused } from '../core/errors.ts'
import type { KeyRecord } from '../core/key.ts'
import type { Network } from '../core/names.ts'
import type { LedgerNode } from '../core/node.ts'
import type { Versioned } from '../core/state.ts'
import { type AccountChain, type AccountRooms, hasAccounts } from './rooms.ts'

/**
 * @throws Refused `key-not-found`, `denied`; `not-supported` for a chain whose accounts are their keys; `key-state` where the
 * name is the key's own address, and what is done would be done to the account that was handed to it
 */
export function findAccountKey(rooms: AccountRooms, name: string, call: Call): Versioned<KeyRecord> {
  const snapshot = rooms.state.current()
  const key = snapshot.findKey(name)
  const found = key && snapshot.keys.get(key.id)
  if (found === undefined) throw keyNotFound()
  rooms.requirePermit(call.principal, 'admin', { key: found.value.id })
  const account = accountOf(found.value)
  if (name !== found.value.address || name === account) return found
  const hint = 'Name the key or that account where it is meant; hand it to another key first where it is not'
  const particulars = { where: 'id', got: name, wanted: account, hint }
  throw new Refused('key-state', 'The key with this address signs for another account', particulars)
}

export function chainOf(rooms: AccountRooms, { family }: KeyRecord): AccountChain {
  const chain = rooms.chains.get(family)
  if (hasAccounts(chain)) return chain
  throw new Refused('not-supported', `Accounts of ${family} cannot be handed to another key`)
}

/** The account a key signs for: the one that was handed to it, or its own address. */
export function accountOf({ accounts, address }: KeyRecord): string {
  const [handed] = accounts ?? []
  const account = handed ?? address
  if (account === undefined) throw new Failed('internal', 'The key has no address')
  return account
}

/** The key's own network, the one named, or the only one there is. @throws Refused `wrong-network`, `invalid-request` */
export function networkOf(chain: AccountChain, key: KeyRecord, named: Network | undefined): Network {
  const { networks } = chain
  if (key.network !== undefined) {
    if (named === undefined || named === key.network) return key.network
    throw new Refused('wrong-network', 'This key signs for one network only', { got: named, wanted: key.network })
  }
  const [only] = networks
  const network = named ?? (networks.length === 1 ? only : undefined)
  if (network !== undefined && networks.includes(network)) return network
  throw new Refused('invalid-request', 'Say which network is meant', {
    where: 'network',
    got: named ?? 'none',
    wanted: networks.join(', ') || 'a configured network',
  })
}

/** @throws Refused `not-configured` */
export function ledgerOf({ ledgers }: AccountRooms, network: Network): LedgerNode {
  const ledger = ledgers.get(network)
  if (ledger) return ledger
  const hint = 'Give the network an rpc URL in the configuration'
  throw new Refused('not-configured', `No node is configured for ${network}`, { where: 'networks', hint })
}
