/** Ed25519 for Algorand: every key back-end, from within the process and over HTTP, against a core that does nothing but sign. */
import { CreateKeyCommand, KMSClient } from '@aws-sdk/client-kms'
import { generateKeyPairSync, randomBytes, sign, verify } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { startEmulator, type RunningEmulator } from '../../packages/aws-emulator/src/index.ts'
import { child } from '../parts/child.ts'
import { poster, type Poster } from '../parts/http.ts'
import { load, type Load } from '../parts/load.ts'
import { algorandTestnet, payments } from '../parts/payments.ts'
import { withRatio, type Row, type Suite } from '../row.ts'

export const ed25519: Suite = {
  name: 'ed25519',
  about: 'Ed25519 of each key back-end, in process and over HTTP; how often AWS is asked',
  run,
}

interface Setup {
  readonly name: string
  readonly backend: string
  readonly flags: Readonly<Record<string, string>>
  /** What AWS is asked for a batch of 16, and how often. */
  readonly asks?: { readonly operation: string; readonly times: number }
}

async function run(progress: (words: string) => void): Promise<readonly Row[]> {
  const emulator = await startEmulator()
  const copies = await mkdtemp(join(tmpdir(), 'chancery-bench-copies-'))
  try {
    const aws = { 'aws-region': emulator.region, 'aws-endpoint': emulator.url, 'aws-quota': '100000' }
    const key = await symmetricKey(emulator)
    const rows: Row[] = [bareRow()]
    for (const setup of setups(aws, { 'aws-data-key': key, 'aws-data-key-copies': copies })) {
      progress(setup.name)
      rows.push(...(await measure(setup, emulator)))
    }
    return rows
  } finally {
    await emulator.close()
    await rm(copies, { recursive: true, force: true })
  }
}

type Flags = Readonly<Record<string, string>>

function setups(aws: Flags, dataKeys: Flags): readonly Setup[] {
  const cached = { 'aws-cache-seconds': '60' }
  const opened = (operation: string, times: number) => ({ operation, times })
  return [
    { name: 'sealed', backend: 'sealed', flags: {} },
    { name: 'aws-ssm', backend: 'aws-ssm', flags: aws, asks: opened('GetParameter', 1) },
    { name: 'aws-ssm, cached', backend: 'aws-ssm', flags: { ...aws, ...cached }, asks: opened('GetParameter', 0) },
    { name: 'aws-data-key', backend: 'aws-data-key', flags: { ...aws, ...dataKeys }, asks: opened('Decrypt', 1) },
    { name: 'aws-kms', backend: 'aws-kms', flags: aws, asks: opened('Sign', 16) },
  ]
}

interface Ready {
  readonly url: string
  readonly apiKey: string
  readonly address: string
  /** From within: one transaction at a time, and 16 at a time. */
  readonly single: Load
  readonly batch: Load
}

async function measure({ name, backend, flags, asks }: Setup, emulator: RunningEmulator): Promise<readonly Row[]> {
  const limit = bareSignatures()
  const settings = Object.entries({ backends: backend, ...flags }).map((pair) => pair.join('='))
  const { ready, stop } = await child<Ready>('./algorand.ts', [backend, ...settings], credentialsOf(emulator))
  const { post, close } = poster(new URL(ready.url), { 'x-api-key': ready.apiKey })
  const ask = asker(post, ready.address)
  const http = { single: await load(16, 2, () => ask(1)), batch: await load(4, 2, () => ask(16)) }
  const counted = asks && (await count(name, asks, emulator, () => ask(16)))
  close()
  await stop()
  const row = (where: string, { perSecond, p50, p99 }: Load, times: number): Row =>
    withRatio({
      name: `${name}, ${where}, ${times === 1 ? 'one by one' : `${times} in a request`}`,
      unit: '/s',
      measured: perSecond * times,
      limit,
      against: loop,
      note: `p50 ${p50.toFixed(1)} ms, p99 ${p99.toFixed(1)} ms for a request`,
    })
  return [
    row('in process', ready.single, 1),
    row('in process', ready.batch, 16),
    row('over HTTP', http.single, 1),
    row('over HTTP', http.batch, 16),
    ...(counted ? [counted] : []),
  ]
}

/** What every signature of the service costs at least: it is verified before anybody gets it. */
function bareRow(): Row {
  const { privateKey, publicKey } = generateKeyPairSync('ed25519')
  const both = bare((message) => void verify(null, message, publicKey, sign(null, message, privateKey)))
  const row = { name: 'node:crypto, signed and verified', unit: '/s', measured: both, limit: bareSignatures() }
  return withRatio({ ...row, against: loop })
}

const loop = 'node:crypto in a loop, one core'

/** The key read once. */
function bareSignatures(): number {
  const { privateKey } = generateKeyPairSync('ed25519')
  return bare((message) => void sign(null, message, privateKey))
}

/** A second of it, with messages as long as a payment. */
function bare(once: (message: Buffer) => void): number {
  const message = randomBytes(200)
  const began = performance.now()
  let count = 0
  while (performance.now() - began < 1_000) {
    message.writeUInt32LE(count++)
    once(message)
  }
  return (count * 1_000) / (performance.now() - began)
}

function asker(post: Poster['post'], address: string): (count: number) => Promise<void> {
  const next = payments(address)
  return async (count) => {
    const transactions = Array.from({ length: count }, () => ({ txn: next().toString('base64') }))
    const { status, body } = await post(JSON.stringify({ network: algorandTestnet, transactions }))
    if (status !== 200) throw new Error(`${status} ${body}`)
  }
}

const batches = 20

/** One batch after the other, and what the emulator's log has of them. */
async function count(
  name: string,
  { operation, times }: NonNullable<Setup['asks']>,
  emulator: RunningEmulator,
  askForSixteen: () => Promise<void>,
): Promise<Row> {
  emulator.clearCalls()
  for (let i = 0; i < batches; i++) await askForSixteen()
  const asked = emulator.calls.map((call) => call.operation)
  const measured = asked.length / batches
  return {
    name: `${name}: requests to AWS for 16 signatures`,
    unit: '',
    measured,
    goal: `${times} ${operation}`,
    passed: measured === times && asked.every((one) => one === operation),
    note: `${batches * 16} signatures in ${batches} batches: ${asked.length} ${[...new Set(asked)].join(', ') || operation}`,
  }
}

const credentialsOf = ({ credentials }: RunningEmulator) => ({
  AWS_ACCESS_KEY_ID: credentials.accessKeyId,
  AWS_SECRET_ACCESS_KEY: credentials.secretAccessKey,
})

/** What wraps data keys. */
async function symmetricKey({ region, url: endpoint, credentials }: RunningEmulator): Promise<string> {
  const kms = new KMSClient({ region, endpoint, credentials })
  try {
    return (await kms.send(new CreateKeyCommand({}))).KeyMetadata?.Arn ?? ''
  } finally {
    kms.destroy()
  }
}
