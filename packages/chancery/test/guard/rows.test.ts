import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { Hex } from '../../src/base/bytes.ts'
import type { Claim, GuardRow, WindowClaim, WindowRow } from '../../src/core/claim.ts'
import { Refused } from '../../src/core/errors.ts'
import { dayOf } from '../../src/core/period.ts'
import { claimRows } from '../../src/guard/rows.ts'

const scope = 'eip155:1 0xabc'
const one: Hex = `0x${'11'.repeat(32)}`
const two: Hex = `0x${'22'.repeat(32)}`
const nonce = (part: { nonce?: bigint; root?: Hex; replaces?: Hex } = {}): Claim => ({
  kind: 'nonce',
  scope,
  nonce: 7n,
  root: one,
  ...part,
})

function guardRows(claims: readonly Claim[]): readonly GuardRow[] {
  return claimRows(claims).guards
}

function code(claims: readonly Claim[]): string | undefined {
  try {
    guardRows(claims)
  } catch (error) {
    return error instanceof Refused ? error.code : 'not a refusal'
  }
  return undefined
}

describe('guard rows', () => {
  test('a nonce is eight big-endian bytes, so that rows sort as nonces do', () => {
    expect(guardRows([nonce()])).toEqual([{ kind: 'nonce', scope, item: '0x0000000000000007', root: one }])
    expect(guardRows([nonce({ nonce: 2n ** 64n - 1n })])[0]?.item).toBe('0xffffffffffffffff')
  })

  test('a replacement names its predecessor', () => {
    expect(guardRows([nonce({ replaces: two })])[0]?.replaces).toBe(two)
  })

  test('a nonce beyond uint64 is refused', () => {
    expect(code([nonce({ nonce: 2n ** 64n })])).toBe('invalid-payload')
    expect(code([nonce({ nonce: -1n })])).toBe('invalid-payload')
  })

  test('once and outpoint take their own row', () => {
    const claims: Claim[] = [
      { kind: 'once', scope, id: '0x01', root: one },
      { kind: 'outpoint', scope, outpoint: '0x02', root: one, replaces: two },
    ]
    expect(guardRows(claims)).toEqual([
      { kind: 'once', scope, item: '0x01', root: one },
      { kind: 'outpoint', scope, item: '0x02', root: one, replaces: two },
    ])
  })

  test('two claims on one row must say the same', () => {
    expect(guardRows([nonce(), nonce()])).toHaveLength(1)
    expect(code([nonce(), nonce({ root: two })])).toBe('invalid-payload')
    expect(code([nonce(), nonce({ replaces: two })])).toBe('invalid-payload')
    expect(guardRows([nonce(), nonce({ nonce: 8n, root: two })])).toHaveLength(2)
  })
})

describe('window rows', () => {
  const window = (part: Partial<WindowClaim> = {}): WindowClaim => ({
    kind: 'window',
    scope: 'fees',
    period: '2026-11-21',
    amount: 3n,
    limit: 10n,
    root: one,
    ...part,
  })

  test('stand beside the guard rows, each once', () => {
    const { kind: _, ...row } = window()
    const other = { ...row, period: '2026-11-21T09' }
    expect(claimRows([window(), nonce(), window(), window({ period: '2026-11-21T09' })])).toEqual({
      guards: guardRows([nonce()]),
      windows: [row, other],
      duties: [],
    })
  })

  test('one root counts one amount in one window', () => {
    expect(code([window(), window({ amount: 4n })])).toBe('invalid-payload')
    expect(code([window(), window({ limit: 11n })])).toBe('invalid-payload')
    expect(code([window(), window({ root: two, amount: 4n })])).toBeUndefined()
  })

  test.each<Partial<WindowClaim>>([
    { period: '2026-11' },
    { period: '2026-02-30' },
    { period: '2026-11-21T24' },
    { period: '2026-11-21T9' },
    { period: '2026-11-21T09Z' },
    { period: '' },
    { amount: -1n },
    { amount: 1n << 256n },
    { limit: -1n },
    { limit: 1n << 256n },
    { scope: '' },
    { scope: 'x'.repeat(257) },
  ])('what is no window is refused: %o', (part) => {
    expect(code([window(part)])).toBe('invalid-payload')
  })

  test('whatever is claimed, every distinct claim has one row and no row is of nobody', () => {
    const claim = fc.record({
      kind: fc.constant('window' as const),
      scope: fc.constantFrom('a', 'b', 'a b'),
      period: fc
        .date({ min: new Date(0), max: new Date('9999-12-31'), noInvalidDate: true })
        .map((date) => dayOf(+date)),
      root: fc.constantFrom(one, two),
      limit: fc.constant(1n << 255n),
    })
    const claims = fc.array(claim, { maxLength: 20 })
    fc.assert(
      fc.property(claims, fc.bigInt({ min: 0n, max: 1n << 255n }), (some, amount) => {
        const all = some.map((one) => ({ ...one, amount }))
        const { windows, guards } = claimRows(all)
        const names = windows.map(({ scope, period, root }) => `${scope} ${period} ${root}`)
        expect(guards).toEqual([])
        expect(new Set(names).size).toBe(windows.length)
        for (const row of windows) expect(all.some((claimed) => isSame(claimed, row))).toBe(true)
        for (const claimed of all) expect(windows.some((row) => isSame(claimed, row))).toBe(true)
      }),
    )
  })
})

function isSame(claim: WindowClaim, row: WindowRow): boolean {
  const { kind: _, ...wanted } = claim
  return Object.entries(wanted).every(([name, value]) => Reflect.get(row, name) === value)
}
