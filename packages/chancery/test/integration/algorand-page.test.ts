/** The commands of docs/algorand.md, run as they stand: one service, one ledger, one AWS stand-in, one shell. */
import { mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { CreateAliasCommand, CreateKeyCommand, KMSClient, TagResourceCommand } from '@aws-sdk/client-kms'
import { PutParameterCommand, SSMClient } from '@aws-sdk/client-ssm'
import { generateAccount, secretKeyToMnemonic } from 'algosdk'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { parse, stringify } from 'yaml'
import { startEmulator, type RunningEmulator } from '../../../aws-emulator/src/index.ts'
import { chancery, type Ran } from '../cli/terminal.ts'
import { writeCredentials } from '../keys/aws/emulator.ts'
import { createMemoryLedger } from '../nodes/algorand/algod/memory-ledger.ts'
import { startAlgod, type Algod } from '../nodes/algorand/algod/server.ts'
import { pattern } from './pages.ts'
import { serve, type ServiceProcess } from './service-process.ts'
import { openShell, type Shell } from './shell.ts'

const root = fileURLToPath(new URL('../../../../', import.meta.url))
const page = readFileSync(join(root, 'docs/algorand.md'), 'utf8')
const testnet = { id: 'testnet-v1.0', hash: 'SGO1GKSzyE7IEPItTxCByw9x8FmnrCDexi9/cOUJOiI=' }
const region = 'eu-central-2'

interface Step {
  readonly language: string
  readonly kind: string
  /** Of a block that is a file. */
  readonly file: string | undefined
  readonly text: string
  /** What the page says it prints, `…` standing for anything. */
  readonly prints: string | undefined
  readonly heading: string
}

const steps = [
  ...page.matchAll(/^```(sh|ts|yaml) (run|terminal)(?: (\S+))?\n(.*?)^```\n(?:```text prints\n(.*?)^```\n)?/gms),
].map(({ 1: language = '', 2: kind = '', 3: file, 4: text = '', 5: prints, index }): Step => {
  const [heading = ''] =
    page
      .slice(0, index)
      .match(/^##+ .*$/gm)
      ?.slice(-1) ?? []
  return { language, kind, file, text, prints, heading }
})

const ledger = createMemoryLedger()
const migrated = generateAccount()
const legacy = generateAccount()

let folder: string
let algod: Algod
let emulator: RunningEmulator
let service: ServiceProcess
let shell: Shell
let refusal: Ran
const printed = new Map<Step, string>()
const trouble: string[] = []

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'chancery-algorand-page-'))
  algod = await startAlgod({ ledger, genesis: testnet })
  emulator = await startEmulator({ region })
  layOut()
  service = await serve(folder)
  await keepLegacyKey()
  ledger.fund(migrated.addr.toString(), 10_000_000n)
  shell = openShell(folder)
  for (const step of steps) if (step.language !== 'yaml') await take(step)
}, 120_000)

afterAll(async () => {
  shell.close()
  service.kill('SIGKILL')
  await emulator.close()
  await algod.close()
  rmSync(folder, { recursive: true, force: true, maxRetries: 5 })
})

const here = (text: string): string =>
  text
    .replaceAll(/https:\/\/testnet-api\.4160\.nodely\.dev|http:\/\/127\.0\.0\.1:4001/g, algod.url.origin)
    .replaceAll('http://127.0.0.1:9000', service?.url)

/** What a reader has before the first command: a configuration, credentials of AWS, an old .env file. */
function layOut(): void {
  const parts = steps.filter(({ file }) => file === 'chancery.yaml').map(({ text }) => parse(text) as object)
  const whole = Object.assign({}, ...parts) as { readonly aws: object }
  const configuration = { ...whole, aws: { ...whole.aws, endpoint: emulator.url } }
  writeFileSync(
    join(folder, 'chancery.yaml'),
    stringify(configuration).replaceAll(/https:\/\/[^"\s]+/g, algod.url.origin),
  )
  writeCredentials(emulator, folder)
  const variables = [
    'CONFIO_ENV=testnet',
    'KMS_KEY_ALIAS_TESTNET=confio-testnet-sponsor',
    `ALGORAND_SPONSOR_ADDRESS=${migrated.addr.toString()}`,
    `ALGORAND_ADMIN_MNEMONIC="${secretKeyToMnemonic(migrated.sk)}"`,
  ]
  writeFileSync(join(folder, '.env.testnet'), `${variables.join('\n')}\n`, { mode: 0o600 })
  symlinkSync(join(root, 'node_modules'), join(folder, 'node_modules'))
}

/** As an older script keeps it, and, once the service has said how, marked by whoever administers AWS. */
async function keepLegacyKey(): Promise<void> {
  const { url: endpoint, credentials } = emulator
  const [kms, ssm] = [
    new KMSClient({ endpoint, region, credentials }),
    new SSMClient({ endpoint, region, credentials }),
  ]
  const Tags = [{ TagKey: 'address', TagValue: legacy.addr.toString() }]
  const { KeyMetadata } = await kms.send(new CreateKeyCommand({ Tags }))
  const KeyId = KeyMetadata?.KeyId ?? ''
  const name = 'confio-testnet-legacy'
  await kms.send(new CreateAliasCommand({ AliasName: `alias/${name}`, TargetKeyId: KeyId }))
  const Value = Buffer.from(legacy.sk).toString('base64')
  const Name = `/confio/algorand/${name}/private-key`
  await ssm.send(new PutParameterCommand({ Name, Type: 'SecureString', KeyId: `alias/${name}`, Value }))
  refusal = await chancery(['algorand', 'enrol', '--name', name, '--network', 'testnet'], {
    cwd: folder,
    env: { HOME: folder },
  })
  const [, TagValue = ''] = /TagKey=chancery:owner,TagValue=(\S+)/.exec(refusal.notes) ?? []
  await kms.send(new TagResourceCommand({ KeyId, Tags: [{ TagKey: 'chancery:owner', TagValue }] }))
  kms.destroy()
  ssm.destroy()
}

async function take(step: Step): Promise<void> {
  const { kind, file, text } = step
  if (kind === 'terminal') return void printed.set(step, await atTerminal(here(text)))
  if (file !== undefined) writeFileSync(join(folder, file), here(text))
  const { status, out, err } = await shell.run(file === undefined ? here(text) : `'${process.execPath}' ${file}`)
  printed.set(step, out)
  if (status !== 0) trouble.push(`${step.heading}: ended with ${status}: ${err}`)
}

/** Somebody who writes down the words that are shown, and knows those of the account that moves. */
async function atTerminal(command: string): Promise<string> {
  const { args, env } = await shell.read(command)
  let seen = ''
  const typed = (question: string) => {
    const place = /^Word (\d+)/.exec(question)?.[1]
    if (place === undefined) return secretKeyToMnemonic(migrated.sk)
    return new RegExp(`\\b${place} ([a-z]+)`).exec(seen)?.[1] ?? ''
  }
  const watch = (text: string) => void (seen += `${text}\n`)
  const ran = await chancery(args, { cwd: folder, env, interactive: true, typed, watch })
  if (ran.status !== 0) trouble.push(`${command}: ended with ${ran.status}: ${ran.notes}`)
  return ran.out
}

describe('docs/algorand.md', () => {
  test('its commands run', () => {
    expect(trouble).toEqual([])
    expect(steps.length).toBeGreaterThan(15)
  })

  test.each(steps.filter(({ prints }) => prints !== undefined).map((step, index) => ({ index, step, ...step })))(
    'prints what it says: block $index, $heading',
    ({ step, prints = '' }) => {
      expect(printed.get(step)?.replaceAll(/\s/g, '')).toMatch(pattern(prints))
    },
  )

  test('a key without the owner tag is refused as it says', () => {
    const [, shown = ''] = /```text\n(chancery: The AWS KMS key is not marked.*?)```/s.exec(page) ?? []
    expect(refusal.status).toBe(1)
    expect(refusal.notes.replaceAll(/\s/g, '')).toMatch(pattern(shown))
  })

  test('the address of the account that moved is its own, and the old one is where it was', async () => {
    const list = await chancery(['algorand', 'list', '--json'], { cwd: folder, env: { HOME: folder } })
    const accounts = JSON.parse(list.out) as readonly { readonly account: string; readonly key: { alias?: string } }[]
    const accountOf = (alias: string) => accounts.find(({ key }) => key.alias === alias)?.account
    expect(accountOf('confio-testnet-sponsor')).toBe(migrated.addr.toString())
    expect(accountOf('confio-testnet-legacy')).toBe(legacy.addr.toString())
  })
})
