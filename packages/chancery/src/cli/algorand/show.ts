/** Accounts on a screen. */
import type { Account, Key } from '@chancery/client'
import type { Given, Terminal } from '../command.ts'
import { printOne, type Row } from '../output.ts'
import { networkNameOf } from './names.ts'

/** The account a key signs for: handed to it, or its own. */
export function accountOf({ accounts, address }: Key): string {
  return accounts?.[0] ?? address ?? ''
}

export function showKey(given: Given, terminal: Terminal, key: Key): void {
  const { id, alias, backend, network, state, deletionDate } = key
  const row = { account: accountOf(key), name: alias, key: id, backend, network, state, 'deletion date': deletionDate }
  printOne(given, terminal, key, row)
}

/** What nothing is known of takes no column; where a key is kept is long, and stands last. */
export function accountRows(accounts: readonly Account[]): readonly Row[] {
  const rows = accounts.map(accountRow)
  const shown = Object.keys(rows[0] ?? {}).filter((name) => rows.some((row) => row[name] !== undefined))
  return rows.map((row) => Object.fromEntries(shown.map((name) => [name, row[name]])))
}

function accountRow({ account, network, key, ledger, finding, kept }: Account): Row {
  return {
    name: key.alias ?? key.id,
    account,
    network: networkNameOf(network),
    backend: key.backend,
    state: key.handedOver ? `${key.state}, handed over` : key.state,
    balance: ledger?.balance,
    authority: ledger?.authority,
    finding,
    key: key.id,
    kept: kept && Object.values(kept).join(' '),
  }
}
