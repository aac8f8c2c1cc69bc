import { describe, expect, test } from 'vitest'
import type { WindowRow } from '../../src/core/claim.ts'
import { conflict, usedItem } from '../../src/core/conflict.ts'

const row: WindowRow = { scope: 'sponsor fees', period: '2026-11-21', root: '0x01', amount: 7n, limit: 100n }
const noon = Date.parse('2026-11-21T12:00:00.000Z')

describe('what a window says no with', () => {
  test('is what it would hold, its limit, and when it ends', () => {
    expect(conflict({ reason: 'window', row, used: 95n, limit: 100n }, noon)).toMatchObject({
      code: 'limit-reached',
      particulars: { where: 'sponsor fees 2026-11-21', got: '102', wanted: '100', retryAfter: 43_200 },
    })
    const hourly = { ...row, period: '2026-11-21T12' }
    const late = noon + 3_599_500
    expect(conflict({ reason: 'window', row: hourly, used: 95n, limit: 100n }, late).particulars.retryAfter).toBe(1)
  })

  test('says when it counts as full for a gap that was accepted', () => {
    const refused = conflict({ reason: 'window', row, used: 100n, limit: 100n, gap: noon }, noon + 1)
    expect(refused.code).toBe('limit-reached')
    expect(refused.message).toMatch(/history was lost/)
    expect(refused.particulars.hint).toMatch(/2026-11-21T12:00:00.000Z/)
  })

  test('is another thing for another amount, and for another period', () => {
    expect(conflict({ reason: 'counted', row, held: 6n }, noon)).toMatchObject({
      code: 'conflicts-with-earlier',
      particulars: { got: '7', wanted: '6' },
    })
    expect(conflict({ reason: 'period', row, now: noon + 86_400_000 }, noon)).toMatchObject({
      code: 'version-conflict',
      particulars: { got: '2026-11-21', retryAfter: 1 },
    })
  })
})

test('a vote refused where nothing was signed is told that the key begins later, not that it contradicts itself', () => {
  const duty = { scope: 'a', kind: 'attestation', source: 4n, target: 5n, root: '0x01' } as const
  const hintOf = (attestation: { readonly source: bigint; readonly target: bigint; readonly root?: '0x02' }) =>
    conflict({ reason: 'duty', duty, held: { scope: 'a', attestation } }, noon).particulars.hint
  expect(hintOf({ source: 6n, target: 6n })).toMatch(/the key begins above it/)
  expect(hintOf({ source: 4n, target: 5n, root: '0x02' })).toMatch(/Exactly what was signed last/)
})

test('what a guard says no about can be read back from its refusal', () => {
  const taken = { kind: 'outpoint', scope: 'bcrt1q@bip122:0f', item: '0xaa00', root: '0x01' } as const
  const refused = conflict({ reason: 'guard', row: taken, held: '0x02' }, noon)
  expect(usedItem(refused, 'outpoint')).toBe('0xaa00')
  expect(usedItem(refused, 'once')).toBeUndefined()
  expect(usedItem(conflict({ reason: 'counted', row, held: 6n }, noon), 'outpoint')).toBeUndefined()
})
