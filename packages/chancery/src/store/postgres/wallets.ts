/** Wallets, their addresses, and whom people wanted to pay. */
import { fromHex, sha256, utf8 } from '../../base/bytes.ts'
import { canonical } from '../../base/json.ts'
import type { KeyId, Network, WalletId } from '../../core/names.ts'
import type { Page } from '../../core/page.ts'
import type { ItemFault, Round } from '../../core/store.ts'
import type { Destination, WalletAddress, WalletFilter, WalletRow } from '../../core/wallet-store.ts'
import { addressNames, walletNames } from '../../core/wallet-names.ts'
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
import { serverTime } from './leases.ts'
import type { Session } from './pool.ts'

/** The locks are taken first, so a row of another process that stands in the way is there to be seen. */
export async function takeWallets(session: Session, round: Round): Promise<readonly Owned<ItemFault>[]> {
  const rows = owned(round, (item) => item.wallets)
  const addresses = owned(round, (item) => item.addresses)
  const [, , ...faults] = await Promise.all([
    note(session, round),
    lockNames(session, [
      ...rows.flatMap(({ value }) => walletNames(value)),
      ...addresses.flatMap(({ value }) => addressNames(value)),
    ]),
    ...rows.map((row) => each(row, (value) => putWallet(session, value))),
    ...addresses.map((row) => each(row, (value) => keepAddress(session, value))),
  ])
  return faults.flat()
}

async function each<T>({ item, value }: Owned<T>, put: (value: T) => Promise<readonly ItemFault[]>) {
  return (await put(value)).map((fault): Owned<ItemFault> => ({ item, value: fault }))
}

/** The first one stays. */
async function note(session: Session, round: Round): Promise<void> {
  const wanted = owned(round, (item) => item.destinations).map(({ value }) => value)
  if (wanted.length === 0) return
  const rows = wanted.toSorted((a, b) => (destinationName(a) < destinationName(b) ? -1 : 1))
  await session.query(
    `INSERT INTO destination (scope, network, address, since) SELECT scope, network, address, ${serverTime}
     FROM unnest($1::text[], $2::text[], $3::text[]) WITH ORDINALITY AS new (scope, network, address, n)
     ORDER BY n ON CONFLICT DO NOTHING`,
    [rows.map(({ scope }) => scope), rows.map(({ network }) => network), rows.map(({ address }) => address)],
  )
}

function destinationName({ scope, network, address }: Destination): string {
  return `${scope}\0${network}\0${address}`
}

/** Of no meaning; no other lock with two numbers is taken in this database. */
const nameLocks = 716_379_003
/** Two names seldom share a lock, and a round of many names does not fill the server's table of locks. */
const locks = 1_024

/**
 * Rows of wallets are unique in several ways at once: whoever wrote them in the order of one would wait in a circle for
 * another. These locks have one order for all, and end with the transaction.
 */
async function lockNames(session: Session, names: readonly string[]): Promise<void> {
  if (names.length === 0) return
  const wanted = [...new Set(names.map(lockOf))].toSorted((a, b) => a - b)
  await session.query(
    `SELECT count(*) FROM (SELECT pg_advisory_xact_lock(${nameLocks}, lock)
     FROM (SELECT lock FROM unnest($1::integer[]) AS lock ORDER BY lock) AS wanted OFFSET 0) AS held`,
    [wanted],
  )
}

function lockOf(name: string): number {
  const [high = 0, low = 0] = sha256(utf8(name))
  return (high * 256 + low) % locks
}

const insert = `
  INSERT INTO wallet
    (id, version, user_id, asset, network, tier, state, address, key, account, provider, body, created_at, updated_at)
  VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14) ON CONFLICT DO NOTHING RETURNING id`

/** An update that met a unique index would end the transaction for everybody in the round: it looks before. */
const replace = `
  UPDATE wallet AS mine
  SET version = $2, state = $3, address = $4, key = $5, account = $6, provider = $7, body = $8, updated_at = $9
  WHERE id = $1 AND version = $2::bigint - 1
    AND ($3 = 'DELETED' OR NOT EXISTS (SELECT FROM wallet AS other WHERE other.id <> $1 AND other.state <> 'DELETED'
      AND other.user_id = mine.user_id AND other.asset = mine.asset AND other.network = mine.network))
    AND NOT EXISTS (SELECT FROM wallet AS other WHERE other.id <> $1
      AND other.address = $4 AND other.network = mine.network)
    AND NOT EXISTS (SELECT FROM wallet AS other WHERE other.id <> $1
      AND other.key = $5 AND coalesce(other.account, ${noAccount}) = coalesce($6, ${noAccount}))
    AND NOT EXISTS (SELECT FROM wallet AS other WHERE other.id <> $1 AND other.provider = $7)
  RETURNING id`

async function putWallet(session: Session, row: WalletRow): Promise<readonly ItemFault[]> {
  const { id, version, user, asset, network, tier, state, address, key, account, provider } = row
  const about = [id, version, user, asset, network, tier, state]
  const { createdAt, updatedAt } = row
  const body = canonical(row.body)
  const written = await (version === 1
    ? session.query(insert, [...about, address, key, account, provider, body, createdAt, updatedAt])
    : session.query(replace, [id, version, state, address, key, account, provider, body, updatedAt]))
  if (written.length === 1) return []
  const standing = await wallet(session, id)
  if (standing?.version !== (version === 1 ? undefined : version - 1)) return [versionFault(row)]
  return takenBy(session, row)
}

async function takenBy(session: Session, row: WalletRow): Promise<readonly ItemFault[]> {
  const { user, asset, network, state, address, key, account, provider } = row
  const [owner, [there], [branch], [named]] = await Promise.all([
    state === 'DELETED' ? undefined : ownedBy(session, user, asset, network),
    session.query('SELECT * FROM wallet WHERE address = $1 AND network = $2', [address, network]),
    session.query(`SELECT * FROM wallet WHERE key = $1 AND coalesce(account, ${noAccount}) = $2`, [
      key,
      account ?? noAccount,
    ]),
    session.query('SELECT * FROM wallet WHERE provider = $1', [provider]),
  ])
  const found = { address: there && walletOf(there), account: branch && walletOf(branch) }
  return walletFaults(row, { owner, ...found, provider: named && walletOf(named) })
}

/** What is there already, the same, stays as it is. */
async function keepAddress(session: Session, row: WalletAddress): Promise<readonly ItemFault[]> {
  const { network, address, wallet: of, branch, index, createdAt, mac } = row
  const written = await session.query(
    `INSERT INTO wallet_address (address, network, wallet, branch, idx, created_at, mac)
     VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT DO NOTHING RETURNING address`,
    [address, network, of, branch, index, createdAt, fromHex(mac)],
  )
  if (written.length === 1) return []
  const found = await session.query(
    `SELECT * FROM wallet_address
     WHERE (address = $1 AND network = $2) OR (wallet = $3 AND branch = $4 AND idx = $5)
     ORDER BY address = $1 AND network = $2 DESC`,
    [address, network, of, branch, index],
  )
  return addressFaults(row, found.map(addressOf))
}

export async function wallet(session: Session, id: WalletId): Promise<WalletRow | undefined> {
  const [row] = await session.query('SELECT * FROM wallet WHERE id = $1', [id])
  return row && walletOf(row)
}

export async function walletAt(session: Session, network: Network, address: string): Promise<WalletRow | undefined> {
  const sql =
    'SELECT w.* FROM wallet_address a JOIN wallet w ON w.id = a.wallet WHERE a.address = $1 AND a.network = $2'
  const [row] = await session.query(sql, [address, network])
  return row && walletOf(row)
}

export async function ownedBy(
  session: Session,
  user: string,
  asset: string,
  network: Network,
): Promise<WalletRow | undefined> {
  const sql = `SELECT * FROM wallet WHERE user_id = $1 AND asset = $2 AND network = $3 AND state <> 'DELETED'`
  const [row] = await session.query(sql, [user, asset, network])
  return row && walletOf(row)
}

export async function wallets(session: Session, filter: WalletFilter, page: Page): Promise<readonly WalletRow[]> {
  const found = queriesFor(filter).map(async (query) => {
    const { sql, values } = statementOf(query, page, (n) => `$${n}`)
    return (await session.query(sql, values)).map(walletOf)
  })
  return inOrder(await Promise.all(found), page.limit)
}

export async function walletAddresses(
  session: Session,
  id: WalletId,
  { after, limit }: Page,
): Promise<readonly WalletAddress[]> {
  const { branch, index } = addressAfter(after)
  const sql = `SELECT * FROM wallet_address WHERE wallet = $1 AND (branch, idx) > ($2, $3)
    ORDER BY branch, idx LIMIT $4`
  return (await session.query(sql, [id, branch, index, limit])).map(addressOf)
}

export async function highestAccount(session: Session, key: KeyId): Promise<number | undefined> {
  const sql = `SELECT account FROM wallet WHERE key = $1 AND coalesce(account, ${noAccount}) > ${noAccount}
    ORDER BY coalesce(account, ${noAccount}) DESC LIMIT 1`
  const [row] = await session.query(sql, [key])
  return row && integer(row, 'account')
}

export async function destinationSince(
  session: Session,
  { scope, network, address }: Destination,
): Promise<number | undefined> {
  const sql = 'SELECT since FROM destination WHERE scope = $1 AND network = $2 AND address = $3'
  const [row] = await session.query(sql, [scope, network, address])
  return row && integer(row, 'since')
}
