import { expect, test } from 'vitest'
import { accountOf } from '../../src/sponsoring/account.ts'
import { generous } from '../integration/sponsored.ts'
import { keyRecord } from '../http/fakes.ts'

const key = { ...keyRecord, address: 'OWN' }
const handed = { ...key, accounts: ['HANDED'] }

test('is the key’s own, or the one that was handed to it', () => {
  expect(accountOf(generous, key)).toBe('OWN')
  expect(accountOf(generous, handed)).toBe('HANDED')
})

test('stays the one that is configured, whatever is handed to the key beside it', () => {
  expect(accountOf({ ...generous, account: 'OWN' }, handed)).toBe('OWN')
  expect(accountOf({ ...generous, account: 'HANDED' }, handed)).toBe('HANDED')
})

test.each([
  ['of another key', { ...generous, account: 'OTHER' }, handed],
  ['that nobody named', generous, { ...key, accounts: ['ONE', 'TWO'] }],
])('is none %s', (_, sponsor, of) => {
  expect(() => accountOf(sponsor, of)).toThrow(
    expect.objectContaining({
      code: 'not-configured',
      particulars: expect.objectContaining({ where: 'sponsors.account' }),
    }),
  )
})
