/** What a wallet's payments tell of its addresses, as far as they go back. */
import { expect, test } from 'vitest'
import { systemClock } from '../../src/base/clock.ts'
import { deadlineIn } from '../../src/base/deadline.ts'
import type { JsonObject } from '../../src/base/json.ts'
import { newId } from '../../src/base/id.ts'
import type { Page } from '../../src/core/page.ts'
import type { TransactionFilter, TransactionRow } from '../../src/core/store.ts'
import { spentFrom } from '../../src/relay/coins/spent-from.ts'
import type { RelayRooms } from '../../src/relay/rooms.ts'
import { regtest, walletId } from './coin-house.ts'

function rowOf(body: JsonObject, state: TransactionRow['state'] = 'final'): TransactionRow {
  const id = newId('txn', 1_000)
  const where = { network: regtest, sender: 'a', wallet: walletId }
  return {
    id,
    version: 1,
    client: newId('cli', 1_000),
    key: newId('key', 1_000),
    ...where,
    state,
    body,
    createdAt: 1,
    updatedAt: 1,
  }
}

function rooms(all: readonly TransactionRow[]) {
  const store = {
    transactions: async ({ wallet, states }: TransactionFilter, { after, limit }: Page) => {
      const some = all.filter((row) => row.wallet === wallet && states?.includes(row.state))
      const from = some.findIndex(({ id }) => id === after) + 1
      return some.slice(from, from + limit)
    },
  }
  const coins = { spentFrom: ({ psbt }: JsonObject) => [psbt] }
  return { store, coinNetworks: new Map([[regtest, { coins }]]) } as unknown as Pick<
    RelayRooms,
    'store' | 'coinNetworks'
  >
}

const asked = (all: readonly TransactionRow[], ...addresses: readonly string[]) =>
  spentFrom(rooms(all), walletId, addresses, deadlineIn(30_000, systemClock))

test('all are read, however many, and nothing is said of other addresses', async () => {
  const all = Array.from({ length: 500 }, (_, i) => rowOf({ from: [`address ${i}`, 'change'] }))
  expect(await asked(all, 'address 0', 'address 499', 'address 500')).toEqual(['address 0', 'address 499'])
})

test('those that no node knew say nothing, and those of another wallet neither', async () => {
  const body = { from: ['a'] }
  for (const state of ['accepted', 'assigned', 'signed', 'failed'] as const) {
    expect(await asked([rowOf(body, state)], 'a')).toEqual([])
  }
  expect(await asked([{ ...rowOf(body), wallet: 'wal_01jd00000000000000000000bb' }], 'a')).toEqual([])
  for (const state of ['broadcast', 'mined', 'final'] as const) {
    expect(await asked([rowOf(body, state)], 'a')).toEqual(['a'])
  }
})

test('one of before that was written down says it by what was signed', async () => {
  expect(await asked([rowOf({ prepared: { psbt: 'a' } }), rowOf({})], 'a', 'b')).toEqual(['a'])
  const elsewhere = { ...rowOf({ prepared: { psbt: 'a' } }), network: 'bip122:00' as const }
  expect(await asked([elsewhere], 'a')).toEqual([])
})
