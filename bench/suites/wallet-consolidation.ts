/** A PSBT of 300 inputs: how long it takes to build and to sign, and what memory it takes, with local keys and in a KMS. */
import { startEmulator } from '../../packages/aws-emulator/src/index.ts'
import { connections } from '../../packages/chancery/src/keys/aws/client.ts'
import { bareSignatures } from '../parts/bare-signatures.ts'
import { child } from '../parts/child.ts'
import { median, type Row } from '../row.ts'

/** Milliseconds that the emulated KMS takes to sign. */
const latency = 15

interface Taken {
  readonly taken: readonly { readonly build: number; readonly sign: number }[]
  /** MiB of the service's processes. */
  readonly before: number
  readonly most: number
  readonly psbtBytes: number
}

export async function consolidationRows(progress: (words: string) => void, inputs = 300): Promise<readonly Row[]> {
  progress(`${inputs} inputs, sealed`)
  const bare = (inputs * 1_000) / bareSignatures()
  const sealed = await measured(['sealed', String(inputs)])
  progress(`${inputs} inputs, KMS`)
  const kms = await inKms(inputs)
  const rounds = Math.ceil(inputs / connections) * latency
  const name = `PSBT of ${inputs} inputs`
  return [
    ...rowsOf(`${name}, sealed`, sealed, bare, `${inputs} times bare sign + verify, one core`),
    ...rowsOf(`${name}, KMS`, kms, rounds, `calls of ${latency} ms, ${connections} at once`),
  ]
}

async function measured(args: readonly string[], env: Readonly<Record<string, string>> = {}): Promise<Taken> {
  const { ready, stop } = await child<Taken>('./consolidation.ts', args, env)
  await stop()
  return ready
}

async function inKms(inputs: number): Promise<Taken> {
  const emulator = await startEmulator({ quotas: 'aws' })
  emulator.faults.add({ kind: 'latency', operation: 'Sign', ms: latency })
  const { accessKeyId, secretAccessKey } = emulator.credentials
  const env = { AWS_ACCESS_KEY_ID: accessKeyId, AWS_SECRET_ACCESS_KEY: secretAccessKey }
  const aws = ['backends=aws-kms', `aws-region=${emulator.region}`, `aws-endpoint=${emulator.url}`]
  try {
    return await measured(['aws-kms', String(inputs), ...aws], env)
  } finally {
    await emulator.close()
  }
}

function rowsOf(
  name: string,
  { taken, before, most, psbtBytes }: Taken,
  limit: number,
  against: string,
): readonly Row[] {
  const [build, sign] = [median(taken.map((one) => one.build)), median(taken.map((one) => one.sign))]
  const worst = Math.max(...taken.map((one) => one.sign))
  return [
    { name: `${name}, built`, unit: 'ms', measured: build, note: `${psbtBytes} bytes, the middle of ${taken.length}` },
    { name: `${name}, signed`, unit: 'ms', measured: sign, limit, against, note: `the longest ${worst.toFixed(0)} ms` },
    {
      name: `${name}, memory`,
      unit: 'MiB',
      measured: most - before,
      note: `${before.toFixed(0)} MiB before it, all processes`,
    },
  ]
}
