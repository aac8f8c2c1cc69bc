/** What is counted of wallets and of whose keys signed: under which names and labels, and that nothing else is in them. */
import { expect, test } from 'vitest'
import { deadlineIn } from '../../src/base/deadline.ts'
import { systemClock } from '../../src/base/clock.ts'
import type { Call } from '../../src/core/call.ts'
import { Failed, Refused } from '../../src/core/errors.ts'
import type { KeyRecord } from '../../src/core/key.ts'
import type { Keyring } from '../../src/core/keyring.ts'
import type { SigningFlow, SignReply, SignRequest } from '../../src/core/services.ts'
import { createKeyUseMeter } from '../../src/health/key-use-meter.ts'
import { createMeters } from '../../src/health/metrics.ts'
import { observedKeyring, observedKeyUses } from '../../src/health/observed-keys.ts'
import { createWalletMeter } from '../../src/health/wallet-meter.ts'
import { samples } from './samples.ts'

const call: Call = {
  principal: { client: 'cli_0', name: 'test', grants: [], scheme: 'built-in' },
  deadline: deadlineIn(30_000, systemClock),
}
const reply: SignReply = { attempt: 'att_0', key: 'key_0', signed: { result: {} } }
const never = () => Promise.reject(new Error('not asked'))

test('creations and deletions begin from zero, for each tier and end', async () => {
  const seen = samples(await createMeters().text())
  for (const tier of ['native', 'datakey', 'hd', 'sealed']) {
    expect(seen.get(`chancery_wallet_creations_total{tier="${tier}",outcome="failed"}`)).toBe(0)
  }
  expect(seen.get('chancery_deletions_asked_total{what="wallet",outcome="done"}')).toBe(0)
  expect(seen.get('chancery_changes_outside_total')).toBe(0)
  expect([...seen.keys()].filter((name) => name.startsWith('chancery_orphan_keys'))).toEqual([])
})

test('each thing is counted where it belongs', () => {
  const meter = createWalletMeter()
  meter.created('datakey', 'done')
  meter.created('datakey', 'done')
  meter.created('hd', 'failed')
  meter.addressInvalid('bitcoin', 'derived')
  meter.deletionAsked('wallet', 'refused')
  meter.changedOutside()
  meter.orphans('done', 3)
  meter.creating(2, 40_000)
  meter.paying(0)
  const seen = samples(meter.text(100_000))
  expect(Object.fromEntries([...seen].filter(([name, value]) => value > 0 || name.includes('paying')))).toEqual({
    'chancery_wallet_creations_total{tier="datakey",outcome="done"}': 2,
    'chancery_wallet_creations_total{tier="hd",outcome="failed"}': 1,
    'chancery_address_validation_failures_total{family="bitcoin",reason="derived"}': 1,
    'chancery_deletions_asked_total{what="wallet",outcome="refused"}': 1,
    chancery_changes_outside_total: 1,
    chancery_orphan_keys: 3,
    'chancery_orphan_looks_total{outcome="done"}': 1,
    chancery_wallets_creating: 2,
    chancery_wallets_creating_oldest_seconds: 60,
  })
  expect(seen.get('chancery_payments_waiting_oldest_seconds')).toBe(0)
})

test('a look that could not be made, or not to its end, is no look that found none', () => {
  const meter = createWalletMeter()
  const orphans = () => samples(meter.text(0)).get('chancery_orphan_keys')
  const looks = (end: string) => samples(meter.text(0)).get(`chancery_orphan_looks_total{outcome="${end}"}`)
  expect([looks('done'), looks('partly'), looks('failed')]).toEqual([0, 0, 0])
  meter.orphans('failed', 0)
  meter.orphans('partly', 0)
  expect(orphans()).toBe(undefined)
  meter.orphans('partly', 300)
  expect(orphans()).toBe(300)
  meter.orphans('failed', 0)
  expect(orphans()).toBe(300)
  meter.orphans('done', 0)
  expect(orphans()).toBe(0)
  expect([looks('done'), looks('partly'), looks('failed')]).toEqual([1, 2, 2])
})

test('whose key signed, and how it ended; duties and keys nobody knows are passed on uncounted', async () => {
  const meter = createKeyUseMeter()
  const answers: (() => Promise<SignReply>)[] = [
    async () => reply,
    () => Promise.reject(new Refused('denied', 'no')),
    () => Promise.reject(new Failed('backend-throttled', 'later')),
  ]
  const sign = () => answers.shift()?.() ?? Promise.resolve(reply)
  const flow: SigningFlow = {
    sign,
    signOwn: sign,
    signJoined: sign,
    judge: never,
    judgeOwn: never,
    signMany: never,
  }
  const whose = (key: string) => (key === 'key_0' ? { family: 'evm', backend: 'aws-kms' } : undefined)
  const observed = observedKeyUses(flow, meter, whose, systemClock)
  const request: SignRequest = { key: 'key_0', operation: 'sign:transaction', value: {} }
  expect(await observed.sign(request, call)).toBe(reply)
  await expect(observed.sign(request, call)).rejects.toThrow('no')
  await expect(observed.sign(request, call)).rejects.toThrow('later')
  await observed.sign({ ...request, operation: 'sign:attestation' }, call)
  await observed.sign({ ...request, key: '0xnobody' }, call)
  const text = meter.text()
  const counts = [...samples(text)].filter(([name]) => name.includes('_count'))
  expect(counts).toEqual(
    ['signed', 'refused', 'failed'].map((outcome) => [
      `chancery_key_use_seconds_count{family="evm",backend="aws-kms",outcome="${outcome}"}`,
      1,
    ]),
  )
  expect(text).not.toContain('key_0')
})

test('whoever asks that a key be ended is counted, the refused ones too', async () => {
  const meter = createWalletMeter()
  const record: KeyRecord = {
    id: 'key_0',
    algorithm: 'secp256k1-ecdsa',
    publicKey: '0x02',
    backend: 'aws-kms',
    ref: {},
    family: 'evm',
    kind: 'decoded',
    state: 'pending-deletion',
    frozen: false,
    createdAt: '2026-01-01T00:00:00.000Z',
  }
  const keyring: Keyring = {
    create: never,
    createBackedUp: never,
    import: never,
    importMany: never,
    preview: never,
    enrol: never,
    previewEnrol: never,
    get: never,
    list: never,
    disable: never,
    enable: never,
    enableHeld: never,
    requireDeletable: never,
    scheduleDeletion: async () => record,
    cancelDeletion: async () => record,
    purge: () => Promise.reject(new Refused('key-state', 'The deletion window has not passed')),
    rules: never,
    putRules: never,
    probe: never,
  }
  const observed = observedKeyring(keyring, meter)
  expect(await observed.scheduleDeletion('key_0', 7, call)).toBe(record)
  await observed.cancelDeletion('key_0', call)
  await expect(observed.purge('key_0', call)).rejects.toThrow('window')
  const seen = samples(meter.text(0))
  expect(seen.get('chancery_deletions_asked_total{what="key",outcome="done"}')).toBe(1)
  expect(seen.get('chancery_deletions_asked_total{what="key",outcome="refused"}')).toBe(1)
})
