/** Rows of wallets held against the last entries that wrote them. */
import path from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { describe, expect, test } from 'vitest'
import type { WalletRow } from '../../src/core/wallet-store.ts'
import { sourceOf } from '../../src/register/source.ts'
import { verifyRegister } from '../../src/register/verify.ts'
import { openWitness } from '../../src/register/witness.ts'
import { walletItem } from '../../src/wallets/row.ts'
import { walletRow } from '../contract/store/wallets.ts'
import { clock, folder, openWhole, soon, sqlite, stateKey } from './fixtures.ts'

async function findings(directory: string): Promise<readonly string[]> {
  const store = await sqlite(path.join(directory, 'store.db'))
  const witness = await openWitness({ path: path.join(directory, 'witness') })
  const found = await verifyRegister(sourceOf(store, clock), { stateKey: stateKey(), witness: witness.seen() })
  await store.close()
  return found.findings
}

/** Wallets as the service writes them: one in its second version, one in its first. */
async function closedWallets(): Promise<string> {
  const directory = await folder()
  const { store, writer, witness } = await openWhole(directory)
  const [a, b] = [walletRow('a'), walletRow('b', { key: 'key_tree', account: 0, address: 'bc1q' })]
  for (const row of [a, { ...a, version: 2, state: 'CREATED', updatedAt: 200 } as const, b]) {
    expect(await writer.record(walletItem({ stateKey: stateKey() }, row), soon())).toMatchObject({ status: 'recorded' })
  }
  await writer.close()
  await witness.close()
  await store.close()
  return directory
}

describe('a row of a wallet', () => {
  test('verifies as its last entry wrote it', async () => {
    expect(await findings(await closedWallets())).toEqual([])
  })

  test.each<[string, string, string]>([
    ['set back to a version that was genuine', '$old', 'the row is of version 1, and an entry wrote version 2'],
    [
      'with another address',
      `UPDATE wallet SET address = 'bc1p' WHERE id = 'wal_a'`,
      'not what the entry of version 2 wrote',
    ],
    [
      'with another user',
      `UPDATE wallet SET user_id = 'me' WHERE id = 'wal_a'`,
      'not what the entry of version 2 wrote',
    ],
    [
      'with another provider id than its body says',
      `UPDATE wallet SET provider = 'p' WHERE id = 'wal_a'`,
      'not what the entry of version 2 wrote',
    ],
    [
      'of a version to come',
      `UPDATE wallet SET version = 3 WHERE id = 'wal_a'`,
      'not what the entry of version 3 wrote',
    ],
    [
      'with what the service never writes',
      `UPDATE wallet SET body = '{"odd":1.5}' WHERE id = 'wal_a'`,
      'not what the entry of version 2 wrote',
    ],
    ['taken away', `DELETE FROM wallet WHERE id = 'wal_a'`, 'an entry wrote it, and the row is gone'],
  ])('%s is found, and named', async (_what, sql, objection) => {
    const directory = await closedWallets()
    const database = new DatabaseSync(path.join(directory, 'store.db'))
    const old = `UPDATE wallet SET version = 1, state = 'CREATING', updated_at = 100 WHERE id = 'wal_a'`
    expect(database.prepare(sql === '$old' ? old : sql).run().changes).toBe(1)
    database.close()
    expect(await findings(directory)).toEqual([`wallet wal_a: ${objection}`])
  })

  test('that no entry wrote is found, and named', async () => {
    const directory = await closedWallets()
    const database = new DatabaseSync(path.join(directory, 'store.db'))
    const columns = 'version, user_id, asset, network, tier, state, address, key, account, body, created_at, updated_at'
    const copied = columns.replace('address, key, account', 'NULL, NULL, NULL').replace('user_id', `'me'`)
    database.exec(`INSERT INTO wallet (id, ${columns}) SELECT 'wal_c', ${copied} FROM wallet WHERE id = 'wal_a'`)
    database.close()
    expect(await findings(directory)).toEqual(['wallet wal_c: no entry wrote it'])
  })

  test('verifies while wallets are written', async () => {
    const { store, writer } = await openWhole(await folder())
    const put = (row: WalletRow) => writer.record(walletItem({ stateKey: stateKey() }, row), soon())
    const writing = new AbortController()
    const busy = Array.from({ length: 20 }, async (_, n) => {
      await put(walletRow(`${n}`))
      for (let version = 2; !writing.signal.aborted; version++) await put(walletRow(`${n}`, { version }))
    })
    for (let i = 0; i < 5; i++) {
      expect((await verifyRegister(sourceOf(store, clock), { stateKey: stateKey() })).findings).toEqual([])
    }
    writing.abort()
    await Promise.all(busy)
  })
})
