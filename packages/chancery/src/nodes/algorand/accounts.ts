/** Accounts, as a node and an indexer tell of them. */
import { Failed } from '../../core/errors.ts'
import type { LedgerAccount } from '../../core/node.ts'
import type { Ask } from './rest.ts'
import { lastRound } from './rounds.ts'
import { amount, list, member, mostRounds, text, unbelievable, type Wire } from './wire.ts'

const addressPattern = /^[A-Z2-7]{58}$/

/** @throws Failed `node-refused` */
export async function account(address: string, ask: Ask): Promise<LedgerAccount> {
  // Without `exclude=all` the node refuses accounts with many holdings; their totals are told either way.
  const { value, words } = await ask({
    name: 'account',
    path: `/v2/accounts/${encodeURIComponent(address)}?exclude=all`,
  })
  if (words !== '')
    throw new Failed('node-refused', 'The node does not tell the account', { particulars: { got: words } })
  if (member(value, 'address') !== address) throw unbelievable('account', member(value, 'address') ?? null, address)
  const authority = authorityOf(value)
  return {
    balance: amount(member(value, 'amount'), 'balance'),
    minimum: amount(member(value, 'min-balance'), 'minimum balance'),
    ...(authority === undefined || authority === address ? {} : { authority }),
    assets: total(value, 'total-assets-opted-in', 'total-created-assets'),
    contracts: total(value, 'total-apps-opted-in', 'total-created-apps'),
    round: amount(member(value, 'round'), 'round', mostRounds),
  }
}

function authorityOf(value: Wire): string | undefined {
  const found = member(value, 'auth-addr')
  return found === undefined ? undefined : text(found, 'auth address', addressPattern)
}

/** algod writes totals that are zero as well: one that is missing is not known to be none. */
function total(value: Wire, ...names: readonly string[]): bigint {
  return names.reduce((sum, name) => sum + amount(member(value, name), name), 0n)
}

/** Five minutes of rounds: an account handed over since then would be missed. */
const mostBehind = 100n
const pageSize = 100
const mostPages = 10

/** @throws Failed `node-refused`, or `node-unavailable` when the indexer is far behind `head`, the node's last round */
export async function controlledBy(address: string, head: bigint, ask: Ask): Promise<readonly string[]> {
  const found: string[] = []
  let next: string | undefined
  for (let page = 0; page < mostPages; page++) {
    const value = await accountsPage(address, next, ask)
    requireRecent(amount(member(value, 'current-round'), 'round', mostRounds), head)
    const accounts = list(member(value, 'accounts'), 'list of accounts')
    found.push(...accounts.map((one) => text(member(one, 'address'), 'address', addressPattern)))
    const token = member(value, 'next-token')
    if (typeof token !== 'string' || accounts.length === 0) break
    next = token
  }
  return found.filter((one) => one !== address)
}

async function accountsPage(address: string, next: string | undefined, ask: Ask): Promise<Wire> {
  const query = new URLSearchParams({ 'auth-addr': address, limit: String(pageSize), exclude: 'all' })
  if (next !== undefined) query.set('next', next)
  const { value, words } = await ask({ name: 'controlled', path: `/v2/accounts?${query.toString()}` })
  if (words === '') return value
  throw new Failed('node-refused', 'The indexer does not tell accounts', { particulars: { got: words } })
}

function requireRecent(round: bigint, head: bigint): void {
  if (round + mostBehind >= head) return
  const particulars = { got: `round ${round}`, wanted: `round ${head}, the node's, or ${mostBehind} less` }
  throw new Failed('node-unavailable', 'The indexer is behind the node', { particulars })
}

/** What an indexer serves is told by the blocks it keeps: its other answers name no network. */
export async function indexedGenesis(ask: Ask): Promise<Wire | undefined> {
  const round = lastRound(await ask({ name: 'health', path: '/health' }), 'round')
  const { value } = await ask({ name: 'block', path: `/v2/blocks/${round}?header-only=true` })
  return member(value, 'genesis-hash')
}
