/**
 * The service killed at random moments under load: `RUNS` kills (20 unless given), `SEED` for the moments. After each the
 * same requests are asked again with the same idempotency keys; at the end every relayed transaction is mined once, and
 * the invariants hold.
 */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as passed } from 'node:timers/promises'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { recordTo } from '../../faults/client-recorder.ts'
import { checkFiles, verdictLine } from '../../faults/invariants/check.ts'
import { startAnvil, type Anvil } from '../../integration/anvil.ts'
import type { Child } from './child.ts'
import { createLoad, type Load, type Parties } from './load.ts'
import { seeded } from './random.ts'
import type { Home, Served } from './served.ts'
import { administrator, configure, network, payee, payingKey, serve, startBackend } from './served.ts'

const runs = Number(process.env['RUNS'] ?? 20)
const seed = Number(process.env['SEED'] ?? Date.now() % 2 ** 32)
const workers = 8
/** What a client may be told around a kill; `conflicts-with-earlier` is what the loser of a fought-over nonce gets. */
const expected = ['unreachable', 'conflicts-with-earlier', 'backend-unavailable', 'in-doubt', 'overloaded']

let folder: string
let anvil: Anvil
let emulator: Child
let home: Home
let service: Served

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'chancery-sigkill-'))
  anvil = await startAnvil()
  ;({ emulator, home } = await startBackend(folder))
  await configure(home, emulator, anvil)
})

afterAll(async () => {
  await service.child.end('SIGKILL')
  await emulator.end('SIGTERM')
  await anvil.close()
  await rm(folder, { recursive: true, force: true })
})

test(
  `${runs} kills under load lose nothing and sign nothing twice`,
  async () => {
    const random = seeded(seed)
    const clientLog = join(folder, 'clients.jsonl')
    service = await serve(home)
    const parties = await settle(service.url)
    const load = createLoad(parties, recordTo(clientLog), random)
    const starts: number[] = []
    for (let run = 0; run < runs; run++) {
      const stop = new AbortController()
      const asking = load.ask(service.url, workers, stop.signal)
      await passed(20 + random() * 700)
      stop.abort()
      await service.child.end('SIGKILL')
      await asking
      service = await serve(home)
      starts.push(service.startedIn)
      await load.askAgain(service.url, 10)
    }
    await drain(load, service.url)
    await minedOnce(load, parties)
    await service.child.end('SIGTERM')
    const verdict = checkFiles({ ...home, clients: [clientLog], backends: [home.backendLog] })
    const slowest = Math.max(...starts)
    process.stdout.write(
      `sigkill: seed ${seed}, ${runs} kills, slowest start ${slowest} ms, ${load.done.length} requests, ` +
        `${load.made.size} relayed, answers ${JSON.stringify(Object.fromEntries(load.codes))}; ${verdictLine(verdict)}\n`,
    )
    expect(verdict.findings).toEqual([])
    expect(load.open.size).toBe(0)
    expect([...load.codes.keys()].filter((code) => !expected.includes(code))).toEqual([])
  },
  60_000 + runs * 20_000,
)

async function settle(url: string): Promise<Parties> {
  const by = await administrator(home, url)
  const [a, b, c, d] = await Promise.all(
    (['sealed', 'aws-kms', 'sealed', 'aws-kms'] as const).map((backend) => payingKey(by, backend)),
  )
  if (!a || !b || !c || !d) throw new Error('no keys were made')
  await Promise.all([c, d].map(({ address }) => anvil.fund(address)))
  const operations = ['sign:transaction', 'relay', 'keys:read'] as const
  const grants = [{ operations, keys: [a, b, c, d].map(({ id }) => id), networks: [network] }]
  const { client, secret } = await by.clients.create({ name: 'load', grants })
  const stranger = await by.clients.create({ name: 'stranger', grants: [] })
  const names = { client: client.id, apiKey: secret }
  return {
    ...names,
    signing: [a, b],
    sending: [c, d],
    stranger: { client: stranger.client.id, apiKey: stranger.secret },
  }
}

async function drain(load: Load, url: string): Promise<void> {
  for (let tries = 0; load.open.size > 0 && tries < 20; tries++) await load.askAgain(url, 0)
  // In turn: a client may have only so many requests at work at once, and a lane sends in turn anyway.
  for (const id of load.made.keys()) expect(await load.finish(url, id)).toBe('final')
}

/** By the node's word: nonces without a gap, and the payee has exactly the sum. */
async function minedOnce(load: Load, { sending }: Parties): Promise<void> {
  for (const { id, address } of sending) {
    const sent = [...load.made.values()].filter(({ key }) => key.id === id).length
    expect(Number(await anvil.rpc('eth_getTransactionCount', address, 'latest'))).toBe(sent)
  }
  const sum = [...load.made.values()].reduce((total, { value }) => total + value, 0n)
  expect(BigInt(String(await anvil.rpc('eth_getBalance', payee, 'latest')))).toBe(sum)
}
