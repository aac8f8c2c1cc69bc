/** What the service adds to a KMS that takes its time: its latency less a bare SDK call's, at the same concurrency. */
import { startEmulator, type RunningEmulator } from '../../packages/aws-emulator/src/index.ts'
import { child } from '../parts/child.ts'
import { poster } from '../parts/http.ts'
import { callers, kmsLoads } from '../parts/kms-load.ts'
import type { Load, Quantiles } from '../parts/load.ts'
import { requests, type Asked } from '../parts/requests.ts'
import { pacedCommits } from '../parts/paced-commits.ts'
import { withRatio, type Row } from '../row.ts'

const latency = 25

export async function kmsRows(progress: (words: string) => void): Promise<readonly Row[]> {
  const emulator = await startEmulator()
  try {
    emulator.faults.add({ kind: 'latency', operation: 'Sign', ms: latency })
    progress('a bare SDK Sign')
    const bare = await bareSdk(emulator)
    progress('KMS signatures over HTTP')
    const service = await overHttp(emulator)
    progress('two durable commits, as far apart')
    const commits = await pacedCommits(latency)
    return callers.flatMap((count, i) => overheads(count, service[i], bare[i], commits))
  } finally {
    await emulator.close()
  }
}

function overheads(
  count: number,
  service: Load | undefined,
  bare: Load | undefined,
  commits: Quantiles,
): readonly Row[] {
  if (service === undefined || bare === undefined) return []
  const who = count === 1 ? 'one caller' : `${count} callers`
  return (['p50', 'p99'] as const).map((which) =>
    withRatio({
      name: `KMS path overhead, ${which}, ${who}`,
      unit: 'ms',
      measured: service[which] - bare[which],
      limit: commits[which],
      against: 'two bare durable commits, as far apart',
      ...(which === 'p99' && { goal: '≤ 5 ms' }),
      note: `${service[which].toFixed(1)} ms with the service, ${bare[which].toFixed(1)} ms for a bare SDK call; emulator latency ${latency} ms`,
    }),
  )
}

const credentialsOf = ({ credentials }: RunningEmulator) => ({
  AWS_ACCESS_KEY_ID: credentials.accessKeyId,
  AWS_SECRET_ACCESS_KEY: credentials.secretAccessKey,
})

async function bareSdk(emulator: RunningEmulator): Promise<readonly Load[]> {
  const { ready, stop } = await child<{ readonly loads: readonly Load[] }>(
    './bare-kms.ts',
    [emulator.url, emulator.region],
    credentialsOf(emulator),
  )
  await stop()
  return ready.loads
}

async function overHttp(emulator: RunningEmulator): Promise<readonly Load[]> {
  const args = ['aws-kms', emulator.url]
  const { ready, stop } = await child<Asked & { url: string; apiKey: string }>(
    './service.ts',
    args,
    credentialsOf(emulator),
  )
  const { post, close } = poster(new URL(ready.url), { 'x-api-key': ready.apiKey })
  const next = requests(ready)
  const result = await kmsLoads(async () => {
    const { status, body } = await post(next())
    if (status !== 200) throw new Error(`${status} ${body}`)
  })
  close()
  await stop()
  return result
}
