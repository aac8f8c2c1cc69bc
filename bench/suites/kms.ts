/** What the service adds to a KMS that takes its time: its latency less a bare SDK call's, at the same concurrency. */
import { KMSClient, SignCommand, CreateKeyCommand } from '@aws-sdk/client-kms'
import { randomBytes } from 'node:crypto'
import { startEmulator, type RunningEmulator } from '../../packages/aws-emulator/src/index.ts'
import { child } from '../parts/child.ts'
import { poster } from '../parts/http.ts'
import { load, type Load } from '../parts/load.ts'
import { requests, type Asked } from '../parts/requests.ts'
import type { Row } from '../row.ts'

const callers = 4
const seconds = 8
const latency = 25

export async function kmsRows(progress: (words: string) => void): Promise<readonly Row[]> {
  const emulator = await startEmulator()
  try {
    emulator.faults.add({ kind: 'latency', operation: 'Sign', ms: latency })
    progress('a bare SDK Sign')
    const bare = await bareSdk(emulator)
    progress('KMS signatures over HTTP')
    const service = await overHttp(emulator)
    return [overhead('p50', service.p50, bare.p50), overhead('p99', service.p99, bare.p99)]
  } finally {
    await emulator.close()
  }
}

function overhead(which: string, service: number, bare: number): Row {
  return {
    name: `KMS path overhead, ${which}`,
    unit: 'ms',
    measured: service - bare,
    ...(which === 'p99' && { goal: '≤ 5 ms' }),
    note: `${service.toFixed(1)} ms with the service, ${bare.toFixed(1)} ms for a bare SDK call; emulator latency ${latency} ms, ${callers} callers`,
  }
}

const credentialsOf = ({ credentials }: RunningEmulator) => ({
  AWS_ACCESS_KEY_ID: credentials.accessKeyId,
  AWS_SECRET_ACCESS_KEY: credentials.secretAccessKey,
})

async function bareSdk(emulator: RunningEmulator): Promise<Load> {
  const kms = new KMSClient({
    region: emulator.region,
    endpoint: emulator.url,
    credentials: emulator.credentials,
    maxAttempts: 1,
  })
  const made = await kms.send(new CreateKeyCommand({ KeySpec: 'ECC_SECG_P256K1', KeyUsage: 'SIGN_VERIFY' }))
  const KeyId = made.KeyMetadata?.KeyId
  const result = await load(callers, seconds, async () => {
    await kms.send(
      new SignCommand({ KeyId, Message: randomBytes(32), MessageType: 'DIGEST', SigningAlgorithm: 'ECDSA_SHA_256' }),
    )
  })
  kms.destroy()
  return result
}

async function overHttp(emulator: RunningEmulator): Promise<Load> {
  const args = ['aws-kms', emulator.url]
  const { ready, stop } = await child<Asked & { url: string; apiKey: string }>(
    './service.ts',
    args,
    credentialsOf(emulator),
  )
  const { post, close } = poster(new URL(ready.url), { 'x-api-key': ready.apiKey })
  const next = requests(ready)
  const result = await load(callers, seconds, async () => {
    const { status, body } = await post(next())
    if (status !== 200) throw new Error(`${status} ${body}`)
  })
  close()
  await stop()
  return result
}
