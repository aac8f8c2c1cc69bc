import { describe, expect, test } from 'vitest'
import type { Hex } from '../../src/base/bytes.ts'
import type { Claim } from '../../src/core/claim.ts'
import { Refused } from '../../src/core/errors.ts'
import { guardRows } from '../../src/guard/rows.ts'

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

  test.each<Claim>([
    { kind: 'block', scope, slot: 1n, root: one },
    { kind: 'attestation', scope, source: 1n, target: 2n, root: one },
    { kind: 'window', scope, period: '2026-11', amount: 1n, limit: 2n, root: '0x01' },
  ])('what has no guard yet is refused, not let through: $kind', (claim) => {
    expect(code([claim])).toBe('unsupported-payload')
    expect(code([nonce(), claim])).toBe('unsupported-payload')
  })
})
