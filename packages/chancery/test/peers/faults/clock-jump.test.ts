/** The wall clock set an hour forward, back, and two hours back, while the service runs. Monotonic time goes on. */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { systemClock, type Clock } from '../../../src/base/clock.ts'
import type { Network } from '../../../src/core/names.ts'
import { createEvmNode } from '../../../src/nodes/evm/node.ts'
import { startAnvil, type Anvil } from '../../integration/anvil.ts'
import { network, someone } from '../../integration/house.ts'
import { startRun, type SigningRun } from '../../faults/signing-run.ts'

const hour = 3_600_000
const jumped = { by: 0 }
const clock: Clock = { now: () => systemClock.now() + jumped.by, monotonic: () => systemClock.monotonic() }

let folder: string
let anvil: Anvil
let run: SigningRun

beforeEach(async () => {
  jumped.by = 0
  folder = await mkdtemp(join(tmpdir(), 'chancery-clock-'))
  anvil = await startAnvil()
  run = await startRun(folder, { clock, networks: networks() })
  await anvil.fund(String(run.keys.sealed.address))
})

afterEach(async () => {
  await run.close()
  await anvil.close()
  await rm(folder, { recursive: true, force: true })
})

function networks() {
  const node = createEvmNode({ network, urls: [anvil.url], fees: 'auto', patience: 500 })
  return new Map([[network as Network, { node, confirmations: 1n }]])
}

async function settled(value: string): Promise<void> {
  const request = { key: run.keys.sealed.id, network: network as Network, value: { to: someone, value } }
  const { row } = await run.house.relay.send(request, run.house.as(run.app))
  const open = ['accepted', 'assigned', 'signed', 'broadcast', 'mined'] as const
  const done = await run.house.relay.wait(row.id, open, run.house.as(run.app))
  expect(done.row.state).toBe('final')
}

const uncounted = { windows: [] }

test.each([
  ['an hour forward', [hour]],
  ['an hour back', [-hour]],
  ['forward and back again', [hour, 0]],
  ['two seconds back, again and again', [-2_000, -4_000, -6_000]],
])(
  '%s: timers run, nothing is signed twice, deadlines hold',
  async (_, jumps) => {
    const { kms } = run.keys
    let nonce = 0
    await settled('1')
    expect(await run.sign(kms, 100)).toBeUndefined()
    for (const by of [0, ...jumps]) {
      jumped.by = by
      expect(await run.sign(kms, nonce, { ...uncounted, idempotency: `order-${nonce}` })).toBeUndefined()
      expect(await run.sign(kms, nonce, { ...uncounted, value: '6' })).toBe('conflicts-with-earlier')
      const earlier = { ...uncounted, idempotency: `order-${nonce - 1}` }
      if (nonce > 0) expect(await run.sign(kms, nonce - 1, earlier)).toBeUndefined()
      // Which day a window is of cannot be told then (safety rule 8).
      if (Math.abs(by) > 2_000) expect(await run.sign(kms, nonce + 101)).toBe('clock-in-doubt')
      await settled('1')
      nonce += 1
    }
    run.emulator.faults.add({ kind: 'hang', operation: 'Sign' })
    const began = performance.now()
    expect(await run.sign(kms, nonce, uncounted)).toMatch(/^(?:deadline-exceeded|backend-unavailable)$/)
    expect(performance.now() - began).toBeLessThan(6_000)
    run.emulator.faults.clear()
    await run.restart()
    expect(await run.sign(kms, 0, { ...uncounted, idempotency: 'order-0' })).toBeUndefined()
    await settled('1')
    expect(run.house.fatal).toEqual([])
    expect(run.check({ skew: 3 * hour }).findings).toEqual([])
  },
  40_000,
)
