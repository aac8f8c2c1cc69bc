/** Wallets made a second: where a KMS makes their keys, against its quota; where we do, against the bare work. */
import { CreateKeyCommand, KMSClient } from '@aws-sdk/client-kms'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { startEmulator, type RunningEmulator } from '../../packages/aws-emulator/src/index.ts'
import { bareWallets } from '../parts/bare-wallets.ts'
import { child } from '../parts/child.ts'
import { withRatio, type Row } from '../row.ts'

/** How many of each are made; a test of the bench itself takes fewer. */
export interface CreationSizes {
  readonly native: number
  readonly datakey: number
  readonly local: number
}

const whole: CreationSizes = { native: 100, datakey: 1_500, local: 3_000 }

/** Requests a second that AWS lets an account make, as the emulator keeps them too. https://docs.aws.amazon.com/kms/latest/developerguide/requests-per-second.html */
const quotas = { native: { operation: 'CreateKey', rate: 5 }, datakey: { operation: 'GenerateDataKeyPair', rate: 100 } }

export async function creationRows(progress: (words: string) => void, sizes = whole): Promise<readonly Row[]> {
  const rows: Row[] = []
  for (const tier of ['native', 'datakey'] as const) {
    progress(`wallets of the tier ${tier}, under the quotas of AWS`)
    rows.push(await underQuota(tier, sizes[tier]))
  }
  for (const tier of ['hd', 'sealed'] as const) {
    progress(`wallets of the tier ${tier}`)
    rows.push(await againstBare(tier, sizes.local))
  }
  return rows
}

interface Made {
  readonly perSecond: number
}

async function underQuota(tier: 'native' | 'datakey', count: number): Promise<Row> {
  const emulator = await startEmulator({ quotas: 'aws' })
  const copies = await mkdtemp(join(tmpdir(), 'chancery-bench-copies-'))
  try {
    const backend = tier === 'native' ? 'aws-kms' : 'aws-data-key'
    const aws = [`backends=${backend}`, `aws-region=${emulator.region}`, `aws-endpoint=${emulator.url}`]
    const data = [`aws-data-key=${await symmetricKey(emulator)}`, `aws-data-key-copies=${copies}`]
    const settings = tier === 'native' ? aws : [...aws, ...data]
    const env = credentialsOf(emulator)
    const { ready, stop } = await child<Made>('./made-wallets.ts', [tier, String(count), ...settings], env)
    await stop()
    const throttled = emulator.calls.filter(({ result }) => result === 'ThrottlingException').length
    const { operation, rate } = quotas[tier]
    return withRatio({
      name: `wallets of the tier ${tier}`,
      unit: '/s',
      measured: ready.perSecond,
      limit: rate,
      against: `the quota of ${operation}`,
      note: `${count} wallets, ${emulator.calls.length} requests to AWS, of which ${throttled} were throttled`,
    })
  } finally {
    await emulator.close()
    await rm(copies, { recursive: true, force: true })
  }
}

async function againstBare(tier: 'hd' | 'sealed', count: number): Promise<Row> {
  const before = await bareWallets(tier)
  const { ready, stop } = await child<Made>('./made-wallets.ts', [tier, String(count)])
  await stop()
  return withRatio({
    name: `wallets of the tier ${tier}`,
    unit: '/s',
    measured: ready.perSecond,
    limit: Math.max(before, await bareWallets(tier)),
    against: `key, signature, verification and bare commits, one core`,
    note: `${count} wallets in requests of 500`,
  })
}

const credentialsOf = ({ credentials }: RunningEmulator) => ({
  AWS_ACCESS_KEY_ID: credentials.accessKeyId,
  AWS_SECRET_ACCESS_KEY: credentials.secretAccessKey,
})

async function symmetricKey({ region, url: endpoint, credentials }: RunningEmulator): Promise<string> {
  const kms = new KMSClient({ region, endpoint, credentials })
  try {
    return (await kms.send(new CreateKeyCommand({}))).KeyMetadata?.Arn ?? ''
  } finally {
    kms.destroy()
  }
}
