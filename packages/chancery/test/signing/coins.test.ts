// Of the coins of a transaction, a payload carries the one whose signature it is: the signer process remembers each of them so.
import { expect, test } from 'vitest'
import { systemClock } from '../../src/base/clock.ts'
import type { GuardRow } from '../../src/core/claim.ts'
import type { Payload } from '../../src/core/payload.ts'
import { claimRows } from '../../src/guard/rows.ts'
import { clear } from '../../src/signing/clear.ts'
import { ecdsaKey, ownOf, psbtOf, run } from '../chains/bitcoin/wallet.ts'

const attempt = 'att_00000000000000000000000000'
const key = ecdsaKey('alice')
const own = ownOf(key, 'p2wpkh')

function asked(numbers: readonly number[], paid: bigint) {
  const coins = numbers.map((number) => ({ own, amount: 10_000n, number }))
  const { facts, payloads } = run({ psbt: psbtOf({ coins, outputs: [{ script: own.script, amount: paid }] }), key }, [
    'alice',
  ])
  return { payloads, guards: claimRows(facts.claims).guards }
}

const carried = (payload: Payload, guards: readonly GuardRow[]): readonly GuardRow[] =>
  clear(payload, attempt, { guards, duties: [] }, systemClock).guards

test('one row for each payload, and all rows for all of them', () => {
  const { payloads, guards } = asked([1, 2, 3], 20_000n)
  expect(guards).toHaveLength(3)
  const rows = payloads.map((payload) => carried(payload, guards))
  expect(rows.every(({ length }) => length === 1)).toBe(true)
  expect(rows.flat()).toEqual(guards)
})

test('two transactions that share a coin meet in the payloads of that coin', () => {
  const one = asked([1, 2], 15_000n)
  const two = asked([2, 3], 16_000n)
  const [, first = []] = one.payloads.map((payload) => carried(payload, one.guards))
  const [second = []] = two.payloads.map((payload) => carried(payload, two.guards))
  const [held, other] = [first[0], second[0]]
  expect(held?.item).toBe(other?.item)
  expect(held?.root).not.toBe(other?.root)
})

test('rows of other kinds go with every payload, and a payload of no coin takes all of them', () => {
  const { payloads, guards } = asked([1, 2], 15_000n)
  const once: GuardRow = { kind: 'once', scope: 'a payment', item: '0x01', root: '0x02' }
  for (const payload of payloads) expect(carried(payload, [once, ...guards])).toContainEqual(once)
  const [first] = payloads
  if (first === undefined) throw new Error('nothing to sign')
  const { outpoint, ...whole } = first
  expect(outpoint).toBe(guards[0]?.item)
  expect(carried(whole, guards)).toEqual(guards)
})
