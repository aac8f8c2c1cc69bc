/**
 * Validators' duties over HTTP, everything included, against the bare library in as many processes as there are cores. The
 * library is measured again before every run, because a shared machine is not the same from minute to minute.
 */
import { availableParallelism } from 'node:os'
import { child } from '../parts/child.ts'
import { dutyLoad, type DutyLoader } from '../parts/duty-loader.ts'
import type { DutyLoad, DutyResult } from '../parts/duty-load.ts'
import { runToEnd } from '../parts/run-to-end.ts'
import { startSealed } from '../parts/sealed-start.ts'
import { median, withRatio, type Row, type Suite } from '../row.ts'

export const consensus: Suite = {
  name: 'consensus',
  about: "Validators' duties over HTTP: one by one, in batches, in a burst; the start and the memory of 10,000 keys",
  run,
}

/** Mainnet's. */
const genesisValidatorsRoot = '0x4b363db94e286120d76eb905340fdd4e54bfe9f06bf33ff6cf5ad27f511bfe95'
const runs = 5
const seconds = 5
const warmUp = 10
/** Keys of one request. */
const batch = 250

interface Ready {
  readonly url: string
  readonly apiKey: string
  readonly keys: readonly string[]
}

/** Measures runs of one kind, each on epochs of its own. */
interface Bench {
  readonly loader: DutyLoader
  measure(load: Partial<DutyLoad> & { readonly shared?: boolean }): Promise<DutyResult>
}

async function run(progress: (words: string) => void): Promise<readonly Row[]> {
  const rows: Row[] = []
  for (const addon of ['off', 'auto'] as const) {
    rows.push(...(await withService(addon, (bench, keys) => duties(bench, keys, addon, progress))))
  }
  progress('the start of 10,000 sealed keys')
  return [...rows, ...(await startRows())]
}

async function withService(
  addon: 'off' | 'auto',
  use: (bench: Bench, keys: readonly string[]) => Promise<readonly Row[]>,
): Promise<readonly Row[]> {
  const { ready, stop } = await child<Ready>('./validators.ts', ['1000', `validators-addon=${addon}`])
  const loader = dutyLoad()
  const { host, port } = new URL(ready.url)
  let epoch = 100
  const measure: Bench['measure'] = async ({ shared = false, ...load }) => {
    const headers = { 'x-api-key': ready.apiKey }
    const source = { host, headers, keys: ready.keys, genesisValidatorsRoot, epoch, shared }
    epoch += 5_000
    return loader.run({ source, port: Number(port), connections: 64, seconds, ...load })
  }
  try {
    return await use({ loader, measure }, ready.keys)
  } finally {
    loader.close()
    await stop()
  }
}

async function duties(
  { measure }: Bench,
  [proposer]: readonly string[],
  addon: 'off' | 'auto',
  progress: (words: string) => void,
): Promise<readonly Row[]> {
  const by = addon === 'off' ? 'by the library' : 'by the addon'
  progress(`${by}: warming up`)
  await measure({ seconds: warmUp })
  progress(`${by}: one by one`)
  const distinct = await against(`${by}, one by one, 64 connections, distinct roots`, () => measure({}))
  const warm = await against(`${by}, one by one, 64 connections, one root an epoch`, () => measure({ shared: true }))
  progress(`${by}: batches of ${batch}`)
  const together = await against(`${by}, ${batch} keys a request, one root`, () => measure({ connections: 8, batch }))
  progress(`${by}: bursts of 320`)
  const burst = { connections: 320, bursts: 50, ...(proposer !== undefined && { proposer }) }
  const bursts = [
    ...burstRows(`${by}, a burst of 320 attestations, distinct roots`, await measure(burst)),
    ...burstRows(
      `${by}, a burst of 320 attestations, one root, as of a slot`,
      await measure({ ...burst, shared: true }),
    ),
  ]
  const goals = addon === 'off' ? ['ratio 0.75', '', 'ratio 0.90'] : ['', 'ratio 1.25', 'ratio 1.70']
  const goaled = [distinct, warm, together].map((row, i) => (goals[i] ? { ...row, goal: goals[i] } : row))
  return [...goaled, ...bursts]
}

/** The middle of the ratios of pairs: the bare library, then the service. */
async function against(name: string, measure: () => Promise<DutyResult>): Promise<Row> {
  const pairs: { readonly bare: number; readonly result: DutyResult }[] = []
  for (let i = 0; i < runs; i++) pairs.push({ bare: await bareLibrary(), result: await measure() })
  pairs.sort((a, b) => a.result.perSecond / a.bare - b.result.perSecond / b.bare)
  const middle = pairs[Math.floor(runs / 2)]
  const [low, high] = [pairs[0], pairs.at(-1)].map((pair) => (pair ? pair.result.perSecond / pair.bare : 0))
  const { bare = 0, result } = middle ?? {}
  return withRatio({
    name,
    unit: '/s',
    measured: result?.perSecond ?? 0,
    limit: bare,
    against: `SecretKey.sign in ${availableParallelism()} processes`,
    note: `p50 ${ms(result?.p50)}, p99 ${ms(result?.p99)} for a request; ratios ${low?.toFixed(2)} to ${high?.toFixed(2)}; load ${result?.cost.toFixed(0)} µs a request`,
  })
}

const ms = (value = 0): string => `${value.toFixed(1)} ms`

async function bareLibrary(): Promise<number> {
  const processes = Array.from({ length: availableParallelism() }, () =>
    runToEnd<{ perSecond: number }>('./bare-bls.ts', ['2']),
  )
  return (await Promise.all(processes)).reduce((sum, { perSecond }) => sum + perSecond, 0)
}

function burstRows(name: string, { p50, p99, block }: DutyResult): readonly Row[] {
  const row = { name: `${name}, p99`, unit: 'ms', measured: p99, goal: '75 ms' }
  return [
    { ...row, note: `p50 ${ms(p50)}; 50 bursts` },
    ...(block
      ? [
          {
            name: `${name}, a block in its middle, p99`,
            unit: 'ms',
            measured: block.p99,
            goal: '15 ms',
            note: `p50 ${ms(block.p50)}; 25 blocks, so p99 is the worst`,
          },
        ]
      : []),
  ]
}

async function startRows(): Promise<readonly Row[]> {
  const starts = []
  for (let i = 0; i < 3; i++) starts.push(await startSealed(10_000))
  const seconds = median(starts.map((start) => start.seconds))
  const resident = median(starts.map((start) => start.resident))
  return [
    { name: '10,000 sealed keys to ready', unit: 's', measured: seconds, goal: '3 s' },
    {
      name: '10,000 sealed keys, resident at rest, all processes',
      unit: 'MiB',
      measured: resident,
      goal: '300 MiB',
      note: 'proportional set size (Pss), in which what processes share counts once',
    },
  ]
}
