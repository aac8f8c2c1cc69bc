/** `chancery wallets migrate …` against the composed service: ten wallets planned, taken in, compared, moved, and back. */
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { RunningEmulator } from '../../../aws-emulator/src/index.ts'
import { systemClock } from '../../src/base/clock.ts'
import { deadlineIn } from '../../src/base/deadline.ts'
import type { ImportedWallet } from '../../src/core/wallets.ts'
import { chancery } from '../cli/terminal.ts'
import { oldKey, variablesOf } from '../keys/aws/emulator.ts'
import { createCoinLedger } from '../relay/coin-ledger.ts'
import { startCoinServer, type CoinServer } from '../relay/coin-server.ts'
import { addressOn, bitcoinTerms, chain } from '../wallets/migration/coin-scene.ts'
import { startOldCoinSigner } from '../wallets/migration/old-coin-signer.ts'
import { startOldSigner, type OldSigner } from '../wallets/migration/old-signer.ts'
import { openEmulator, recordOf } from '../wallets/migration/scene.ts'
import { startAnvil, type Anvil } from './anvil.ts'
import { network, someone } from './house.ts'
import { installationOf, openService, type TestService } from './service.ts'

const { network: coins } = bitcoinTerms
const ledger = createCoinLedger(coins)

let emulator: RunningEmulator
let server: CoinServer
let anvil: Anvil
let service: TestService
const olds: OldSigner[] = []
const records: ImportedWallet[] = []

beforeAll(async () => {
  emulator = await openEmulator('wallet-migration-cli')
  anvil = await startAnvil()
  server = await startCoinServer(ledger.node, coins.slice('bip122:'.length).padEnd(64, '0'))
  service = await openService({
    configuration: {
      networks: [
        { id: network, rpc: [anvil.url.href], confirmations: 1 },
        { id: coins, esplora: [server.url.href], confirmations: 1 },
      ],
      backends: ['aws-kms'],
      aws: { endpoint: emulator.url },
    },
    env: variablesOf(emulator),
  })
  const installation = await installationOf(service)
  for (let i = 0; i < 10; i++) {
    const arn = await oldKey(emulator, installation)
    const old = await startOldSigner(emulator, anvil, arn)
    olds.push(old)
    await anvil.fund(old.address)
    records.push({ ...recordOf(`user ${i}`, old.address, arn), providerId: `provider-${i}` })
  }
}, 60_000)

afterAll(async () => {
  for (const old of olds) old.close()
  await service.end()
  await server.close()
  await anvil.close()
  await emulator.close()
})

const run = (...args: readonly string[]) =>
  chancery(['wallets', ...args, '--data-dir', service.dataDir], { cwd: service.folder, env: { HOME: service.folder } })
const listed = async () => (await service.operator.wallets.list()).wallets
const first = async () => (await listed())[0]?.id ?? ''

async function fileOf(name: string, some: readonly ImportedWallet[]): Promise<string> {
  await writeFile(join(service.folder, name), some.map((one) => JSON.stringify(one)).join('\n'))
  return name
}

test('plan says what to do with each, and takes nothing in', async () => {
  const [good, other] = records
  if (good === undefined || other === undefined) throw new Error('no records')
  const broken = { ...good, address: other.address }
  const gcp = { ...good, kmsKeyId: 'projects/p/locations/l/keyRings/r/cryptoKeys/k' }
  const { status, out, notes } = await run('migrate', 'plan', await fileOf('mixed.jsonl', [good, broken, gcp]))
  expect(status).toBe(1)
  expect(out.split('\n').map((line) => line.split('\t')[0]?.trim())).toEqual(['import', 'mend', 'sweep'])
  expect(notes).toContain('1 of 3 ready to be taken in')
  expect(notes).toContain('1 of 3 keys that cannot come')
  expect(await listed()).toEqual([])
  expect((await run('migrate', 'plan', await fileOf('wallets.jsonl', records))).status).toBe(0)
})

test('import takes all in as shadows, and again finds them', async () => {
  expect((await run('migrate', 'import', 'wallets.jsonl')).status).toBe(0)
  expect((await run('migrate', 'import', 'wallets.jsonl')).notes).toContain('10 wallets of 10')
  expect((await listed()).map(({ paysFrom }) => paysFrom)).toEqual(records.map(() => 'elsewhere'))
  expect(JSON.parse((await run('migrate', 'status', '--json')).out)).toHaveLength(10)
})

test('shadow compares, cut-over wants that, and roll-back ends where it began', async () => {
  const [old] = olds
  const wallet = await first()
  expect((await run('migrate', 'cut-over', wallet)).notes).toContain('Nobody has held the old signer against the key')
  const value = {
    type: 2,
    nonce: 0,
    to: someone,
    value: '5',
    gas: 21_000,
    maxFeePerGas: '1',
    maxPriorityFeePerGas: '1',
  }
  const compared = await run('migrate', 'shadow', wallet, (await old?.sign(value)) ?? '')
  expect([compared.status, compared.out]).toEqual([0, expect.stringMatching(/^They agree \(att_/)])
  expect(compared.notes).toContain('would not allow')
  expect((await run('migrate', 'shadow', wallet, '0x00')).out).toContain('No agreement')
  expect((await run('migrate', 'cut-over', wallet)).status).toBe(1)
  expect((await run('verify', wallet)).status).toBe(0)
  expect((await run('migrate', 'cut-over', wallet)).out).toMatch(/pays from +here/)
  const back = await run('migrate', 'roll-back', wallet)
  expect([back.status, back.notes]).toEqual([0, 'Its old signer may pay'])
})

test('all are cut over, and none is left elsewhere', async () => {
  for (const { id } of await listed()) expect((await run('migrate', 'cut-over', id, '--force')).status).toBe(0)
  expect((await run('migrate', 'status')).out).toBe('No wallet pays from elsewhere')
  expect((await run('migrate', 'status', await first())).out).toMatch(/under way +nothing/)
})

test('what was signed of coins is compared with what it spends, which the node or a file says', async () => {
  const arn = await oldKey(emulator, await installationOf(service))
  const old = await startOldCoinSigner({ emulator, ledger, chain, network: coins, feeRate: 2_000n }, arn)
  const deposited = ledger.deposit(old.address, 1_000_000n)
  ledger.mine()
  const record = { ...recordOf('coins', old.address, arn), asset: 'BTC', network: coins }
  expect((await run('migrate', 'import', await fileOf('coins.jsonl', [record]))).status).toBe(0)
  const { id = '' } = (await listed()).find(({ address }) => address === old.address) ?? {}
  // As nodes of coins write it, without 0x.
  const raw = (await old.sign(await old.build(addressOn(coins), 20_000n))).slice(2)
  old.close()
  const compared = await run('migrate', 'shadow', id, raw)
  expect([compared.status, compared.out]).toEqual([0, expect.stringMatching(/^They agree \(att_/)])
  const spent = await ledger.node.transaction(deposited, deadlineIn(30_000, systemClock))
  await writeFile(join(service.folder, 'previous.hex'), `${Buffer.from(spent ?? []).toString('hex')}\n`)
  expect((await run('migrate', 'shadow', id, raw, '--previous', 'previous.hex')).out).toMatch(/^They agree/)
  await writeFile(join(service.folder, 'other.hex'), raw)
  const missing = await run('migrate', 'shadow', id, raw, '--previous', 'other.hex')
  expect([missing.status, missing.notes]).toEqual([1, expect.stringContaining(deposited)])
  await writeFile(join(service.folder, 'none.hex'), 'nothing')
  expect((await run('migrate', 'shadow', id, raw, '--previous', 'none.hex')).status).toBe(2)
  expect((await run('migrate', 'cut-over', id)).out).toMatch(/pays from +here/)
})
