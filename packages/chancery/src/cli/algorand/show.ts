/** Accounts on a screen. */
import type { Account, Key } from '@chancery/client'
import type { Given, Terminal } from '../command.ts'
import { printOne, type Row } from '../output.ts'

/** The account a key signs for: handed to it, or its own. */
export function accountOf({ accounts, address }: Key): string {
  return accounts?.[0] ?? address ?? ''
}

export function showKey(given: Given, terminal: Terminal, key: Key): void {
  const { id, alias, backend, network, state, deletionDate } = key
  const row = { account: accountOf(key), name: alias, key: id, backend, network, state, 'deletion date': deletionDate }
  printOne(given, terminal, key, row)
}

export function accountRow({ account, network, key, ledger, finding, kept }: Account): Row {
  return {
    name: key.alias ?? key.id,
    account,
    network: network.slice(network.indexOf(':') + 1),
    backend: key.backend,
    state: key.handedOver ? `${key.state}, handed over` : key.state,
    kept: kept && Object.values(kept).join(' '),
    balance: ledger?.balance,
    authority: ledger?.authority,
    finding,
  }
}
