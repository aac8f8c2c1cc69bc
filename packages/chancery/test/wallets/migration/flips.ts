/** Every request is paid exactly once, while cut-overs and roll-backs happen under it. */
import { expect } from 'vitest'
import type { Anvil } from '../../integration/anvil.ts'
import { balanceAt } from './scene.ts'
import { flip, payOnce, type Paid, type Scene } from './traffic.ts'

/** The chain that is paid on, as it stands in blocks. */
export interface PaidOn {
  /** One that nobody else has. */
  address(): string
  /** The least that may be paid, in base units. */
  readonly least: bigint
  held(address: string): Promise<bigint>
  /** Transactions of the wallet. */
  sent(): Promise<bigint>
}

/** Requests under way at once, each for an address of its own. */
const atOnce = 6

export async function paysEachOnce(scene: Scene, chain: PaidOn, requests: number): Promise<void> {
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
  const asked: { readonly to: string; readonly amount: bigint }[] = []
  const worker = async () => {
    while (asked.length < requests) {
      const request = { to: chain.address(), amount: chain.least + BigInt(asked.length) }
      asked.push(request)
      paid.push(await payOnce(scene, request.to, request.amount))
      tell()
    }
  }
  const before = await chain.sent()
  const flips = flip(scene, passed, () => paid.length >= requests)
  await Promise.all([...Array.from({ length: atOnce }, worker), flips])

  for (const { to, amount } of asked) expect([to, await chain.held(to)]).toEqual([to, amount])
  expect((await chain.sent()) - before).toBe(BigInt(requests))
  expect(new Set(paid.map(({ by }) => by))).toEqual(new Set(['old', 'here']))
  expect(await flips).toBeGreaterThan(1)
}

let given = 0

/** Payments from `sender`. */
export function onAnvil(anvil: Anvil, sender: string): PaidOn {
  return {
    address: () => `0x${(0xa000_0000_0000 + ++given).toString(16).padStart(40, '0')}`,
    least: 1n,
    held: (address) => balanceAt(anvil, address),
    sent: async () => BigInt(String(await anvil.rpc('eth_getTransactionCount', sender, 'latest'))),
  }
}
