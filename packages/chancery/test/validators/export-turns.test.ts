/** Exports and deletions of very many keys: others come to their turn meanwhile. */
import { expect, test } from 'vitest'
import type { ProtectionRow } from '../../src/core/protection.ts'
import { wholeExport } from '../../src/validators/export.ts'
import { hurrying, turnsOf } from '../turns.ts'
import { openValidators, randomPublicKey, timing } from './fixture.ts'
import { client } from './people.ts'

/** Answers in the same turn. */
function holding(rows: readonly ProtectionRow[]) {
  return {
    protection: async () => [],
    protections: async () => ({ rows }),
    signedDuties: async () => ({ rows: [] }),
    forgetDuties: async () => 0,
    acceptedGaps: async () => [],
  }
}

test('a whole export works validator by validator', async () => {
  const rows = Array.from({ length: 300 }, () => ({
    scope: `${randomPublicKey()}@${timing().genesisValidatorsRoot}`,
    block: { slot: 7n },
  }))
  const deadline = { at: Infinity, clock: hurrying() }
  const { result, turns } = await turnsOf(wholeExport(holding(rows), timing(), undefined, deadline))
  expect(result.data).toHaveLength(300)
  expect(turns).toBeGreaterThan(300)
})

test('keys of a long list are looked up some at a time', async () => {
  const validators = await openValidators({ clock: hurrying(), store: holding([]) })
  const names = Array.from({ length: 2_560 }, randomPublicKey)
  const { result, turns } = await turnsOf(validators.delete(names, validators.call(client('keys:delete'))))
  expect(new Set(result.statuses.map(({ status }) => status))).toEqual(new Set(['not_found']))
  // Ten times some keys, and an export of nothing that ends at once.
  expect(turns).toBeGreaterThan(10)
})
