import { expect, test } from 'vitest'
import { systemClock, type Clock } from '../../src/base/clock.ts'
import { deadlineIn } from '../../src/base/deadline.ts'
import { createPurse } from '../../src/sponsoring/purse.ts'
import { nodeAt } from '../nodes/algorand/fixture.ts'
import { generous } from '../integration/sponsored.ts'

const least = generous.minimumBalance

function watched() {
  const ledger = { balance: least + 10n, looks: 0 }
  const node = {
    ...nodeAt(new URL('http://127.0.0.1:1')),
    account: () => {
      ledger.looks += 1
      return Promise.resolve({ balance: ledger.balance, minimum: 100_000n, assets: 0n, contracts: 0n, round: 1n })
    },
  }
  let passed = 0
  const clock: Clock = { now: () => passed, monotonic: () => passed }
  const purse = createPurse(clock)
  const deadline = deadlineIn(30_000, systemClock)
  return {
    ledger,
    pass: (milliseconds: number) => void (passed += milliseconds),
    seen: () => purse.seen(generous),
    look: () => purse.look(generous, 'A', node, deadline),
    requireRoom: (cost: bigint) => purse.requireRoom(generous, 'A', cost, node, deadline),
  }
}

test('asks the ledger once for many groups, and again when the balance is no longer fresh', async () => {
  const { ledger, pass, requireRoom } = watched()
  for (const cost of [1n, 5n, 10n]) await requireRoom(cost)
  expect(ledger.looks).toBe(1)
  pass(3_000)
  await requireRoom(1n)
  expect(ledger.looks).toBe(2)
})

test('has room down to the least, and looks again before it says no', async () => {
  const { ledger, requireRoom } = watched()
  await requireRoom(10n)
  await expect(requireRoom(11n)).rejects.toMatchObject({
    code: 'limit-reached',
    particulars: { got: String(least + 10n), wanted: `at least ${least + 11n}` },
  })
  expect(ledger.looks).toBe(2)
  ledger.balance += 1n
  await requireRoom(11n)
})

test('shows no balance that nobody could look at for ten minutes', async () => {
  const { look, pass, seen } = watched()
  expect(seen()).toBeUndefined()
  await look()
  pass(599_999)
  expect(seen()).toBe(least + 10n)
  pass(1)
  expect(seen()).toBeUndefined()
})
