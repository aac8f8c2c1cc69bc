import { describe, expect, test } from 'vitest'
import type { RoundResult, Store } from '../../../src/core/store.ts'
import type { Current, Opened } from './opened.ts'
import { slashings } from './protection-model.ts'
import { bitcoin, keeping, walletRow } from './wallets.ts'
import {
  attestation,
  begin,
  change,
  counting,
  guard,
  hash,
  item,
  raising,
  signature,
  signing,
  soon,
  taking,
  validator,
  windowRow,
  Writer,
} from './writer.ts'

/** Two processes where the store is shared, else one. */
function processes({ store, peer }: Opened): readonly Store[] {
  return peer === undefined ? [store] : [store, peer]
}

async function race(opened: Opened, count: number, run: (store: Store, n: number) => Promise<RoundResult>) {
  const stores = processes(opened)
  const runs = Array.from({ length: count }, (_, n) => run(stores[n % stores.length] ?? opened.store, n))
  return Promise.all(runs)
}

function committed(results: readonly RoundResult[]): number {
  return results.filter((result) => result.status === 'committed').length
}

export function raceTests(current: Current): void {
  describe('in a race', () => {
    test('for one guard row exactly one of 200 writers wins', async () => {
      const opened = current()
      await begin(opened.store)
      const results = await race(opened, 200, (store, n) =>
        new Writer(`writer-${n}`).commit(store, [taking(guard('row', `root ${n}`))]),
      )
      expect(committed(results)).toBe(1)
      const winner = results.findIndex((result) => result.status === 'committed')
      expect((await opened.store.guards(undefined, 10, soon())).rows).toMatchObject([{ root: hash(`root ${winner}`) }])
      const held = results.flatMap((result) => (result.status === 'refused' ? result.faults : []))
      expect(held.every(({ fault }) => fault.reason === 'guard' && fault.held === hash(`root ${winner}`))).toBe(true)
      expect(await opened.store.streams(soon())).toHaveLength(2)
    })

    test('rounds that take many rows in any order neither deadlock nor overlap', async () => {
      const opened = current()
      await begin(opened.store)
      const results = await race(opened, 60, (store, n) => {
        const rows = [1, 2, 3, 4, 5].map((k) => guard(`row ${(n * 7 + k * 3) % 11}`, `root ${n}`))
        return new Writer(`writer-${n}`).commit(store, n % 2 ? [taking(...rows)] : [taking(...rows.toReversed())])
      })
      const rows = (await opened.store.guards(undefined, 100, soon())).rows
      expect(committed(results)).toBeGreaterThan(0)
      expect(rows).toHaveLength(committed(results) * 5)
    })

    test('for one place of a user exactly one of 200 wallets wins, and the others learn which', async () => {
      const opened = current()
      await begin(opened.store)
      const wanted = { user: 'u', state: 'CREATING' } as const
      const results = await race(opened, 200, (store, n) =>
        new Writer(`writer-${n}`).commit(store, [keeping(walletRow(`${n}`, wanted))]),
      )
      expect(committed(results)).toBe(1)
      const winner = await opened.store.walletOf('u', 'BTC', bitcoin, soon())
      expect(results.findIndex(({ status }) => status === 'committed')).toBe(Number(winner?.id.slice(4)))
      const lost = results.flatMap((result) => (result.status === 'refused' ? result.faults : []))
      expect(lost).toHaveLength(199)
      for (const { fault } of lost) expect(fault).toEqual({ reason: 'wallet', taken: 'owner', row: winner })
      expect(await opened.store.wallets({}, { limit: 10 }, soon())).toEqual([winner])
    })

    test("rounds of many wallets that want each other's accounts and places neither deadlock nor share one", async () => {
      const opened = current()
      await begin(opened.store)
      const results = await race(opened, 60, (store, n) => {
        const rows = [1, 2, 3, 4, 5].map((k) =>
          walletRow(`${n}-${k}`, {
            user: `user ${(n * 7 + k * 3) % 23}`,
            key: 'key_tree',
            account: (n * 5 + k * 11) % 29,
            address: `address ${(n * 3 + k * 5) % 31}`,
          }),
        )
        return new Writer(`writer-${n}`).commit(
          store,
          (n % 2 ? rows : rows.toReversed()).map((row) => keeping(row)),
        )
      })
      const rows = await opened.store.wallets({}, { limit: 1_000 }, soon())
      expect(committed(results)).toBeGreaterThan(0)
      expect(results.every(({ status }) => status === 'committed' || status === 'refused')).toBe(true)
      expect(rows).toHaveLength(committed(results) * 5)
      for (const name of ['user', 'account', 'address'] as const) {
        expect(new Set(rows.map((row) => row[name])).size).toBe(rows.length)
      }
    })

    test('for one target exactly one of 200 writers wins', async () => {
      const opened = current()
      await begin(opened.store)
      const results = await race(opened, 200, (store, n) =>
        new Writer(`writer-${n}`).commit(store, [signing(attestation(1, 2, `root ${n}`))]),
      )
      expect(committed(results)).toBe(1)
      const winner = results.findIndex((result) => result.status === 'committed')
      const last = { source: 1n, target: 2n, root: hash(`root ${winner}`) }
      const held = results.flatMap((result) => (result.status === 'refused' ? result.faults : []))
      expect(held).toHaveLength(199)
      for (const { fault } of held) expect(fault).toMatchObject({ reason: 'duty', held: { attestation: last } })
      expect((await opened.store.signedDuties(undefined, undefined, 10, soon())).rows).toHaveLength(1)
    })

    test('no two votes are taken that contradict each other, and no row falls', async () => {
      const opened = current()
      await begin(opened.store)
      const votes = Array.from({ length: 150 }, (_, n) => attestation(n % 7, 1 + ((n * 5) % 13), `root ${n % 3}`))
      const results = await race(opened, votes.length, (store, n) => {
        const vote = votes[n] ?? attestation(0, 1, 'x')
        return new Writer(`writer-${n}`).commit(
          store,
          n % 25 === 24 ? [raising({ scope: vote.scope, attestation: { source: 1n, target: 2n } })] : [signing(vote)],
        )
      })
      const taken = votes.filter((_, n) => n % 25 !== 24 && results[n]?.status === 'committed')
      expect(slashings(taken)).toEqual([])
      const [row] = await opened.store.protection([validator('a')], soon())
      const highest = taken.reduce((top, { target }) => (target > top ? target : top), 2n)
      expect(row?.attestation?.target).toBe(highest)
    })

    test('rounds of many duties and raises in any order neither deadlock nor contradict', async () => {
      const opened = current()
      await begin(opened.store)
      const results = await race(opened, 60, (store, n) => {
        const scopes = [1, 2, 3, 4, 5].map((k) => validator(`${(n * 7 + k * 3) % 11}`))
        const items = scopes.map((scope, k) =>
          (n + k) % 4 === 0
            ? raising({ scope, block: { slot: BigInt(n % 9) } })
            : signing(attestation(n, n + 1, 'x', scope)),
        )
        return new Writer(`writer-${n}`).commit(store, n % 2 ? items : items.toReversed())
      })
      expect(committed(results)).toBeGreaterThan(0)
      expect(results.every(({ status }) => status === 'committed' || status === 'refused')).toBe(true)
    })

    test('for a window with room for 50 exactly 50 of 200 writers fit', async () => {
      const opened = current()
      await begin(opened.store)
      const results = await race(opened, 200, (store, n) =>
        new Writer(`writer-${n}`).commit(store, [counting(windowRow(`root ${n}`, 3n, 152n))]),
      )
      expect(committed(results)).toBe(50)
      expect(results.filter((result) => result.status === 'refused')).toHaveLength(150)
      expect((await opened.store.windowTotals(undefined, 10, soon())).rows).toMatchObject([{ total: 150n }])
      const uses = (await opened.store.windowUses(undefined, 1_000, soon())).rows
      expect(uses.reduce((sum, { amount }) => sum + amount, 0n)).toBe(150n)
    })

    test('the same root counts once, however many writers bring it', async () => {
      const opened = current()
      await begin(opened.store)
      const results = await race(opened, 40, (store, n) =>
        new Writer(`writer-${n}`).commit(store, [counting(windowRow('root', 3n, 4n))]),
      )
      expect(committed(results)).toBe(40)
      expect((await opened.store.windowTotals(undefined, 10, soon())).rows).toMatchObject([{ total: 3n }])
    })

    test('rounds that count in many windows in any order neither deadlock nor exceed one', async () => {
      const opened = current()
      await begin(opened.store)
      const results = await race(opened, 60, (store, n) => {
        const rows = [1, 2, 3, 4].map((k) => windowRow(`root ${n}`, 1n, 9n, { scope: `w${(n * 7 + k * 3) % 11}` }))
        const items = rows.map((row) => counting(row))
        return new Writer(`writer-${n}`).commit(store, n % 2 ? items : items.toReversed())
      })
      expect(committed(results)).toBeGreaterThan(0)
      const totals = (await opened.store.windowTotals(undefined, 100, soon())).rows
      expect(totals.every(({ total }) => total <= 9n)).toBe(true)
      expect(totals.reduce((sum, { total }) => sum + total, 0n)).toBe(BigInt(committed(results) * 4))
    })

    test('for one position exactly one hash stands', async () => {
      const opened = current()
      await begin(opened.store)
      const results = await race(opened, 40, (store, n) =>
        new Writer('cloned').commit(store, [item()], { hash: hash(`clone ${n % 4}`) }),
      )
      const standing = await opened.store.segmentHash({ stream: 'cloned', seq: 1 }, soon())
      results.forEach((result, n) => {
        expect(result.status).toBe(hash(`clone ${n % 4}`) === standing ? 'committed' : 'collision')
      })
      expect(await opened.store.entries([{ stream: 'cloned', seq: 1 }], soon())).toHaveLength(1)
    })

    test('for one signature all get the same bytes', async () => {
      const opened = current()
      await begin(opened.store)
      const results = await race(opened, 40, (store, n) =>
        new Writer(`writer-${n}`).commit(store, [item({ signatures: [signature('key', 'payload', n)] })]),
      )
      const first = await opened.store.storedSignature(hash('key'), hash('payload'), soon())
      for (const result of results) expect(result).toEqual({ status: 'committed', items: [{ signatures: [first] }] })
    })

    test('for one idempotency key exactly one wins', async () => {
      const opened = current()
      await begin(opened.store)
      const row = { client: 'cli_a', route: 'sign', key: 'key', bodyHash: hash('body') } as const
      const results = await race(opened, 40, (store, n) =>
        new Writer(`writer-${n}`).commit(store, [item({ idempotency: { ...row, made: `att_${n}` } })]),
      )
      expect(committed(results)).toBe(1)
    })

    test('for the next epoch exactly one change wins', async () => {
      const opened = current()
      await begin(opened.store)
      const results = await race(opened, 20, (store, n) => new Writer(`writer-${n}`).commit(store, [change(2)]))
      expect(committed(results)).toBe(1)
      expect(results.filter((result) => result.status === 'stale')).toHaveLength(19)
    })

    test('no round of the old epoch follows a change', async () => {
      const opened = current()
      await begin(opened.store)
      const halt = new Writer('halt').commit(opened.store, [change(2, [], true)])
      const results = race(opened, 100, (store, n) => new Writer(`writer-${n}`).commit(store, [item()]))
      expect(await halt).toMatchObject({ status: 'committed' })
      expect(committed(await race(opened, 20, (store, n) => new Writer(`late-${n}`).commit(store, [item()])))).toBe(0)
      for (const result of await results) expect(['committed', 'stale']).toContain(result.status)
    })

    test('for one nonce exactly one transaction wins', async () => {
      const opened = current()
      await begin(opened.store)
      const about = { client: 'cli_a', key: 'key_a', network: 'eip155:1', sender: '0xs', state: 'assigned' } as const
      const results = await race(opened, 40, (store, n) => {
        const row = { id: `txn_${n}`, version: 1, ...about, nonce: 9n, body: {}, createdAt: 1, updatedAt: 1 } as const
        return new Writer(`writer-${n}`).commit(store, [item({ transactions: [row] })])
      })
      expect(committed(results)).toBe(1)
    })

    test('for a lease exactly one holder wins', async () => {
      const opened = current()
      const stores = processes(opened)
      const leases = await Promise.all(
        Array.from({ length: 20 }, (_, n) =>
          (stores[n % stores.length] ?? opened.store).lease('job', `holder ${n}`, 60_000, soon()),
        ),
      )
      expect(leases.filter((lease) => lease !== undefined)).toHaveLength(1)
    })
  })
}
