/** A thousand validators: how soon the service is back after a kill, and what becomes of them when signer processes are killed. */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as passed } from 'node:timers/promises'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { commitLimit } from '../../../src/core/recorder.ts'
import { recordTo } from '../../faults/client-recorder.ts'
import * as house from '../../faults/duties/installation.ts'
import { createLoad, type Load } from '../../faults/duties/load.ts'
import { rootOf, type Root } from '../../faults/duties/network.ts'
import { questions } from '../../faults/duties/questions.ts'
import { seeded } from './random.ts'

const validators = 1_000
const workers = 12
/** Milliseconds. The goal is 2,000 on a machine that has nothing else to do; this one may be doing a lot. */
const ready = { goal: 2_000, limit: 20_000 }
/** Answered where the store took longer than `commitLimit`, as it may where other programs keep the disk busy. */
const late = ['in-doubt', 'deadline-exceeded']

let folder: string
let where: house.Installation
let service: house.Process
let keys: readonly Root[]
let load: Load
let clientLog: string

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'chancery-duties-ready-'))
  where = house.install(folder)
  service = await house.start(where, 'one')
  keys = await house.importKeys(where, service, await house.freshKeystores(validators))
  clientLog = join(folder, 'clients.jsonl')
  const random = seeded(1)
  load = createLoad(questions(keys, random), recordTo(clientLog), random)
})

afterAll(async () => {
  load.close()
  await house.kill(service)
  await rm(folder, { recursive: true, force: true, maxRetries: 5 })
})

async function underLoad(work: () => Promise<void>): Promise<void> {
  const stop = new AbortController()
  const asking = load.ask(service.url, workers, stop.signal)
  try {
    await work()
  } finally {
    stop.abort()
    await asking
  }
}

const signed = (key: Root | undefined, slot: number) =>
  load.askOne(service.url, { keys: [key ?? '0x'], duty: { kind: 'block', slot, body: rootOf('one') } })

test(`killed with ${validators} keys, it is soon ready again, and signs with the last of them`, async () => {
  const starts: number[] = []
  const signatures: number[] = []
  for (let turn = 0; turn < 2; turn++) {
    await underLoad(async () => {
      await passed(300)
      await house.kill(service)
    })
    const began = performance.now()
    service = await house.start(where, 'one')
    starts.push(service.readyIn)
    await expect.poll(() => signed(keys.at(-1), 2_000_000 + turn)).toEqual(['signed'])
    signatures.push(Math.round(performance.now() - began))
  }
  const listed = await fetch(`${service.url}/api/v1/eth2/publicKeys`)
  expect(new Set((await listed.json()) as readonly string[])).toEqual(new Set(keys))
  process.stdout.write(
    `duties-ready: ${validators} keys, ready after ${starts.join(', ')} ms, first signature after ${signatures.join(', ')} ms ` +
      `(the goal is ${ready.goal})\n`,
  )
  expect(Math.min(...starts)).toBeLessThan(ready.limit)
})

test('signer processes killed under load are started again, and nothing is signed twice', async () => {
  const took: number[] = []
  for (let turn = 0; turn < 2; turn++) {
    await expect.poll(() => signed(keys[0], 3_000_000 + 2 * turn)).toEqual(['signed'])
    const signers = house.signersOf(service.pid)
    expect(signers.length).toBeGreaterThan(0)
    await underLoad(async () => {
      await passed(100)
      for (const pid of turn === 0 ? signers : signers.slice(0, 1)) process.kill(pid, 'SIGKILL')
      const all = () => Promise.all(keys.slice(0, 8).map((key) => signed(key, 3_000_001 + 2 * turn)))
      took.push(await house.until(async () => (await all()).flat().every((code) => code === 'signed'), 20_000))
    })
    expect(house.signersOf(service.pid).filter((pid) => !signers.includes(pid))).not.toEqual([])
  }
  await load.askAgain(service.url, 20)
  service.kill('SIGTERM')
  await service.ended
  const verdict = await house.judge(where, clientLog, ['one'])
  process.stdout.write(
    `duties-ready: signer processes killed, signing with all again after ${took.join(', ')} ms, ` +
      `answers ${JSON.stringify(Object.fromEntries(load.codes))}\n`,
  )
  expect(verdict.findings).toEqual([])
  expect(load.wrong).toEqual([])
  const expected = ['signed', 'conflicts-with-earlier', 'unreachable', 'backend-unavailable']
  const others = [...load.soonest].filter(([code]) => !expected.includes(code))
  expect(others.filter(([code, soonest]) => !late.includes(code) || soonest < commitLimit)).toEqual([])
})
