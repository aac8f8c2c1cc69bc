/**
 * Wallets by the thousand through the command line: `WALLETS` (200 unless given) of each of the tiers hd and native, interrupted
 * half-way and gone on with. Each user has one wallet then, with the address of the first answer, and AWS made no key twice.
 * AWS is without quotas here. Says how long it took, what the command and the service held, and the command's longest silence.
 */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { createClient } from '../../../../client/src/index.ts'
import { nodeFlags } from '../../../src/launch-plan.js'
import { serve, type Home, type Served } from './served.ts'
import * as house from './wallet-home.ts'

const count = Number(process.env['WALLETS'] ?? 200)
const network = { id: 'bip122:000000000933ea01ad0ee984209779ba' }
const tiers = ['hd', 'native'] as const
const launcher = fileURLToPath(new URL('../../../src/launcher.js', import.meta.url))

let folder: string
let where: house.WalletHome
let home: Home
let service: Served

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'chancery-wallet-bulk-'))
  where = await house.openWalletHome(folder, [network])
  home = await house.replicaOf(where, 'one')
  service = await serve(home)
})

afterAll(async () => {
  await service.child.end('SIGTERM')
  await where.emulator.end('SIGTERM')
  await rm(folder, { recursive: true, force: true, maxRetries: 5 })
})

test(
  `${count} wallets of each tier by the command line, interrupted and gone on with`,
  async () => {
    const { admin } = await house.enter(home, service)
    for (const tier of tiers) await makeAll(tier)
    const wallets = await house.everyWallet(service.url, admin)
    const made = new Set(wallets.map(({ userId, tier, status }) => `${userId} ${tier} ${status}`))
    expect([wallets.length, made.size]).toEqual([tiers.length * count, tiers.length * count])
    expect([...made].filter((one) => !one.endsWith('CREATED'))).toEqual([])
    expect(new Set(wallets.map(({ address }) => address)).size).toBe(wallets.length)
    const by = createClient({ url: service.url, apiKey: admin })
    const some = wallets.filter((_, i) => i % 50 === 0)
    await house.each(some, 8, async ({ id }) => expect((await by.wallets.verify(id)).status).toBe('CREATED'))
    await house.keysFit(where, await house.everyKey(service.url, admin), wallets)
    await house.registerIsClean(by)
  },
  240_000 + tiers.length * count * 200,
)

async function makeAll(tier: (typeof tiers)[number]): Promise<void> {
  const users = join(folder, `${tier}.txt`)
  await writeFile(users, Array.from({ length: count }, (_, i) => `${tier} ${i}\n`).join(''))
  const words = ['wallets', 'create', '--users', users, '--asset', 'BTC', '--network', 'testnet', '--tier', tier]
  const first = await run(words, Math.ceil(count / 2))
  expect([first.ended, first.notes.at(-1)]).toEqual(['SIGINT', expect.stringMatching(/^Interrupted: \d+ wallets of /)])
  const second = await run(words)
  expect([second.ended, second.lines.length, second.notes.at(-1)]).toEqual([0, count, `${count} wallets of ${count}`])
  const again = new Set(second.lines)
  expect(first.lines.filter((line) => !again.has(line))).toEqual([])
  say(tier, 'until it was interrupted', first)
  say(tier, 'gone on with', second)
}

interface Ran {
  /** Its status, or the signal that ended it. */
  readonly ended: unknown
  readonly lines: readonly string[]
  readonly notes: readonly string[]
  /** Seconds from the start to each tenth of the wallets. */
  readonly tenths: readonly number[]
  /** MiB of the command at each tenth. */
  readonly held: readonly number[]
  /** Milliseconds without a line or a note. */
  readonly silence: number
}

/** @param stopAt after so many lines it is interrupted */
async function run(words: readonly string[], stopAt = Infinity): Promise<Ran> {
  const began = performance.now()
  const options = { cwd: home.folder, env: home.env, stdio: ['ignore', 'pipe', 'pipe'] as ['ignore', 'pipe', 'pipe'] }
  const child = spawn(process.execPath, [...nodeFlags, launcher, ...words], options)
  const [lines, notes, tenths, held]: [string[], string[], number[], number[]] = [[], [], [], []]
  let [last, silence] = [began, 0]
  const hear = (said: string[]) => (line: string) => {
    said.push(line)
    silence = Math.max(silence, performance.now() - last)
    last = performance.now()
  }
  createInterface({ input: child.stderr }).on('line', hear(notes))
  createInterface({ input: child.stdout })
    .on('line', hear(lines))
    .on('line', () => {
      if (lines.length === stopAt) child.kill('SIGINT')
      if (lines.length % Math.ceil(count / 10) !== 0) return
      tenths.push((performance.now() - began) / 1_000)
      held.push(memoryOf(child.pid))
    })
  const [status, signal] = (await once(child, 'close')) as [number | null, NodeJS.Signals | null]
  return { ended: signal ?? status, lines, notes, tenths, held, silence }
}

/** What it holds in memory, in MiB; 0 once it has ended. https://man7.org/linux/man-pages/man5/proc_pid_status.5.html */
function memoryOf(pid: number | undefined): number {
  try {
    const [, kilobytes] = /^VmRSS:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8')) ?? []
    return Math.round(Number(kilobytes ?? 0) / 1_024)
  } catch {
    return 0
  }
}

function say(tier: string, what: string, { lines, tenths, held, silence }: Ran): void {
  const seconds = tenths.map((one) => one.toFixed(1)).join(' ')
  process.stdout.write(
    `wallet-bulk, ${tier}, ${what}: ${lines.length} of ${count}; seconds to each tenth ${seconds}; the command's MiB at each ` +
      `${held.join(' ')}; longest silence ${(silence / 1_000).toFixed(1)} s; the service's MiB ${memoryOf(service.child.process.pid)}\n`,
  )
}
