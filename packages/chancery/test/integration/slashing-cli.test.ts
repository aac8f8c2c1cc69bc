/** `chancery slashing …` against a real service. The tests tell one story, in order. */
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { InterchangeResult, ProtectionRow } from '@chancery/client'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { knownNetworks } from '../../src/chains/consensus/known-networks.ts'
import { chancery } from '../cli/terminal.ts'
import { serve, type ServiceProcess } from './service-process.ts'

const genesis_validators_root = knownNetworks['hoodi']?.genesisValidatorsRoot ?? ''
const metadata = { interchange_format_version: '5', genesis_validators_root }

let folder: string
let service: ServiceProcess

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'chancery-slashing-'))
  writeFileSync(join(folder, 'chancery.yaml'), 'networks: [{ id: "beacon:hoodi" }]\n')
  service = await serve(folder)
}, 60_000)

afterAll(() => {
  service.kill('SIGKILL')
  rmSync(folder, { recursive: true, force: true, maxRetries: 5 })
})

const run = (...args: readonly string[]) => chancery(args, { cwd: folder, env: { HOME: folder } })
const key = (number: number) => `0x${number.toString(16).padStart(96, '0')}`
const root = (number: number) => `0x${number.toString(16).padStart(64, '0')}`
const votes = (count: number) =>
  Array.from({ length: count }, (_, n) => ({
    source_epoch: String(n),
    target_epoch: String(n + 1),
    signing_root: root(n),
  }))
const validator = (number: number, count: number) => ({
  pubkey: key(number),
  signed_blocks: [{ slot: String(number) }],
  signed_attestations: votes(count),
})

function write(name: string, file: object): string {
  writeFileSync(join(folder, name), JSON.stringify(file, undefined, 2))
  return name
}

const read = (name: string): unknown => JSON.parse(readFileSync(join(folder, name), 'utf8'))

test('a file of another network, one that ends early, and none at all are refused', async () => {
  const other = write('other.json', { metadata: { ...metadata, genesis_validators_root: root(1) }, data: [] })
  expect(await run('slashing', 'import', '--from', other)).toMatchObject({
    status: 1,
    notes: expect.stringContaining('another network'),
  })
  writeFileSync(join(folder, 'short.json'), JSON.stringify({ metadata, data: [validator(1, 1)] }).slice(0, -5))
  expect(await run('slashing', 'import', '--from', 'short.json')).toMatchObject({ status: 2 })
  expect(await run('slashing', 'import', '--from', 'nothing.json')).toMatchObject({
    status: 2,
    notes: expect.stringContaining('there is no such file'),
  })
  expect(await run('slashing', 'import', '--from', '.')).toMatchObject({
    status: 2,
    notes: expect.stringContaining('Cannot read .: it is a folder'),
  })
  expect(await run('slashing', 'import')).toMatchObject({ status: 2, notes: expect.stringContaining('--from') })
})

test('an import takes what it can, names what it cannot, and says so by its exit status', async () => {
  const bad = { pubkey: key(999), signed_blocks: [{ slot: 7 }], signed_attestations: [] }
  const many = Array.from({ length: 200 }, (_, n) => validator(n, 20))
  const from = write('many.json', { data: [...many, bad, validator(500, 8_000)], metadata })
  const { status, out } = await run('slashing', 'import', '--from', from, '--json')
  const { validators } = JSON.parse(out) as { validators: readonly InterchangeResult[] }
  expect([status, validators.length]).toEqual([1, 202])
  expect(validators.filter((one) => one.status === 'error')).toMatchObject([
    { publicKey: key(999), message: expect.stringContaining('signed_blocks[0].slot') },
  ])
  expect(validators.at(-1)).toEqual({ publicKey: key(500), status: 'imported', blocks: 1, attestations: 8_000 })
  const only = await run('eth2', 'import', '--from', from, '--keys', key(3).slice(2).toUpperCase())
  expect([only.status, only.out]).toEqual([0, 'Imported 1 validator: 1 block, 20 attestations'])
  const absent = await run('slashing', 'import', '--from', from, '--keys', key(4_000))
  expect(absent).toMatchObject({ status: 1, out: expect.stringContaining('It is not in the file') })
  expect(absent.out).toContain('Imported 0 validators: 0 blocks, 0 attestations. 1 validator not imported: ')
})

test('an export is everything that came in, once, for its owner alone, and comes in again as the same', async () => {
  const { status, out } = await run('slashing', 'export', '--to', 'out.json')
  expect([status, out]).toEqual([0, expect.stringContaining('Wrote 201 validators')])
  expect(statSync(join(folder, 'out.json')).mode & 0o777).toBe(0o600)
  const { data } = read('out.json') as { data: readonly ReturnType<typeof validator>[] }
  expect(data.find(({ pubkey }) => pubkey === key(500))).toEqual(validator(500, 8_000))
  expect(data.find(({ pubkey }) => pubkey === key(7))).toEqual(validator(7, 20))
  expect(await run('slashing', 'import', '--from', 'out.json')).toMatchObject({ status: 0 })
  expect(await run('eth2', 'export', '--to', 'again.json')).toMatchObject({ status: 0 })
  expect(read('again.json')).toEqual(read('out.json'))
  expect(await run('slashing', 'export', '--to', 'out.json')).toMatchObject({ status: 2 })
  const [one, two] = [
    await run('slashing', 'export', '--to', 'one.json', '--keys', key(7)),
    await run('slashing', 'export', '--to', 'two.json', '--keys', `${key(7)},${key(8)}`),
  ]
  expect([one.out, two.out]).toEqual([
    expect.stringContaining('Wrote 1 validator to'),
    expect.stringContaining('Wrote 2 v'),
  ])
  expect(read('two.json')).toMatchObject({ data: [{ pubkey: key(7) }, { pubkey: key(8) }] })
})

test('watermarks rise, and what lies below them would be refused', async () => {
  const asks = async (...args: readonly string[]) => (await run('slashing', 'check', key(7), ...args)).status
  expect([await asks('--slot', '7'), await asks('--slot', '8')]).toEqual([1, 0])
  expect([await asks('--source', '19', '--target', '20'), await asks('--source', '19', '--target', '21')]).toEqual([
    1, 0,
  ])
  expect(await asks('--source', '19', '--target', '20', '--root', root(19))).toBe(0)
  const raised = await run('slashing', 'watermark', '--slot', '64', '--epoch', '30', '--keys', key(7), '--json')
  const { validators } = JSON.parse(raised.out) as { validators: readonly ProtectionRow[] }
  expect(validators).toEqual([{ publicKey: key(7), slot: '64', sourceEpoch: '30', targetEpoch: '30' }])
  expect(await asks('--slot', '64')).toBe(1)
  const far = await run('eth2', 'watermark-repair', '--epoch', '99999999', '--keys', key(7))
  expect(far).toMatchObject({ status: 1, notes: expect.stringContaining('--force') })
})

test('the high watermark stops what is above it, and goes away again', async () => {
  expect(await run('eth2', 'watermark-repair', '--slot', '70', '--epoch', '40', '--set-high-watermark')).toMatchObject({
    status: 0,
  })
  const asks = async (slot: string) => (await run('slashing', 'check', key(7), '--slot', slot)).status
  expect([await asks('69'), await asks('70')]).toEqual([0, 1])
  expect(await run('slashing', 'watermark', '--remove-high-watermark')).toMatchObject({ status: 0 })
  expect(await asks('70')).toBe(0)
})

test('pruned history is gone from exports, and decides as before', async () => {
  const { out } = await run('slashing', 'prune', '--epochs', '1', '--json')
  // All of it came twice, and what one validator signed three times.
  expect(JSON.parse(out)).toEqual({ forgotten: 2 * (200 * 21 + 8_001) + 21 })
  await run('slashing', 'export', '--to', 'pruned.json')
  const { data } = read('pruned.json') as { data: readonly ReturnType<typeof validator>[] }
  const last = { pubkey: key(500), signed_blocks: [{ slot: '500' }], signed_attestations: votes(8_000).slice(-1) }
  expect(data.find(({ pubkey }) => pubkey === key(500))).toEqual(last)
  expect(await run('slashing', 'repair', '--json')).toMatchObject({
    status: 0,
    out: expect.stringContaining('"raised": 0'),
  })
})

test.each([
  [['watermark']],
  [['watermark', '--slot', '1', '--remove-high-watermark']],
  [['watermark', '--slot', '1.5']],
  [['watermark', '--slot', '1', '--keys', '0x12', '--set-high-watermark']],
  [['check', '0x12']],
  [['check', '0x12', '--slot', '1', '--source', '1']],
  [['prune', '--epochs', '0']],
  [['export']],
])('%j is called wrongly', async (args) => {
  expect(await run('slashing', ...args)).toMatchObject({ status: 2 })
})

test('what was signed of one slot or for one epoch comes out in one order, in whichever it came', async () => {
  const [unknown, known] = [{ slot: '9' }, { slot: '9', signing_root: root(9) }]
  const [vote] = votes(1)
  const other = { ...vote, signing_root: root(1) }
  const data = [
    { pubkey: key(701), signed_blocks: [unknown, known], signed_attestations: [vote, other] },
    { pubkey: key(702), signed_blocks: [known, unknown], signed_attestations: [other, vote] },
  ]
  await run('slashing', 'import', '--from', write('ties.json', { metadata, data }))
  await run('slashing', 'export', '--to', 'ordered.json', '--keys', `${key(701)},${key(702)}`)
  // The row of a validator that voted twice names no root.
  const row = { source_epoch: '0', target_epoch: '1' }
  const inOrder = { signed_blocks: [known, unknown], signed_attestations: [vote, other, row] }
  expect(read('ordered.json')).toMatchObject({ data: [inOrder, inOrder] })
})
