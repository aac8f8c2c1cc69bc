/** Somebody who may write to the database, and is no administrator of ours: nothing is signed on their word. */
import { DatabaseSync } from 'node:sqlite'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import type { Principal } from '../../src/core/access.ts'
import type { KeyRecord } from '../../src/core/key.ts'
import type { Network } from '../../src/core/names.ts'
import type { TransactionRow } from '../../src/core/store.ts'
import { createEvmNode } from '../../src/nodes/evm/node.ts'
import { startAnvil, type Anvil } from '../integration/anvil.ts'
import { client, network, openHouse, payingKey, removeFolder, signer, someone } from '../integration/house.ts'
import type { TestHouse, TestParts } from '../integration/house.ts'

const elsewhere = '0x00000000000000000000000000000000000000A2'

let anvil: Anvil
let house: TestHouse
let key: KeyRecord
let app: Principal
let told: string[]

beforeAll(async () => {
  anvil = await startAnvil()
})

afterAll(() => anvil.close())

beforeEach(async () => {
  told = []
  house = await openHouse(nowhere())
  key = await payingKey(house, { recipients: [someone, elsewhere] })
  app = await client(house, signer(key))
  await anvil.fund(String(key.address))
})

afterEach(async () => {
  await house.close()
  await removeFolder(house)
})

function parts(url: URL): TestParts {
  const node = createEvmNode({ network, urls: [url], fees: 'auto', patience: 500 })
  const onError = (error: unknown) => void told.push(String(error))
  return { networks: new Map([[network as Network, { node, confirmations: 1n }]]), onError }
}

/** A node that nobody reaches: what is accepted stays so. */
const nowhere = () => parts(new URL('http://127.0.0.1:1'))

const send = () => house.relay.send({ key: key.id, network, value: { to: someone, value: '5' } }, house.as(app))
const stateOf = async (id: `txn_${string}`) => (await house.relay.get(id, house.as(app))).row.state
const nonceOnChain = () => anvil.rpc('eth_getTransactionCount', key.address, 'latest')

async function reopen(given: TestParts, edit: (db: DatabaseSync) => void = () => {}): Promise<void> {
  await house.close()
  const db = new DatabaseSync(join(house.folder, 'data', 'store.sqlite'))
  edit(db)
  db.close()
  house = await openHouse({ folder: house.folder, ...given })
}

const edits = [
  ['its recipient', `body = replace(body, '${someone}', '${elsewhere}')`],
  ['its amount', `body = replace(body, '"value":"5"', '"value":"500"')`],
  ['its client', "client = 'cli_operator'"],
  ['its age', 'created_at = created_at - 1'],
] as const

test('an accepted transaction is not sent once anything of it was changed', async () => {
  const rows: TransactionRow[] = []
  for (const _ of edits) rows.push((await send()).row)
  await reopen(parts(anvil.url), (db) => {
    for (const [at, [, change]] of edits.entries()) {
      db.prepare(`UPDATE relay_transaction SET ${change} WHERE id = ?`).run(String(rows[at]?.id))
    }
  })
  await expect.poll(() => told).toContainEqual(expect.stringContaining('is not as this service wrote it'))
  for (const { id } of rows) {
    await expect(house.relay.get(id, house.as(app))).rejects.toMatchObject({ code: 'store-corrupt' })
  }
  expect(await nonceOnChain()).toBe('0x0')
}, 60_000)

test('a transaction that nobody sent is not sent', async () => {
  const { row } = await send()
  const forged = `${row.id.slice(0, -1)}${row.id.endsWith('0') ? '1' : '0'}`
  await reopen(parts(anvil.url), (db) => db.exec(`UPDATE relay_transaction SET id = '${forged}'`))
  await expect.poll(() => told).toContainEqual(expect.stringContaining(`${forged} is not as this service wrote it`))
  expect(await nonceOnChain()).toBe('0x0')
}, 60_000)

test('how a transaction stands is not believed once it was changed', async () => {
  await reopen(parts(anvil.url))
  const { row } = await send()
  await expect.poll(() => stateOf(row.id), { timeout: 10_000 }).toBe('final')
  await reopen(parts(anvil.url), (db) => db.exec("UPDATE relay_transaction SET state = 'failed'"))
  await expect(house.relay.get(row.id, house.as(app))).rejects.toMatchObject({ code: 'store-corrupt' })
}, 60_000)

/** Takes the one row as it stands, and puts it back over whatever came of it. */
function keeping(db: DatabaseSync): (later: DatabaseSync) => void {
  const [kept = {}] = db.prepare('SELECT * FROM relay_transaction').all()
  const names = Object.keys(kept)
  const sql = `INSERT INTO relay_transaction (${names.join()}) VALUES (${names.map(() => '?').join()})`
  return (later) => {
    later.exec('DELETE FROM relay_transaction; DELETE FROM relay_nonce; DELETE FROM signed_transaction')
    later.prepare(sql).run(...Object.values(kept))
  }
}

describe('a row put back as it was when it was accepted', () => {
  const allow = async (recipients: string[]) => {
    const { value, version } = await house.keyring.rules(key.id, house.operator())
    await house.keyring.putRules(key.id, { ...value, recipients }, version, house.operator())
  }

  test.each([
    ['mined', 'final', someone, '0x1'],
    ['failed', 'failed', elsewhere, '0x0'],
  ] as const)(
    'after it was %s is not paid',
    async (_, until, recipient, nonce) => {
      const { row } = await send()
      await allow([recipient])
      let putBack: (db: DatabaseSync) => void = () => {}
      await reopen(parts(anvil.url), (db) => void (putBack = keeping(db)))
      await expect.poll(() => stateOf(row.id), { timeout: 10_000 }).toBe(until)
      await allow([someone])
      await reopen(parts(anvil.url), putBack)
      await expect
        .poll(async () => (await house.relay.get(row.id, house.as(app))).row, { timeout: 10_000 })
        .toMatchObject({ state: 'accepted', body: { error: { code: 'conflicts-with-earlier' } } })
      expect(await nonceOnChain()).toBe(nonce)
    },
    60_000,
  )
})
