/** Every request is paid exactly once, while cut-overs and roll-backs happen under it. */
import { expect } from 'vitest'
import type { Anvil } from '../../integration/anvil.ts'
import { balanceAt } from './scene.ts'
import { flip, payOnce, type Paid, type Scene } from './traffic.ts'

/** Requests under way at once, each for an address of its own. */
const atOnce = 6

export async function paysEachOnce(scene: Scene, anvil: Anvil, requests: number): Promise<void> {
  const paid: Paid[] = []
  const waiting = new Set<() => void>()
  const tell = () => {
    for (const resolve of waiting) resolve()
    waiting.clear()
  }
  const passed = async (some: number) => {
    const goal = paid.length + some
    while (paid.length < Math.min(goal, requests)) await new Promise<void>((resolve) => void waiting.add(resolve))
  }
  const next = addresses()
  const asked: { readonly to: string; readonly amount: bigint }[] = []
  const worker = async () => {
    while (asked.length < requests) {
      const request = { to: next(), amount: BigInt(asked.length + 1) }
      asked.push(request)
      paid.push(await payOnce(scene, request.to, request.amount))
      tell()
    }
  }
  const flips = flip(scene, passed, () => paid.length >= requests)
  await Promise.all([...Array.from({ length: atOnce }, worker), flips])

  for (const { to, amount } of asked) expect([to, await balanceAt(anvil, to)]).toEqual([to, amount])
  const sent = BigInt(String(await anvil.rpc('eth_getTransactionCount', scene.old.address, 'latest')))
  expect(sent).toBe(BigInt(requests))
  expect(new Set(paid.map(({ by }) => by))).toEqual(new Set(['old', 'here']))
  expect(await flips).toBeGreaterThan(1)
}

let given = 0

/** Nobody else's, and in no other test's on the same chain. */
function addresses(): () => string {
  return () => `0x${(0xa000_0000_0000 + ++given).toString(16).padStart(40, '0')}`
}
