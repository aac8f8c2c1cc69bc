/** What validators claim: what no history could allow is refused before the store is asked. */
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { Hex } from '../../src/base/bytes.ts'
import type { Claim, DutyClaim } from '../../src/core/claim.ts'
import { Refused } from '../../src/core/errors.ts'
import type { Ceiling } from '../../src/core/protection.ts'
import { claimRows } from '../../src/guard/rows.ts'

const scope = `0x${'ab'.repeat(48)}@0x${'cd'.repeat(32)}`
const root: Hex = `0x${'11'.repeat(32)}`
const largest = 2n ** 64n - 1n

const block = (slot: bigint, part: { scope?: string } = {}): DutyClaim => ({
  kind: 'block',
  scope,
  slot,
  root,
  ...part,
})
const vote = (source: bigint, target: bigint): DutyClaim => ({ kind: 'attestation', scope, source, target, root })

function refusal(claims: readonly Claim[], ceiling?: Ceiling): Refused | undefined {
  try {
    claimRows(claims, ceiling)
  } catch (error) {
    if (error instanceof Refused) return error
    throw error
  }
  return undefined
}

describe('duties', () => {
  test('stand beside guards and windows as they were claimed, one of each kind and scope', () => {
    const other = block(9n, { scope: 'other' })
    const once: Claim = { kind: 'once', scope, id: '0x01', root }
    const { duties, guards, windows } = claimRows([block(5n), once, vote(1n, 2n), other])
    expect(duties).toEqual([block(5n), vote(1n, 2n), other])
    expect([guards.length, windows.length]).toEqual([1, 0])
  })

  test('of one kind and scope are claimed once, even where they say the same', () => {
    expect(refusal([block(5n), block(5n)])?.code).toBe('invalid-payload')
    expect(refusal([vote(1n, 2n), vote(1n, 3n)])?.code).toBe('invalid-payload')
  })

  test.each<readonly [string, DutyClaim]>([
    ['a slot below zero', block(-1n)],
    ['a slot beyond uint64', block(largest + 1n)],
    ['a source below zero', vote(-1n, 2n)],
    ['a target beyond uint64', vote(1n, largest + 1n)],
    ['no scope', block(1n, { scope: '' })],
    ['a scope too long for an index', block(1n, { scope: 'x'.repeat(257) })],
  ])('with %s are refused', (_, duty) => {
    expect(refusal([duty])?.code).toBe('invalid-payload')
  })

  test('of any uint64 are claimed', () => {
    expect(refusal([block(largest), vote(largest - 1n, largest)])).toBeUndefined()
    expect(refusal([block(0n), vote(0n, 0n)])).toBeUndefined()
  })

  test.each([vote(3n, 2n), vote(2n, 2n), vote(largest, 0n)])('that go backwards or nowhere are refused: %o', (duty) => {
    expect(refusal([duty])).toMatchObject({ code: 'conflicts-with-earlier', particulars: { where: 'attestation' } })
  })
})

describe('a high watermark', () => {
  test('refuses what is at it or above, and says how it is taken away', () => {
    const at = refusal([block(100n)], { slot: '100' })
    expect(at).toMatchObject({ code: 'conflicts-with-earlier', particulars: { got: '100', wanted: 'below 100' } })
    expect(at?.particulars.hint).toContain('--remove-high')
    expect(refusal([block(99n)], { slot: '100' })).toBeUndefined()
    expect(refusal([vote(9n, 10n)], { epoch: '10' })?.particulars.where).toBe('target epoch')
    expect(refusal([vote(10n, 11n)], { epoch: '10' })?.particulars.where).toBe('source epoch')
    expect(refusal([vote(8n, 9n)], { epoch: '10' })).toBeUndefined()
    expect(refusal([vote(0n, 0n)], { epoch: '0' })?.code).toBe('conflicts-with-earlier')
  })

  test('of slots says nothing of epochs, and none says nothing', () => {
    expect(refusal([vote(8n, 9n)], { slot: '0' })).toBeUndefined()
    expect(refusal([block(100n)], { epoch: '0' })).toBeUndefined()
    expect(refusal([block(largest), vote(1n, largest)], {})).toBeUndefined()
  })

  test('of any number lets through exactly what is below it', () => {
    const number = fc.bigInt({ min: 0n, max: largest })
    fc.assert(
      fc.property(number, number, (high, slot) => {
        expect(refusal([block(slot)], { slot: String(high) }) === undefined).toBe(slot < high)
      }),
    )
  })
})
