/**
 * Whether memory grows while validators do their duties: `duty-soak.ts [minutes] [keys]`. Every key attests once an epoch, those
 * of a slot at once, at twelve times the speed of mainnet: a slot a second, or as fast as the service does them. A line a
 * minute tells what all processes hold.
 */
import { setTimeout as sleep } from 'node:timers/promises'
import { median } from '../row.ts'
import { child } from './child.ts'
import { dutyLoad } from './duty-loader.ts'
import { heldByAll } from './memory.ts'

const [minutes, keys] = [Number(process.argv[2] ?? 20), Number(process.argv[3] ?? 10_000)]
const genesisValidatorsRoot = '0x4b363db94e286120d76eb905340fdd4e54bfe9f06bf33ff6cf5ad27f511bfe95'
const slots = 32
const slotMilliseconds = 1_000

interface Ready {
  readonly pid: number
  readonly url: string
  readonly keys: readonly string[]
}

const { ready, stop } = await child<Ready>('./validators.ts', [String(keys)])
const { host, port } = new URL(ready.url)
const loader = dutyLoad()
const perSlot = Math.ceil(keys / slots)
const held: number[] = []
const slowest: number[] = []
const end = performance.now() + minutes * 60_000
for (let slot = 100 * slots, minute = 0; performance.now() < end; slot++) {
  const due = performance.now() + slotMilliseconds
  const own = ready.keys.slice((slot % slots) * perSlot, ((slot % slots) + 1) * perSlot)
  const epoch = Math.floor(slot / slots)
  const source = { host, headers: {}, keys: own, genesisValidatorsRoot, epoch, shared: true }
  slowest.push((await loader.run({ source, port: Number(port), connections: own.length, bursts: 1 })).p99)
  if (performance.now() > end - (minutes - minute) * 60_000) {
    held.push(heldByAll(ready.pid))
    say(`after ${minute} min: ${held.at(-1)?.toFixed(0)} MiB, p99 of a slot ${median(slowest.splice(0)).toFixed(0)} ms`)
    minute += 1
  }
  await sleep(Math.max(0, due - performance.now()))
}
const quarter = Math.ceil(held.length / 4)
const [second, last] = [held.slice(quarter, 2 * quarter), held.slice(-quarter)].map(median)
say(`second quarter ${second?.toFixed(0)} MiB, last quarter ${last?.toFixed(0)} MiB`)
loader.close()
await stop()

function say(words: string): void {
  process.stdout.write(`${words}\n`)
}
