/** Wallets, their addresses, and whom people wanted to pay. */
import { fromHex } from '../../base/bytes.ts'
import { canonical } from '../../base/json.ts'
import type { KeyId, Network, WalletId } from '../../core/names.ts'
import type { Page } from '../../core/page.ts'
import type { ItemFault, Round } from '../../core/store.ts'
import type { Destination, WalletAddress, WalletFilter, WalletRow } from '../../core/wallet-store.ts'
import { owned, type Owned } from '../round.ts'
import { integer } from '../rows.ts'
import {
  addressAfter,
  addressFaults,
  addressOf,
  inOrder,
  noAccount,
  queriesFor,
  statementOf,
  versionFault,
  walletFaults,
  walletOf,
} from '../wallets.ts'
import type { Database } from './database.ts'

export function takeWallets(db: Database, round: Round, now: number): readonly Owned<ItemFault>[] {
  for (const { value } of owned(round, (item) => item.destinations)) note(db, value, now)
  return [
    ...owned(round, (item) => item.wallets).flatMap(({ item, value }) =>
      putWallet(db, value).map((fault) => ({ item, value: fault })),
    ),
    ...owned(round, (item) => item.addresses).flatMap(({ item, value }) =>
      keepAddress(db, value).map((fault) => ({ item, value: fault })),
    ),
  ]
}

/** The first one stays. */
function note(db: Database, { scope, network, address }: Destination, now: number): void {
  const sql = 'INSERT INTO destination (scope, network, address, since) VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING'
  db.run(sql, scope, network, address, now)
}

/** What is unique is judged by the statement that writes; why it was not written is found out behind it. */
function putWallet(db: Database, row: WalletRow): readonly ItemFault[] {
  const written = row.version === 1 ? insert(db, row) : replace(db, row)
  if (written === 1) return []
  const standing = wallet(db, row.id)
  if (standing?.version !== (row.version === 1 ? undefined : row.version - 1)) return [versionFault(row)]
  return takenBy(db, row)
}

function insert(db: Database, row: WalletRow): number {
  return db.run(
    `INSERT INTO wallet
       (id, version, user_id, asset, network, tier, state, address, key, account, provider, body, created_at, updated_at)
     VALUES (?, 1, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING`,
    row.id,
    row.user,
    row.asset,
    row.network,
    row.tier,
    row.state,
    row.address ?? null,
    row.key ?? null,
    row.account ?? null,
    row.provider ?? null,
    canonical(row.body),
    row.createdAt,
    row.updatedAt,
  )
}

function replace(db: Database, row: WalletRow): number {
  return db.run(
    `UPDATE OR IGNORE wallet
     SET version = ?, state = ?, address = ?, key = ?, account = ?, provider = ?, body = ?, updated_at = ?
     WHERE id = ? AND version = ?`,
    row.version,
    row.state,
    row.address ?? null,
    row.key ?? null,
    row.account ?? null,
    row.provider ?? null,
    canonical(row.body),
    row.updatedAt,
    row.id,
    row.version - 1,
  )
}

function takenBy(db: Database, row: WalletRow): readonly ItemFault[] {
  const { user, asset, network, state, address, key, account, provider } = row
  const owner = state === 'DELETED' ? undefined : ownedBy(db, user, asset, network)
  const there = address === undefined ? undefined : db.get(byFirstAddress, address, network)
  const branch = key === undefined ? undefined : db.get(byAccount, key, account ?? noAccount)
  const named = provider === undefined ? undefined : db.get(byProvider, provider)
  const found = { address: there && walletOf(there), account: branch && walletOf(branch) }
  return walletFaults(row, { owner, ...found, provider: named && walletOf(named) })
}

const byFirstAddress = 'SELECT * FROM wallet WHERE address = ? AND network = ?'
const byProvider = 'SELECT * FROM wallet WHERE provider = ?'
const byAccount = 'SELECT * FROM wallet WHERE key = ? AND coalesce(account, -1) = ?'

/** What is there already, the same, stays as it is. */
function keepAddress(db: Database, row: WalletAddress): readonly ItemFault[] {
  const { network, address, wallet: of, branch, index, createdAt, mac } = row
  const written = db.run(
    `INSERT INTO wallet_address (address, network, wallet, branch, idx, created_at, mac) VALUES (?, ?, ?, ?, ?, ?, ?)
     ON CONFLICT DO NOTHING`,
    address,
    network,
    of,
    branch,
    index,
    createdAt,
    fromHex(mac),
  )
  if (written === 1) return []
  const found = [
    ...db.all('SELECT * FROM wallet_address WHERE address = ? AND network = ?', address, network),
    ...db.all('SELECT * FROM wallet_address WHERE wallet = ? AND branch = ? AND idx = ?', of, branch, index),
  ]
  return addressFaults(row, found.map(addressOf))
}

export function wallet(db: Database, id: WalletId): WalletRow | undefined {
  const row = db.get('SELECT * FROM wallet WHERE id = ?', id)
  return row && walletOf(row)
}

export function walletAt(db: Database, network: Network, address: string): WalletRow | undefined {
  const row = db.get(
    'SELECT w.* FROM wallet_address a CROSS JOIN wallet w WHERE a.address = ? AND a.network = ? AND w.id = a.wallet',
    address,
    network,
  )
  return row && walletOf(row)
}

export function ownedBy(db: Database, user: string, asset: string, network: Network): WalletRow | undefined {
  const sql = `SELECT * FROM wallet WHERE user_id = ? AND asset = ? AND network = ? AND state <> 'DELETED'`
  const row = db.get(sql, user, asset, network)
  return row && walletOf(row)
}

export function wallets(db: Database, filter: WalletFilter, page: Page): readonly WalletRow[] {
  const found = statementsFor(filter, page).map(({ sql, values }) => db.all(sql, ...values).map(walletOf))
  return inOrder(found, page.limit)
}

/** SQLite keeps no account of what its tables hold, and is told which index leaves the fewest. */
export function statementsFor(filter: WalletFilter, page: Page) {
  return queriesFor(filter).map((query) => {
    const hint = query.index === undefined ? '' : `INDEXED BY ${query.index}`
    return statementOf(query, page, (n) => `?${n}`, hint)
  })
}

export function walletAddresses(db: Database, id: WalletId, { after, limit }: Page): readonly WalletAddress[] {
  const { branch, index } = addressAfter(after)
  const sql = `SELECT * FROM wallet_address WHERE wallet = ? AND (branch, idx) > (?, ?) ORDER BY branch, idx LIMIT ?`
  return db.all(sql, id, branch, index, limit).map(addressOf)
}

export function highestAccount(db: Database, key: KeyId): number | undefined {
  const sql = `SELECT account FROM wallet WHERE key = ? AND coalesce(account, -1) >= 0
    ORDER BY coalesce(account, -1) DESC LIMIT 1`
  const row = db.get(sql, key)
  return row && integer(row, 'account')
}

export function destinationSince(db: Database, { scope, network, address }: Destination): number | undefined {
  const sql = 'SELECT since FROM destination WHERE scope = ? AND network = ? AND address = ?'
  const row = db.get(sql, scope, network, address)
  return row && integer(row, 'since')
}
