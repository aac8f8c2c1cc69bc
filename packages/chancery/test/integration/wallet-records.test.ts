/** `chancery wallets import`: the lines of mongoexport, in the forms in which it writes ids, numbers, UUIDs and dates. */
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createBitcoin } from '../../src/chains/bitcoin/chain.ts'
import { chancery } from '../cli/terminal.ts'
import { oldKey } from '../keys/aws/emulator.ts'
import { openKmsSigner } from '../wallets/migration/kms-signer.ts'
import { openWalletService, type WalletService } from './wallet-service.ts'

const network = 'bip122:000000000933ea01ad0ee984209779ba'
const bitcoin = createBitcoin({ networks: [{ network }] })

/** What exports write in different ways: the other six of the nine fields are text everywhere, or `_id`. */
interface Document {
  readonly userId: unknown
  readonly providerId: unknown
  readonly createdAt: unknown
}

/** One of the collection, by how it was exported, and what it is here. */
const documents: readonly (Document & { readonly how: string; readonly here: Readonly<Record<string, string>> })[] = [
  {
    how: 'with the texts of the original',
    userId: 'user123',
    providerId: 'b4d5e6f7-0000-4000-8000-000000000001',
    createdAt: '2024-01-15T10:30:00Z',
    here: { userId: 'user123', createdAt: '2024-01-15T10:30:00.000Z' },
  },
  {
    how: 'relaxed, as it is unless told otherwise',
    userId: 1234,
    providerId: { $binary: { base64: 'tNXm9wAAQACAAAAAAAAAAg==', subType: '04' } },
    createdAt: { $date: '2024-01-15T10:30:00.123Z' },
    here: {
      userId: '1234',
      providerId: 'b4d5e6f7-0000-4000-8000-000000000002',
      createdAt: '2024-01-15T10:30:00.123Z',
    },
  },
  {
    how: 'canonical',
    userId: { $numberLong: '9007199254740993' },
    providerId: 'b4d5e6f7-0000-4000-8000-000000000003',
    createdAt: { $date: { $numberLong: '1705314600123' } },
    here: { userId: '9007199254740993', createdAt: '2024-01-15T10:30:00.123Z' },
  },
  {
    how: 'canonical, with an id for a user',
    userId: { $oid: '65a5058a1c9d440000a1b2c3' },
    providerId: { $oid: '65a5058a1c9d440000a1b2c4' },
    createdAt: { $date: { $numberLong: '1705314600000' } },
    here: {
      userId: '65a5058a1c9d440000a1b2c3',
      providerId: '65a5058a1c9d440000a1b2c4',
      createdAt: '2024-01-15T10:30:00.000Z',
    },
  },
  {
    how: 'canonical, with a small number for a user',
    userId: { $numberInt: '7' },
    providerId: { $uuid: 'b4d5e6f7-0000-4000-8000-000000000005' },
    createdAt: { $date: '2024-01-15T10:30:00Z' },
    here: { userId: '7', providerId: 'b4d5e6f7-0000-4000-8000-000000000005', createdAt: '2024-01-15T10:30:00.000Z' },
  },
]

let house: WalletService
const keys: { readonly arn: string; readonly address: string }[] = []

beforeAll(async () => {
  house = await openWalletService({ configuration: { networks: [{ id: network }, { id: 'eip155:80002' }] } })
  for (const _ of documents) keys.push(await tagged())
}, 60_000)
afterAll(() => house.end())

/** A key of the account as the original service left it, tagged for this installation. */
async function tagged() {
  const arn = await oldKey(house.emulator, house.installation)
  const { kms, publicKey } = await openKmsSigner(house.emulator, arn, bitcoin, network)
  kms.destroy()
  return { arn, address: bitcoin.address(publicKey, network) }
}

/** All nine fields, in the order of the collection. */
function lineOf({ userId, providerId, createdAt }: Document, n: number, address = keys[n]?.address): string {
  const _id = { $oid: `65a5058a1c9d440000a1b2d${n}` }
  const wallet = { asset: 'BTC', network: 'testnet', kmsKeyId: keys[n]?.arn }
  return JSON.stringify({ _id, userId, address, ...wallet, providerId, status: 'CREATED', createdAt })
}

async function imported(lines: readonly string[]) {
  await writeFile(join(house.service.folder, 'wallets.jsonl'), `${lines.join('\n')}\n`)
  const at = { cwd: house.service.folder, env: { HOME: house.service.folder } }
  return chancery(['wallets', 'import', 'wallets.jsonl', '--data-dir', house.service.dataDir], at)
}

const listed = async () => (await house.service.operator.wallets.list()).wallets

test('a record with the address of another key is left out by name, and the rest are taken in', async () => {
  const [first, second, ...rest] = documents
  if (first === undefined || second === undefined) throw new Error('no documents')
  const lines = [lineOf(first, 0, keys[1]?.address), lineOf(second, 1), ...rest.map((one, i) => lineOf(one, i + 2))]
  const { status, out, notes } = await imported(lines)
  expect(status).toBe(1)
  expect(notes).toMatch(/^NOT TAKEN IN {2}line 1 {2}user123 {2}invalid-payload: /m)
  expect(notes).toContain('4 wallets of 5')
  expect(out.split('\n')).toHaveLength(4)
  expect((await listed()).map(({ userId }) => userId)).not.toContain('user123')
})

test('a record of a coin that has another name now is left out, and told which', async () => {
  const [document] = documents
  if (document === undefined) throw new Error('no documents')
  const { status, notes } = await imported([lineOf(document, 0).replace('"BTC"', '"MATIC"')])
  expect(status).toBe(1)
  expect(notes).toMatch(
    /^NOT TAKEN IN .* not-supported: .*MATIC became POL in September 2024: its symbol here is POL$/m,
  )
})

test('all nine fields are taken in, and the same file again finds the same wallets', async () => {
  const lines = documents.map((one, n) => lineOf(one, n))
  const [first, again] = [await imported(lines), await imported(lines)]
  expect(first).toMatchObject({ status: 0, notes: expect.stringContaining('5 wallets of 5') })
  expect([again.status, again.out]).toEqual([0, first.out])
})

test.each(documents.map((one, n) => ({ n, ...one })))('a line is read $how', async ({ n, here, providerId }) => {
  const found = (await listed()).find(({ userId }) => userId === here['userId'])
  const { address, arn: kmsKeyId } = keys[n] ?? {}
  const same = { address, asset: 'BTC', network: 'testnet', kmsKeyId, status: 'CREATED' }
  expect(found).toMatchObject({ ...same, providerId, ...here, tier: 'native' })
})

describe('nothing is taken in while a line', () => {
  const document: Document = { userId: 'u', providerId: 'p', createdAt: '2024-01-15T10:30:00Z' }
  const legacy = { $binary: { base64: 'tNXm9wAAQACAAAAAAAAAAg==', subType: '03' } }

  test.each<readonly [string, Partial<Document> & Readonly<Record<string, unknown>>, string]>([
    ['has a date beyond all dates', { createdAt: { $date: { $numberLong: '99999999999999999' } } }, 'createdAt'],
    ['has a date that is no number', { createdAt: { $date: { $numberLong: 'soon' } } }, 'createdAt'],
    ['has a UUID of the older subtype', { providerId: legacy }, 'providerId'],
    ['has an id with something beside it', { userId: { $oid: '65a5058a1c9d440000a1b2c3', more: 1 } }, 'userId'],
    ['has a fraction for a user', { userId: { $numberDouble: '1.5' } }, 'userId'],
    ['has nothing for a user', { userId: null }, 'userId'],
    ['lacks a field', { userId: undefined }, 'userId is missing'],
    ['has a field of another program', { __v: 0 }, 'a member __v: wanted userId,'],
  ])('%s', async (_, other, told) => {
    const before = (await listed()).length
    const { __v, ...fields } = other
    const broken = { ...(JSON.parse(lineOf({ ...document, ...fields }, 1)) as object), ...(__v === 0 && { __v }) }
    const { status, out, notes } = await imported([lineOf({ ...document, providerId: 'q' }, 0), JSON.stringify(broken)])
    expect([status, out]).toEqual([2, ''])
    expect(notes.toLowerCase()).toContain('line 2')
    expect(notes).toContain(told)
    expect(await listed()).toHaveLength(before)
  })
})
