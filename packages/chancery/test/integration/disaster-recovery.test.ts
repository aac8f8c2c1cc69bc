/**
 * What docs/algorand.md says to do when AWS is lost or somebody else's, step by step: real services, a stand-in for AWS,
 * a ledger in memory that takes nothing but signatures of the present authority.
 */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import {
  CreateAliasCommand,
  CreateKeyCommand,
  KMSClient,
  ReplicateKeyCommand,
  TagResourceCommand,
} from '@aws-sdk/client-kms'
import { Address, mnemonicToSecretKey, multisigAddress, type Transaction } from 'algosdk'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createClient, type Account, type Key } from '@chancery/client'
import { startEmulator, type RunningEmulator } from '../../../aws-emulator/src/index.ts'
import { chancery, type At, type Ran } from '../cli/terminal.ts'
import { writeCredentials } from '../keys/aws/emulator.ts'
import { createMemoryLedger } from '../nodes/algorand/algod/memory-ledger.ts'
import { startAlgod, type Algod } from '../nodes/algorand/algod/server.ts'
import { nodeAt, payment, soon, suggested, testNetwork } from '../nodes/algorand/fixture.ts'
import { serve } from './service-process.ts'

const [home, elsewhere] = ['eu-central-2', 'eu-west-1'] as const
const name = 'confio-local-sponsor'
const at = ['--network', testNetwork] as const

const ledger = createMemoryLedger()
let algod: Algod
let emulator: RunningEmulator
const ends: (() => void)[] = []

beforeAll(async () => {
  algod = await startAlgod({ ledger })
  emulator = await startEmulator({ region: home, otherRegions: [elsewhere] })
}, 60_000)

afterAll(async () => {
  for (const end of ends.toReversed()) end()
  await emulator.close()
  await algod.close()
})

interface Installation {
  readonly folder: string
  readonly url: string
  /** `chancery algorand …`, which must succeed. */
  algorand(args: readonly string[], person?: At): Promise<Ran>
  run(args: readonly string[], person?: At): Promise<Ran>
  /** Of an account by its name. */
  account(alias: string): Promise<Account>
  /** A client's key for all that signing takes. */
  apiKey(key: string): Promise<string>
}

/** With AWS only where a region is given, and with a node unless it is offline. */
async function install(region?: string, place: 'online' | 'offline' = 'online'): Promise<Installation> {
  const folder = mkdtempSync(join(tmpdir(), 'chancery-disaster-'))
  ends.push(() => rmSync(folder, { recursive: true, force: true, maxRetries: 5 }))
  const network = { id: testNetwork, main: false, ...(place === 'online' && { rpc: [algod.url.href] }) }
  const aws = region && { backends: ['sealed', 'aws-kms', 'aws-ssm'], aws: { region, endpoint: emulator.url } }
  writeFileSync(join(folder, 'chancery.yaml'), JSON.stringify({ networks: [network], ...aws }))
  if (region !== undefined) writeCredentials(emulator, folder)
  const service = await serve(folder)
  ends.push(() => service.kill('SIGKILL'))
  const run = (args: readonly string[], person: At = {}) =>
    chancery(args, { cwd: folder, ...person, env: { HOME: folder } })
  const succeed = async (args: readonly string[], person?: At) => {
    const ran = await run(args, person)
    expect([args.join(' '), ran.status, ran.status === 0 ? '' : ran.notes]).toEqual([args.join(' '), 0, ''])
    return ran
  }
  return {
    folder,
    url: service.url,
    run,
    algorand: (args, person) => succeed(['algorand', ...args], person),
    account: async (alias) => {
      const accounts = JSON.parse((await succeed(['algorand', 'list', '--json'])).out) as readonly Account[]
      const found = accounts.find(({ key }) => key.alias === alias)
      if (found) return found
      throw new Error(`${alias} is not listed`)
    },
    apiKey: async (key) => {
      const made = await succeed(['clients', 'create', `of-${key}`, '--grant', `sign:transaction@${key}@*`, '--json'])
      return (JSON.parse(made.out) as { readonly secret: string }).secret
    },
  }
}

/** An account whose words somebody wrote down. */
async function withWords(where: Installation, alias: string, backend: string): Promise<string> {
  let seen = ''
  const word = (place: number) => new RegExp(`\\b${place} ([a-z]+)`).exec(seen)?.[1] ?? ''
  await where.algorand(['create', '--name', alias, ...at, '--backend', backend], {
    interactive: true,
    watch: (text) => void (seen += `${text}\n`),
    typed: (question) => word(Number(/^Word (\d+)/.exec(question)?.[1])),
  })
  return Array.from({ length: 25 }, (_, i) => word(i + 1)).join(' ')
}

function fundedOf(words: string) {
  const { addr, sk } = mnemonicToSecretKey(words)
  ledger.fund(addr.toString(), 10_000_000n)
  return { account: addr.toString(), addr, sk }
}

const importing = (alias: string, account: string) =>
  ['import', '--name', alias, ...at, '--backend', 'sealed', '--expect-address', account] as const

let spent = 0n

/** Whoever has the old words. Each payment is of another amount, because the ledger takes none twice. */
async function spendsStill({ addr, sk }: ReturnType<typeof fundedOf>): Promise<boolean> {
  const node = nodeAt(algod.url)
  const txn = payment(await suggested(node), { from: addr, amount: ++spent })
  return (await node.broadcast([txn.signTxn(sk)], soon())).accepted
}

describe('A-14: the AWS account was taken over', () => {
  test('while AWS answers, the account goes to a key outside it, and the old words spend nothing', async () => {
    const office = await install(home)
    const thief = fundedOf(await withWords(office, name, 'aws-ssm'))
    expect(await spendsStill(thief)).toBe(true)

    await withWords(office, 'confio-local-rescue', 'sealed')
    await office.algorand(['rotate', name, ...at, '--to', 'confio-local-rescue'])

    expect(await spendsStill(thief)).toBe(false)
    emulator.faults.add({ kind: 'deny' })
    expect((await office.algorand(['test', name, ...at, '--submit'])).out).toContain('confirmed in round')
    expect((await office.account(name)).account).toBe(thief.account)
    emulator.faults.clear()
  }, 60_000)

  test('when the thief disabled the key, the words do it in a fresh installation; then into a new region of AWS', async () => {
    const office = await install(home)
    const words = await withWords(office, 'confio-local-cut-off', 'aws-ssm')
    const thief = fundedOf(words)
    emulator.faults.add({ kind: 'deny' })
    const refused = await office.run(['algorand', 'test', 'confio-local-cut-off', ...at])
    expect([refused.status, refused.notes]).toEqual([1, expect.stringContaining('AWS does not allow')])
    emulator.faults.clear()

    const rescue = await install(elsewhere)
    await rescue.algorand(importing(name, thief.account), { typed: words })
    await withWords(rescue, 'confio-local-rescue', 'sealed')
    await rescue.algorand(['rotate', name, ...at, '--to', 'confio-local-rescue'])
    expect(await spendsStill(thief)).toBe(false)
    await rescue.algorand(['rotate', name, ...at, '--backend', 'aws-kms'])
    expect((await rescue.algorand(['test', name, ...at, '--submit'])).out).toContain('confirmed in round')
    expect((await office.account('confio-local-cut-off')).finding).toContain('signed for by')
  }, 60_000)
})

describe('A-14: AWS is lost', () => {
  let words: string
  let lost: ReturnType<typeof fundedOf>

  beforeAll(async () => {
    words = await withWords(await install(home), 'confio-local-lost', 'aws-ssm')
    lost = fundedOf(words)
  }, 60_000)

  test('the words sign in a fresh installation that knows no AWS, whose backup passes the drill', async () => {
    const calls = emulator.calls.length
    const recovery = await install()
    await recovery.algorand(importing(name, lost.account), { typed: words })
    expect((await recovery.algorand(['test', name, ...at, '--submit'])).out).toContain('confirmed in round')
    expect(emulator.calls.length).toBe(calls)
    const backup = join(recovery.folder, 'backup')
    expect((await recovery.run(['backup', backup])).status).toBe(0)
    const drilled = await recovery.run(['drill', backup])
    expect([drilled.status, drilled.out]).toEqual([0, expect.stringContaining('1 keys can be used')])
  }, 60_000)

  test('offline, a file is signed that another machine sends', async () => {
    const machine = await install(undefined, 'offline')
    await machine.algorand(importing(name, lost.account), { typed: words })
    const node = nodeAt(algod.url)
    const txn = payment(await suggested(node), { from: lost.addr, amount: 3n })
    await allowPayments(machine, name, lost.account)
    const { key } = await machine.account(name)
    const signed = await signFile(machine, name, txn, ['--api-key-file', await apiKeyFile(machine, key)])
    expect((await node.broadcast([signed], soon())).accepted).toBe(true)
  }, 60_000)
})

/** As it is carried to a machine that can send it. */
async function signFile(where: Installation, alias: string, txn: Transaction, flags: readonly string[]) {
  writeFileSync(join(where.folder, 'pay.txn'), txn.toByte())
  const files = ['--in', 'pay.txn', '--out', 'pay.stxn', '--url', where.url]
  await where.algorand(['sign', alias, ...at, ...files, ...flags])
  return readFileSync(join(where.folder, 'pay.stxn'))
}

async function apiKeyFile(where: Installation, { id }: Key): Promise<string> {
  writeFileSync(join(where.folder, 'api-key'), await where.apiKey(id), { mode: 0o600 })
  return 'api-key'
}

function writeJson({ folder }: Installation, file: string, value: object): string {
  writeFileSync(join(folder, file), JSON.stringify(value))
  return file
}

async function allowPayments(where: Installation, alias: string, to: string, more: object = {}): Promise<void> {
  const rules = {
    operations: ['sign:transaction'],
    networks: [testNetwork],
    recipients: [to],
    maximums: { [`${testNetwork}/slip44:283`]: '1000' },
    fees: { [testNetwork]: '2000' },
    ...more,
  }
  const put = await where.run(['rules', 'put', alias, '-'], { stdin: JSON.stringify(rules) })
  expect([put.status, put.notes]).toEqual([0, ''])
}

describe('A-14: a native key has no words', () => {
  test('a multi-Region key signs for the same account in its other region', async () => {
    const office = await install(home)
    const KeyId = await multiRegionKey(office, home)
    const enrol = ['enrol', '--name', 'confio-local-many', ...at, '--backend', 'aws-kms'] as const
    await office.algorand(enrol)
    const { account } = await office.account('confio-local-many')
    ledger.fund(account, 10_000_000n)

    const branch = await install(elsewhere)
    await replicate(branch, KeyId)
    await branch.algorand(enrol)
    expect((await branch.account('confio-local-many')).account).toBe(account)
    expect((await branch.algorand(['test', 'confio-local-many', ...at, '--submit'])).out).toContain('confirmed')
  }, 60_000)

  test('a 1-of-2 multisig is signed for by the native key, and by a key whose words were offline', async () => {
    const office = await install(home)
    await office.algorand(['create', '--name', name, ...at, '--backend', 'aws-kms'])
    const native = (await office.account(name)).key
    const drawer = await install()
    const words = await withWords(drawer, 'confio-local-drawer', 'sealed')
    const addrs = [native.address ?? '', mnemonicToSecretKey(words).addr.toString()]
    const msig = { version: 1, threshold: 1, addrs }
    const shared = multisigAddress({ ...msig, addrs })
    ledger.fund(addrs[0] ?? '', 10_000_000n)

    const more = { authorities: ['rekey'], delegates: [shared.toString()] }
    await allowPayments(office, name, addrs[0] ?? '', more)
    const from = Address.fromString(addrs[0] ?? '')
    const rekey = payment(await suggested(nodeAt(algod.url)), { from, rekeyTo: shared })
    expect(await sendSigned(office, native, rekey, {})).toBe(true)
    const both = { msig, authAddr: shared.toString() }
    const byNative = payment(await suggested(nodeAt(algod.url)), { from, amount: 1n })
    expect(await sendSigned(office, native, byNative, both)).toBe(true)

    emulator.faults.add({ kind: 'deny' })
    const recovery = await install()
    await recovery.algorand(importing('confio-local-drawer', addrs[1] ?? ''), { typed: words })
    await allowPayments(recovery, 'confio-local-drawer', addrs[0] ?? '')
    const { key } = await recovery.account('confio-local-drawer')
    const byDrawer = payment(await suggested(nodeAt(algod.url)), { from, amount: 2n })
    const multisig = ['--multisig', writeJson(recovery, 'multisig.json', msig), '--auth-addr', shared.toString()]
    const apiKey = ['--api-key-file', await apiKeyFile(recovery, key)]
    const signed = await signFile(recovery, 'confio-local-drawer', byDrawer, [...multisig, ...apiKey])
    expect((await nodeAt(algod.url).broadcast([signed], soon())).accepted).toBe(true)
    emulator.faults.clear()
  }, 60_000)
})

async function sendSigned(where: Installation, key: Key, txn: Transaction, how: object): Promise<boolean> {
  const client = createClient({ url: where.url, apiKey: await keyFor(where, key) })
  const transactions = [{ txn: Buffer.from(txn.toByte()).toString('base64'), ...how }]
  const { result } = await client.sign(key.id, { network: testNetwork, transactions })
  const [signed] = (result as { readonly transactions: readonly string[] }).transactions
  return (await nodeAt(algod.url).broadcast([Buffer.from(signed ?? '', 'base64')], soon())).accepted
}

const apiKeys = new Map<string, string>()

async function keyFor(where: Installation, { id }: Key): Promise<string> {
  const known = apiKeys.get(id) ?? (await where.apiKey(id))
  apiKeys.set(id, known)
  return known
}

const kmsIn = (region: string) => new KMSClient({ endpoint: emulator.url, region, credentials: emulator.credentials })

/** The tag that the refused enrolment asks for. */
async function ownerTag({ run }: Installation) {
  const refused = await run(['algorand', 'enrol', '--name', 'confio-local-many', ...at, '--backend', 'aws-kms'])
  const [, TagValue = ''] = /TagKey=chancery:owner,TagValue=(\S+)/.exec(refused.notes) ?? []
  return { TagKey: 'chancery:owner', TagValue }
}

const AliasName = 'alias/confio-local-many'

async function multiRegionKey(office: Installation, region: string): Promise<string> {
  const kms = kmsIn(region)
  const spec = { KeySpec: 'ECC_NIST_EDWARDS25519', KeyUsage: 'SIGN_VERIFY', MultiRegion: true } as const
  const { KeyMetadata } = await kms.send(new CreateKeyCommand(spec))
  const KeyId = KeyMetadata?.KeyId ?? ''
  await kms.send(new CreateAliasCommand({ AliasName, TargetKeyId: KeyId }))
  await kms.send(new TagResourceCommand({ KeyId, Tags: [await ownerTag(office)] }))
  kms.destroy()
  return KeyId
}

async function replicate(branch: Installation, KeyId: string): Promise<void> {
  const [here, there] = [kmsIn(home), kmsIn(elsewhere)]
  await here.send(new ReplicateKeyCommand({ KeyId, ReplicaRegion: elsewhere }))
  await there.send(new CreateAliasCommand({ AliasName, TargetKeyId: KeyId }))
  await there.send(new TagResourceCommand({ KeyId, Tags: [await ownerTag(branch)] }))
  here.destroy()
  there.destroy()
}
