/** Wallets as both databases keep them, and how a list of them is put together. */
import { Refused } from '../core/errors.ts'
import type { KeyId, WalletId } from '../core/names.ts'
import type { Page } from '../core/page.ts'
import type { ItemFault } from '../core/store.ts'
import type { Tier, WalletAddress, WalletFilter, WalletRow, WalletState } from '../core/wallet-store.ts'
import { hex, integer, network, object, oneOf, prefixed, text, type Row } from './rows.ts'

const tiers = ['native', 'datakey', 'hd', 'sealed'] as const
const states = ['CREATING', 'CREATED', 'PENDING_DELETION', 'DELETED'] as const

export function walletOf(row: Row): WalletRow {
  return {
    id: prefixed(row, 'id', 'wal') satisfies WalletId,
    version: integer(row, 'version'),
    user: text(row, 'user_id'),
    asset: text(row, 'asset'),
    network: network(row),
    tier: oneOf(row, 'tier', tiers),
    state: oneOf(row, 'state', states),
    ...(row['address'] === null ? {} : { address: text(row, 'address') }),
    ...(row['key'] === null ? {} : { key: prefixed(row, 'key', 'key') satisfies KeyId }),
    ...(row['account'] === null ? {} : { account: integer(row, 'account') }),
    ...(row['provider'] === null ? {} : { provider: text(row, 'provider') }),
    body: object(row, 'body'),
    createdAt: integer(row, 'created_at'),
    updatedAt: integer(row, 'updated_at'),
  }
}

export function addressOf(row: Row): WalletAddress {
  return {
    network: network(row),
    address: text(row, 'address'),
    wallet: prefixed(row, 'wallet', 'wal') satisfies WalletId,
    branch: integer(row, 'branch'),
    index: integer(row, 'idx'),
    createdAt: integer(row, 'created_at'),
    mac: hex(row, 'mac'),
  }
}

/** A key of its own has no account: in the index it stands as this one. */
export const noAccount = -1

/** Whether what stands is what was wanted: an address is derived, so its place says all of it. */
function sameAddress(a: WalletAddress, b: WalletAddress): boolean {
  return (
    a.network === b.network &&
    a.address === b.address &&
    a.wallet === b.wallet &&
    a.branch === b.branch &&
    a.index === b.index
  )
}

type Index =
  | 'wallet_provider'
  | 'wallet_user'
  | 'wallet_key'
  | 'wallet_place'
  | 'wallet_asset'
  | 'wallet_network'
  | 'wallet_state'

/** Part of a list: rows with all of these values, found by one index in the order of ids. */
export interface WalletQuery {
  readonly index: Index | undefined
  /** By column; `address` is any of the wallet's. */
  readonly equal: Readonly<Record<string, string>>
}

/**
 * The queries whose rows make the list, at most one for each tier and state: each looks at nothing it leaves out, whatever
 * the others find, except where a user's wallets or those of a tree are narrowed down further.
 */
export function queriesFor(filter: WalletFilter): readonly WalletQuery[] {
  const { index, by } = leading(filter)
  const inTiers = by.includes('tier') ? tiers : [undefined]
  const inStates = by.includes('state') ? states : [undefined]
  const wantedTiers: readonly (Tier | undefined)[] = filter.tier === undefined ? inTiers : [filter.tier]
  const wantedStates: readonly (WalletState | undefined)[] = filter.states ? [...new Set(filter.states)] : inStates
  return wantedTiers.flatMap((tier) =>
    wantedStates.map((state) => ({ index, equal: given({ ...columnsOf(filter), tier, state }) })),
  )
}

interface Leading {
  readonly index: WalletQuery['index']
  /** What else its order wants to be given. */
  readonly by: readonly ('tier' | 'state')[]
}

/** The index by the part of the filter that leaves the fewest. */
function leading({ address, provider, user, key, asset, network: at, tier, states: wanted }: WalletFilter): Leading {
  if (address !== undefined) return { index: undefined, by: [] }
  if (provider !== undefined) return { index: 'wallet_provider', by: [] }
  if (user !== undefined) return { index: 'wallet_user', by: [] }
  if (key !== undefined) return { index: 'wallet_key', by: ['state'] }
  if (asset !== undefined && at !== undefined) return { index: 'wallet_place', by: ['tier', 'state'] }
  if (asset !== undefined) return { index: 'wallet_asset', by: ['tier', 'state'] }
  if (at !== undefined) return { index: 'wallet_network', by: ['tier', 'state'] }
  if (tier !== undefined || wanted !== undefined) return { index: 'wallet_state', by: ['tier', 'state'] }
  return { index: undefined, by: [] }
}

function columnsOf(filter: WalletFilter): Record<string, string | undefined> {
  const { user, asset, network: at, key, address, provider } = filter
  return { user_id: user, asset, network: at, key, address, provider }
}

function given(values: Record<string, string | undefined>): Record<string, string> {
  const found: Record<string, string> = {}
  for (const [name, value] of Object.entries(values)) if (value !== undefined) found[name] = value
  return found
}

/** The statement of a query, `mark` writing its parameters; `hint` stands behind the table. */
export function statementOf(
  { equal }: WalletQuery,
  { after, limit }: Page,
  mark: (n: number) => string,
  hint = '',
): { readonly sql: string; readonly values: readonly (string | number)[] } {
  const byAddress = 'address' in equal
  const from = byAddress ? 'wallet_address a CROSS JOIN wallet w' : `wallet w ${hint}`
  const joined = byAddress ? ['w.id = a.wallet', 'w.network = a.network'] : []
  const names = Object.keys(equal).map((name) => `${name === 'address' ? 'a' : 'w'}.${name} =`)
  const compared = [...names, ...(after === undefined ? [] : ['w.id >'])].map((what, n) => `${what} ${mark(n + 1)}`)
  const where = [...joined, ...compared].join(' AND ')
  const values = [...Object.values(equal), ...(after === undefined ? [] : [after]), limit]
  const sql = `SELECT w.* FROM ${from} ${where && `WHERE ${where}`} ORDER BY w.id LIMIT ${mark(values.length)}`
  return { sql, values }
}

/** Rows of all queries, as one list. */
export function inOrder(found: readonly (readonly WalletRow[])[], limit: number): readonly WalletRow[] {
  const rows = found.flat()
  return found.length < 2 ? rows : rows.toSorted((a, b) => (a.id < b.id ? -1 : 1)).slice(0, limit)
}

/** BIP-32; an `integer` of PostgreSQL holds no more. */
const highestIndex = 0x7fffffff

/** Where a page of addresses goes on. @throws Refused `invalid-request` for a place that is none */
export function addressAfter(after: string | undefined): { readonly branch: number; readonly index: number } {
  if (after === undefined) return { branch: 0, index: -1 }
  const [branch = NaN, index = NaN] = /^\d{1,10}\/\d{1,10}$/.test(after) ? after.split('/').map(Number) : []
  if (!(branch <= highestIndex && index <= highestIndex)) {
    throw new Refused('invalid-request', 'A page goes on after an address, by its place', {
      where: 'after',
      got: after,
      wanted: 'branch/index',
    })
  }
  return { branch, index }
}

type Taken = Extract<ItemFault, { reason: 'wallet' }>['taken']

export function versionFault({ id }: Pick<WalletRow, 'id'>): ItemFault {
  return { reason: 'version', what: `wallet ${id}` }
}

/** Why a row was not written: others have what it wants, or had it at that moment and moved on since. */
export function walletFaults(
  row: WalletRow,
  found: Readonly<Partial<Record<Taken, WalletRow | undefined>>>,
): readonly ItemFault[] {
  const faults = (['owner', 'address', 'account', 'provider'] as const).flatMap((taken): readonly ItemFault[] => {
    const other = found[taken]
    return other === undefined || other.id === row.id ? [] : [{ reason: 'wallet', taken, row: other }]
  })
  return faults.length > 0 ? faults : [versionFault(row)]
}

/** `found` has the address, or the place in its wallet; none is a fault where one of them is the address itself. */
export function addressFaults(wanted: WalletAddress, found: readonly WalletAddress[]): readonly ItemFault[] {
  if (found.some((one) => sameAddress(one, wanted))) return []
  return found.slice(0, 1).map((row) => ({ reason: 'wallet', taken: 'address', row }))
}
