import { expect, test } from 'vitest'
import { systemClock } from '../../src/base/clock.ts'
import { deadlineIn } from '../../src/base/deadline.ts'
import type { KeyRecord } from '../../src/core/key.ts'
import type { Sponsor } from '../../src/core/sponsoring.ts'
import { sponsorExamination, type SponsorsExamined } from '../../src/health/sponsor-examination.ts'

const sponsor: Sponsor = {
  key: 'pays',
  network: 'algorand:SGO1GKSzyE7IEPItTxCByw9x8FmnrCDe',
  perSenderDay: 1n,
  perDay: 1n,
  groupsPerSenderDay: 1,
  minimumBalance: 100n,
  simulate: true,
  signedOnly: false,
  terms: {
    perGroup: 1n,
    topUp: 0n,
    applications: [],
    assets: [],
    payments: true,
    rekeying: false,
    longestLife: 1n,
  },
}

const key: KeyRecord = {
  id: 'key_1',
  algorithm: 'ed25519',
  publicKey: '0x01',
  backend: 'sealed',
  ref: {},
  family: 'algorand',
  kind: 'decoded',
  state: 'enabled',
  frozen: false,
  createdAt: '',
}

function examine(given: Partial<SponsorsExamined>) {
  const parts = { sponsors: [sponsor], findKey: () => key, look: async () => {}, balances: () => [], ...given }
  return sponsorExamination(parts).examine(deadlineIn(30_000, systemClock))
}

const having = (balance: bigint) => ({ balances: () => [{ sponsor, balance }] })

test.each<[string, Partial<SponsorsExamined>, string, RegExp]>([
  ['with enough is well', having(101n), 'ok', /has 101, keeps 100/],
  ['with no more than it keeps is a problem', having(100n), 'problem', /has 100, of which it keeps 100/],
  ['that nobody can look at is a warning', {}, 'warning', /no node told/],
  ['without a key is a problem', { findKey: () => undefined }, 'problem', /no key of that name/],
  ['with a disabled key is a problem', { findKey: () => ({ ...key, state: 'disabled' }) }, 'problem', /is disabled/],
  ['with a frozen key is a problem', { findKey: () => ({ ...key, frozen: true }) }, 'problem', /is frozen/],
])('a sponsor %s', async (_, given, level, got) => {
  expect(await examine(given)).toEqual([expect.objectContaining({ level, got: expect.stringMatching(got) })])
})

test('a node that fails hides nothing, and without sponsors there is nothing to say', async () => {
  const failing = { look: () => Promise.reject(new Error('away')), ...having(101n) }
  expect(await examine(failing)).toMatchObject([{ level: 'ok' }])
  expect(await examine({ sponsors: [] })).toEqual([])
})
