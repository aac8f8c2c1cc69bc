/** `chancery algorand …` with keys in AWS: what is in AWS afterwards, and what was asked of it. One story, in order. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DescribeKeyCommand, KMSClient, ListResourceTagsCommand } from '@aws-sdk/client-kms'
import { DescribeParametersCommand, GetParameterCommand, PutParameterCommand, SSMClient } from '@aws-sdk/client-ssm'
import { generateAccount, mnemonicToSecretKey, secretKeyToMnemonic } from 'algosdk'
import type { Account } from '@chancery/client'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { startEmulator, type RunningEmulator } from '../../../aws-emulator/src/index.ts'
import { chancery, type At, type Ran } from '../cli/terminal.ts'
import { writeCredentials } from '../keys/aws/emulator.ts'
import { createMemoryLedger } from '../nodes/algorand/algod/memory-ledger.ts'
import { startAlgod, type Algod } from '../nodes/algorand/algod/server.ts'
import { testNetwork } from '../nodes/algorand/fixture.ts'
import { serve, type ServiceProcess } from './service-process.ts'

const region = 'eu-central-2'
const alias = 'confio-local-sponsor'
const path = `/confio/algorand/${alias}/private-key`
const creating = ['create', '--name', alias, '--network', testNetwork, '--backend', 'aws-ssm'] as const

const ledger = createMemoryLedger()
let algod: Algod
let emulator: RunningEmulator
let folder: string
let service: ServiceProcess
let kms: KMSClient
let ssm: SSMClient

beforeAll(async () => {
  algod = await startAlgod({ ledger })
  emulator = await startEmulator({ region })
  const { url: endpoint, credentials } = emulator
  kms = new KMSClient({ endpoint, region, credentials })
  ssm = new SSMClient({ endpoint, region, credentials })
  folder = mkdtempSync(join(tmpdir(), 'chancery-algorand-aws-'))
  const networks = [{ id: testNetwork, rpc: [algod.url.href], main: false }]
  const backends = ['sealed', 'aws-kms', 'aws-ssm']
  writeFileSync(join(folder, 'chancery.yaml'), JSON.stringify({ networks, backends, aws: { region, endpoint } }))
  writeCredentials(emulator, folder)
  service = await serve(folder)
}, 60_000)

afterAll(async () => {
  service.kill('SIGKILL')
  kms.destroy()
  ssm.destroy()
  await emulator.close()
  await algod.close()
  rmSync(folder, { recursive: true, force: true, maxRetries: 5 })
})

const run = (args: readonly string[], at: At = {}): Promise<Ran> =>
  chancery(['algorand', ...args], { cwd: folder, ...at, env: { HOME: folder, ...at.env } })

/** By operation, of those that AWS carried out since the log was last cleared. */
const asked = (operation: string) => emulator.calls.filter((call) => call.operation === operation)

async function described() {
  const { KeyMetadata } = await kms.send(new DescribeKeyCommand({ KeyId: `alias/${alias}` }))
  return { id: KeyMetadata?.KeyId ?? '', arn: KeyMetadata?.Arn ?? '', state: KeyMetadata?.KeyState }
}

let account = ''

describe('create', () => {
  test('A-02: makes a KMS key, its alias and tags and a SecureString, and shows the words once', async () => {
    let seen = ''
    const word = (place: number) => new RegExp(`\\b${place} ([a-z]+)`).exec(seen)?.[1] ?? ''
    const made = await run(creating, {
      interactive: true,
      watch: (text) => void (seen += `${text}\n`),
      typed: (question) => word(Number(/^Word (\d+)/.exec(question)?.[1])),
    })
    expect([made.status, made.out]).toEqual([0, expect.stringMatching(/backend +aws-ssm/)])
    const words = Array.from({ length: 25 }, (_, i) => word(i + 1)).join(' ')
    account = mnemonicToSecretKey(words).addr.toString()
    const { Tags = [] } = await kms.send(new ListResourceTagsCommand({ KeyId: (await described()).id }))
    const tags = Object.fromEntries(Tags.map(({ TagKey, TagValue }) => [TagKey, TagValue]))
    expect(tags).toMatchObject({ address: account, project: 'confio', network: expect.any(String) })
    expect(tags).toHaveProperty('createdBy')
    const { Parameters = [] } = await ssm.send(new DescribeParametersCommand({}))
    expect(Parameters).toMatchObject([{ Name: path, Type: 'SecureString', KeyId: `alias/${alias}`, Version: 1 }])
  })

  test('A-03: again is refused, and overwrites nothing', async () => {
    const again = await run([...creating, '--no-words'])
    expect([again.status, again.notes]).toEqual([1, expect.stringContaining('already')])
    const { Parameter } = await ssm.send(new GetParameterCommand({ Name: path }))
    expect(Parameter?.Version).toBe(1)
  })
})

describe('looking', () => {
  test('A-05: list shows where a key is and decrypts nothing', async () => {
    emulator.clearCalls()
    const { out } = await run(['list', '--json'])
    const [found] = JSON.parse(out) as readonly Account[]
    expect(found).toMatchObject({
      account,
      network: testNetwork,
      key: { alias, backend: 'aws-ssm', state: 'enabled' },
      kept: { kmsKey: (await described()).arn, alias: `alias/${alias}`, parameter: path, parameterVersion: '1' },
      ledger: { balance: '0' },
    })
    expect([...asked('Decrypt'), ...asked('GetParameter')]).toEqual([])
  })

  test('A-06: an address is told without decrypting', async () => {
    emulator.clearCalls()
    expect((await run(['address', alias])).out).toBe(account)
    expect([...asked('Decrypt'), ...asked('GetParameter')]).toEqual([])
  })
})

async function evidence(): Promise<readonly string[]> {
  const { out } = await chancery(['audit', 'tail', '--json'], { cwd: folder, env: { HOME: folder } })
  const entries = JSON.parse(out) as readonly { readonly body: { readonly evidence?: readonly string[] } }[]
  return entries.flatMap(({ body }) => body.evidence ?? [])
}

test('A-16: the register names the request by which AWS decrypted, as CloudTrail does', async () => {
  emulator.clearCalls()
  expect((await run(['test', alias])).status).toBe(0)
  const [{ requestId } = { requestId: 'none' }] = asked('GetParameter')
  // Outcomes trail the signatures they are of.
  await vi.waitFor(async () => expect(await evidence()).toContain(requestId), { timeout: 10_000 })
})

test('A-17: the checklist uses the key, holds the old address against it, and finds no words', async () => {
  const env = { ALGORAND_SPONSOR_ADDRESS: account, KMS_KEY_ALIAS_TESTNET: alias }
  const content = await run(['doctor'], { env })
  expect([content.status, content.out]).toEqual([0, expect.stringContaining('made and verified')])
  emulator.faults.add({ kind: 'deny', operation: 'GetParameter' })
  const denied = await run(['doctor'], { env })
  emulator.faults.clear()
  expect([denied.status, denied.out]).toEqual([1, expect.stringMatching(/AWS does not allow ssm:GetParameter on .*/)])
})

describe('delete', () => {
  test('A-13: schedules the KMS key, keeps parameter and ciphertext, and can be taken back', async () => {
    const scheduled = await run(['delete', alias, '--yes', '--days', '7'])
    expect([scheduled.status, scheduled.out]).toEqual([0, expect.stringContaining('pending-deletion')])
    expect((await described()).state).toBe('PendingDeletion')
    const { Parameters = [] } = await ssm.send(new DescribeParametersCommand({}))
    expect(Parameters.map(({ Name }) => Name)).toEqual([path])
    const early = await chancery(['keys', 'purge', alias], { cwd: folder, env: { HOME: folder } })
    expect(early.status).toBe(1)
    expect((await run(['cancel-deletion', alias])).status).toBe(0)
    expect((await described()).state).toBe('Enabled')
    expect((await run(['test', alias])).status).toBe(0)
  })
})

test('A-12: an account is rotated as often as its owner likes, and each key has a place of its own', async () => {
  ledger.fund(account, 1_000_000n)
  expect((await run(['rotate', alias])).status).toBe(0)
  expect((await run(['rotate', alias, '--undo'])).status).toBe(0)
  const second = new Date().getUTCSeconds()
  await vi.waitUntil(() => new Date().getUTCSeconds() !== second, { timeout: 15_000 })
  const again = await run(['rotate', alias])
  expect([again.status, again.out]).toEqual([0, expect.stringContaining(account)])
  expect((await run(['rotate', alias, '--undo'])).status).toBe(0)
  const { Parameters = [] } = await ssm.send(new DescribeParametersCommand({}))
  for (const { Name } of Parameters)
    expect(Name).toMatch(/^\/confio\/algorand\/confio-local-sponsor(-\d{14})?\/private-key$/)
  expect(Parameters).toHaveLength(3)
})

describe('import', () => {
  const { addr, sk } = generateAccount()
  const named = ['--name', 'confio-local-imported', '--network', testNetwork, '--backend', 'aws-ssm'] as const
  const importing = ['import', ...named, '--expect-address', addr.toString()] as const

  test('A-04: a key that cannot be read back and signed with is not taken; what is left is enrolled once it can', async () => {
    const { credentials } = emulator
    const allowed = { Effect: 'Allow', Action: ['ssm:*', 'kms:*'], Resource: '*' } as const
    const denied = { Effect: 'Deny', Action: 'kms:Decrypt', Resource: '*' } as const
    emulator.setIdentity({ ...credentials, policy: { Version: '2012-10-17', Statement: [allowed, denied] } })
    const refused = await run(importing, { typed: secretKeyToMnemonic(sk) })
    emulator.setIdentity(credentials)
    expect([refused.status, refused.notes]).toEqual([1, expect.stringContaining('kms:Decrypt')])
    expect((await run(['list'])).out).not.toContain('confio-local-imported')

    const again = await run(importing, { typed: secretKeyToMnemonic(sk) })
    expect([again.status, again.notes]).toEqual([1, expect.stringContaining('with enrol')])
    const enrolled = await run(['enrol', ...named])
    expect([enrolled.status, enrolled.out]).toEqual([0, expect.stringContaining(addr.toString())])
  })
})

test('A-06: a parameter that somebody replaced signs nothing, and both addresses are named', async () => {
  const other = generateAccount()
  const Value = Buffer.from(other.sk).toString('base64')
  await ssm.send(new PutParameterCommand({ Name: path, Value, Overwrite: true }))
  const { status, notes } = await run(['test', alias])
  expect([status, notes]).toEqual([1, expect.stringContaining('ADDRESS MISMATCH')])
  const { status: found, out } = await run(['doctor'])
  expect([found, out]).toEqual([1, expect.stringContaining('ADDRESS MISMATCH')])
})
