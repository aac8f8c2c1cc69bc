/** How SQLite looks for wallets: by an index in the order wanted, whatever is asked for together. */
import { rmSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import type { WalletFilter } from '../../src/core/wallet-store.ts'
import { openUnlogged } from '../../src/store/sqlite/database.ts'
import { migrate } from '../../src/store/sqlite/migrations.ts'
import { statementsFor } from '../../src/store/sqlite/wallets.ts'
import { bitcoin } from '../contract/store/wallets.ts'
import { scratchDirectory } from './scratch.ts'

const directory = scratchDirectory()
const db = openUnlogged(join(directory, 'store.db'))
migrate(db)

afterAll(() => {
  db.connection.close()
  rmSync(directory, { recursive: true })
})

const parts: readonly WalletFilter[] = [
  { user: 'u' },
  { asset: 'BTC' },
  { network: bitcoin },
  { states: ['CREATED', 'DELETED'] },
  { tier: 'hd' },
  { address: 'bc1q' },
  { key: 'key_a' },
  { provider: 'p' },
]

const filters = parts.reduce<readonly WalletFilter[]>(
  (all, part) => [...all, ...all.map((filter) => ({ ...filter, ...part }))],
  [{}],
)

/** What SQLite would do for each statement, line by line. */
function plans(filter: WalletFilter): readonly string[] {
  return statementsFor(filter, { after: 'wal_1', limit: 10 }).flatMap(({ sql, values }) =>
    db.connection
      .prepare(`EXPLAIN QUERY PLAN ${sql}`)
      .all(...values)
      .map(({ detail }) => String(detail)),
  )
}

test('every look-up is a search, in the order of ids but where an address leads to it', () => {
  expect(filters).toHaveLength(256)
  for (const filter of filters) {
    const steps = plans(filter)
    const sorts = filter.address === undefined ? [] : ['USE TEMP B-TREE FOR ORDER BY']
    const others = steps.filter((step) => !/^SEARCH [aw] USING /.test(step) && !sorts.includes(step))
    expect({ filter, others }).toEqual({ filter, others: [] })
  }
})

test('a user, an address and a key are what is searched by wherever they are given', () => {
  for (const filter of filters) {
    const [first] = plans(filter)
    if (filter.address !== undefined) expect(first).toMatch(/^SEARCH a USING PRIMARY KEY \(address=\?/)
    else if (filter.provider !== undefined) expect(first).toMatch(/^SEARCH w USING INDEX wallet_provider \(provider=\?/)
    else if (filter.user !== undefined) expect(first).toBe('SEARCH w USING INDEX wallet_user (user_id=? AND id>?)')
    else if (filter.key !== undefined) {
      expect(first).toBe('SEARCH w USING INDEX wallet_key (key=? AND state=? AND id>?)')
    }
  }
})

test('what is looked up one by one is searched for', () => {
  const wanted = [
    `SELECT * FROM wallet WHERE user_id = ? AND asset = ? AND network = ? AND state <> 'DELETED'`,
    'SELECT * FROM wallet WHERE address = ? AND network = ?',
    'SELECT * FROM wallet WHERE key = ? AND coalesce(account, -1) = ?',
    'SELECT * FROM wallet WHERE provider = ?',
    'SELECT account FROM wallet WHERE key = ? AND coalesce(account, -1) >= 0 ORDER BY coalesce(account, -1) DESC LIMIT 1',
    'SELECT * FROM wallet_address WHERE wallet = ? AND (branch, idx) > (?, ?) ORDER BY branch, idx LIMIT ?',
    'SELECT * FROM relay_transaction WHERE wallet = ? ORDER BY created_at, id LIMIT 1',
  ]
  for (const sql of wanted) {
    const steps = db.connection.prepare(`EXPLAIN QUERY PLAN ${sql}`).all()
    expect(steps.map(({ detail }) => String(detail))).toEqual([expect.stringMatching(/^SEARCH /)])
  }
})
