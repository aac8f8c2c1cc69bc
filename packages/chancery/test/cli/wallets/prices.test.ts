/** What wallets cost: exact sums, and that nothing of them is a float. */
import { readFileSync } from 'node:fs'
import fc from 'fast-check'
import { describe, expect, it, test } from 'vitest'
import type { Tier } from '../../../src/core/wallet-store.ts'
import { chancery } from '../terminal.ts'
import { dollars, prices, walletCosts } from '../../../src/cli/wallets/prices.ts'

const of = (tier: Tier, wallets: bigint, signatures: bigint) => {
  const found = walletCosts({ wallets, signatures }).find((one) => one.tier === tier)
  if (found === undefined) throw new Error(`no costs of ${tier}`)
  return found
}

describe('a hundred thousand wallets that sign ten times a month each', () => {
  const [wallets, signatures] = [100_000n, 1_000_000n]

  it('cost a hundred thousand dollars with a KMS key each', () => {
    const { monthly, monthlyTotal, onceTotal, notes } = of('native', wallets, signatures)
    expect(monthly.slice(0, 2).map(({ total }) => dollars(total))).toEqual(['$100,000.00', '$15.00'])
    // A round of looks takes an hour: 638 of them in a month, four requests a key.
    expect(monthly[2]).toMatchObject({ count: 638n * 4n * wallets, total: 765_600_000n })
    expect(dollars(monthlyTotal)).toBe('$100,780.60')
    expect(dollars(onceTotal)).toBe('$2.40')
    expect(notes).toEqual([expect.stringContaining('333 minutes')])
  })

  it('cost four dollars with data key pairs, and nothing in AWS otherwise', () => {
    expect(dollars(of('datakey', wallets, signatures).monthlyTotal)).toBe('$4.00')
    expect(dollars(of('datakey', wallets, signatures).onceTotal)).toBe('$1.60')
    expect(of('hd', wallets, signatures)).toMatchObject({ monthly: [], monthlyTotal: 0n, onceTotal: 0n })
    expect(of('sealed', wallets, signatures).monthlyTotal).toBe(0n)
  })
})

test('one more than the quota of an account is told of', () => {
  expect(of('native', 100_000n, 0n).notes.join(' ')).not.toContain('An account holds')
  expect(of('native', 100_001n, 0n).notes.join(' ')).toContain('An account holds 100000 KMS keys')
})

test('no wallets cost nothing, and fewer than none are no question', () => {
  expect(walletCosts({ wallets: 0n, signatures: 0n }).map(({ monthlyTotal }) => monthlyTotal)).toEqual([0n, 0n, 0n, 0n])
  expect(() => walletCosts({ wallets: -1n, signatures: 0n })).toThrow(RangeError)
})

test('each line is its count times its price, and more never costs less', () => {
  const many = fc.bigInt({ min: 0n, max: 10_000_000n })
  fc.assert(
    fc.property(many, many, many, many, (wallets, signatures, moreWallets, moreSignatures) => {
      const less = walletCosts({ wallets, signatures })
      const more = walletCosts({ wallets: wallets + moreWallets, signatures: signatures + moreSignatures })
      for (const [at, { monthly, once, monthlyTotal, onceTotal }] of less.entries()) {
        for (const one of [...monthly, ...once]) expect(one.total).toBe(one.count * prices[one.price].microdollars)
        expect(monthly.reduce((all, { total }) => all + total, 0n)).toBe(monthlyTotal)
        expect(more[at]?.onceTotal).toBeGreaterThanOrEqual(onceTotal)
      }
    }),
  )
})

test('every price says where and when it was read', () => {
  for (const { microdollars, source, date } of Object.values(prices)) {
    expect(microdollars).toBeGreaterThan(0n)
    expect([source, date]).toEqual([expect.stringMatching(/\w/), expect.stringMatching(/^\d{4}-\d{2}-\d{2}$/)])
  }
})

test.each([
  [0n, '$0.00'],
  [4_999n, '$0.00'],
  [5_000n, '$0.01'],
  [1_300_000n, '$1.30'],
  [15_185_500_000n, '$15,185.50'],
  [1_234_567_890_000n, '$1,234,567.89'],
])('%s microdollars are %s', (microdollars, text) => expect(dollars(microdollars)).toBe(text))

test('the page of tiers shows what the command prints', async () => {
  const page = readFileSync(new URL('../../../../../docs/wallet-tiers.md', import.meta.url), 'utf8')
  const [, command = ''] = /^chancery (wallets cost .*)$/m.exec(page) ?? []
  const [, shown] = /<!-- cost -->\n```\n(.*?)\n```\n<!-- \/cost -->/s.exec(page) ?? []
  expect((await chancery(command.split(' '))).out.trimEnd()).toBe(shown)
})
