/** Wallets in bulk under the quotas of a KMS: every one is made, none twice, and none is refused for being one of many. */
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { startEmulator, type RunningEmulator } from '../../../aws-emulator/src/index.ts'
import type { CreateWallet } from '../../../client/src/index.ts'
import { systemClock } from '../../src/base/clock.ts'
import { deadlineIn } from '../../src/base/deadline.ts'
import { createBitcoin } from '../../src/chains/bitcoin/chain.ts'
import { createAwsKms } from '../../src/keys/aws/aws-kms.ts'
import { chancery } from '../cli/terminal.ts'
import { useCredentials } from '../keys/aws/emulator.ts'
import { openHouse, removeFolder } from './house.ts'
import { openService, type TestService } from './service.ts'

/** Keys a second, of the account and of the service's configuration. */
const quota = 20
const bitcoinTest = 'bip122:000000000933ea01ad0ee984209779ba'

let emulator: RunningEmulator
let service: TestService

beforeAll(async () => {
  emulator = await startEmulator()
  useCredentials(emulator.credentials)
  service = await openService({
    configuration: {
      networks: [{ id: bitcoinTest }],
      backends: ['sealed', 'aws-kms'],
      aws: { endpoint: emulator.url, region: emulator.region, keyQuota: quota },
    },
  })
})
beforeEach(() => {
  emulator.clearCalls()
  emulator.setQuotas({ CreateKey: quota, CreateAlias: quota })
})
afterAll(async () => {
  await service.end()
  await emulator.close()
})

const usersOf = (name: string, count: number) => Array.from({ length: count }, (_, i) => `${name} ${i}`)
const nativeFor = (userId: string): CreateWallet => ({ userId, asset: 'BTC', network: 'testnet', tier: 'native' })
const keysMade = () =>
  emulator.calls.filter(({ operation, result }) => operation === 'CreateKey' && result === 'ok').length

async function statusesOf(users: readonly string[]): Promise<ReadonlySet<string>> {
  const found = await Promise.all(users.map((userId) => service.operator.wallets.list({ userId })))
  return new Set(found.flatMap(({ wallets }) => wallets.map(({ status }) => status)))
}

test('a file of users becomes wallets, with progress, and again finds what is there', async () => {
  const users = usersOf('file', 60)
  const file = join(service.folder, 'users.txt')
  await writeFile(file, users.join('\n'))
  const flags = ['--users', file, '--asset', 'BTC', '--network', 'testnet', '--tier', 'native']
  const at = { cwd: service.folder, env: { HOME: service.folder } }
  const run = () => chancery(['wallets', 'create', ...flags, '--data-dir', service.dataDir], at)
  const ran = await run()
  expect([ran.status, ran.out.split('\n').length]).toEqual([0, users.length])
  expect(ran.notes).toMatch(/^\d+ of 60$/m)
  expect(ran.notes).toContain('60 wallets of 60')
  expect(ran.notes).not.toContain('NOT MADE')
  expect([await statusesOf(users), keysMade()]).toEqual([new Set(['CREATED']), users.length])
  const again = await run()
  expect([again.status, again.out.split('\n').toSorted(), keysMade()]).toEqual([
    0,
    ran.out.split('\n').toSorted(),
    users.length,
  ])
})

test('of the tier hd it says once that nobody has the words of their seed; one is frozen by its address', async () => {
  const file = join(service.folder, 'branches.txt')
  await writeFile(file, usersOf('branch', 3).join('\n'))
  const run = (...words: readonly string[]) =>
    chancery(['wallets', ...words, '--data-dir', service.dataDir], {
      cwd: service.folder,
      env: { HOME: service.folder },
    })
  const made = await run('create', '--users', file, '--asset', 'BTC', '--network', 'testnet', '--tier', 'hd')
  expect([made.status, made.notes.split('The first wallet of its seed').length]).toEqual([0, 2])
  const [, address = '', id] = made.out.split('\n')[0]?.split('\t') ?? []
  const frozen = await run('freeze', address)
  expect([frozen.status, frozen.out]).toEqual([0, `Frozen; chancery thaw --wallet ${id} ends it`])
})

test('interrupted, the same requests go on where they stopped', async () => {
  const users = usersOf('interrupted', 40)
  const requests = users.map(nativeFor)
  for await (const { wallet } of service.operator.wallets.createAll(requests)) {
    expect(wallet?.status).toBe('CREATED')
    break
  }
  const made: string[] = []
  for await (const { wallet } of service.operator.wallets.createAll(requests)) made.push(wallet?.status ?? 'none')
  expect([made.length, new Set(made), keysMade()]).toEqual([users.length, new Set(['CREATED']), users.length])
})

test('somebody else at the quota makes it slower, and nothing fails', async () => {
  // Others leave a quarter of it.
  emulator.setQuotas({ CreateKey: quota / 4, CreateAlias: quota / 4 })
  const users = usersOf('beside others', 20)
  const answers = await service.operator.wallets.createMany(users.map(nativeFor))
  expect(new Set(answers.map(({ wallet, problem }) => wallet?.status ?? problem?.code))).toEqual(new Set(['CREATED']))
  expect(keysMade()).toBe(users.length)
})

test('what there is no time for is not begun, says so, and is made when it is asked for again', async () => {
  const chains = [createBitcoin({ networks: [{ network: bitcoinTest }] })]
  const { region, url: endpoint } = emulator
  const backends = async (installation: string) => [
    await createAwsKms({ region, endpoint, installation, clock: systemClock, keyQuota: quota }),
  ]
  const house = await openHouse({ chains, backends })
  try {
    const requests = usersOf('no time', 110).map((user) => ({ ...nativeFor(user), user, network: bitcoinTest }))
    const ask = () => {
      const { principal } = house.operator()
      return house.wallets.createMany(requests, { principal, deadline: deadlineIn(9_000, systemClock) })
    }
    const first = await ask()
    const said = first.flatMap((answer) => (answer instanceof Error ? [answer] : []))
    expect(said.length).toBeGreaterThan(0)
    expect(first.length - said.length).toBeGreaterThan(20)
    for (const { code, particulars } of said) expect([code, particulars.retryAfter]).toEqual(['overloaded', 1])
    expect(new Set(said).size).toBe(1)
    const unfinished = await house.wallets.list({ status: 'CREATING' }, { limit: 10 }, house.operator())
    expect(unfinished.wallets).toEqual([])
    let answers = await ask()
    while (answers.some((answer) => answer instanceof Error)) answers = await ask()
    expect(keysMade()).toBe(requests.length)
  } finally {
    await house.close()
    await removeFolder(house)
  }
})
