/** Bounds that people set, history that is forgotten, and keys whose past nobody knows. */
import { describe, expect, test } from 'vitest'
import { Failed } from '../../src/core/errors.ts'
import { client, clientOf } from './people.ts'
import { now, openValidators, timing, validatorKey } from './fixture.ts'

const root = timing().genesisValidatorsRoot
const other = timing({ network: 'beacon:2', genesisValidatorsRoot: `0x${'22'.repeat(32)}` })
const next = { block: { slot: 32_002n + 32n }, attestation: { source: 1_001n, target: 1_001n } }

describe('a low watermark', () => {
  test('rises for every key of the network, on record, and never falls', async () => {
    const validators = await openValidators({ networks: [timing(), other] })
    const [mine, elsewhere] = [await validators.addKey(), await validators.addKey({ network: 'beacon:2' })]
    const raise = { network: 'beacon:1', slot: 640n, epoch: 20n } as const
    const rows = await validators.raiseWatermark(raise, validators.call())
    const row = { scope: `${mine.publicKey}@${root}`, block: { slot: 640n }, attestation: { source: 20n, target: 20n } }
    expect(rows).toEqual([row])
    expect(await validators.row(elsewhere.publicKey, other)).toBeUndefined()
    expect(await validators.raiseWatermark({ ...raise, slot: 1n, epoch: 1n }, validators.call())).toEqual([row])
    const attempt = { kind: 'block', scope: row.scope, slot: 640n, root } as const
    await expect(validators.claim(attempt)).rejects.toMatchObject({ code: 'conflicts-with-earlier' })
    await validators.claim({ ...attempt, slot: 641n })
    expect((await validators.entries()).map(({ reason, actor }) => [reason, actor])).toEqual([
      ['watermark', 'operator'],
      ['watermark', 'operator'],
    ])
  })

  test('takes the root of what was signed at exactly that slot', async () => {
    const validators = await openValidators()
    const { publicKey } = await validators.addKey()
    const duty = { kind: 'block', scope: `${publicKey}@${root}`, slot: 9n, root: `0x${'aa'.repeat(32)}` } as const
    await validators.claim(duty)
    await validators.raiseWatermark({ slot: 9n }, validators.call())
    await expect(validators.claim(duty)).rejects.toMatchObject({ code: 'conflicts-with-earlier' })
  })

  test.each([
    ['nothing', {}, 'invalid-request'],
    ['a slot beyond the next epoch', { slot: 1_002n * 32n }, 'invalid-request'],
    ['an epoch beyond the next', { epoch: 1_002n }, 'invalid-request'],
    ['2^64', { epoch: 1n << 64n, forced: true }, 'invalid-request'],
    ['a network that is not there', { network: 'beacon:9', epoch: 1n } as const, 'unknown-network'],
    ['what is no public key', { epoch: 1n, publicKeys: ['0x12'] }, 'invalid-request'],
  ])('of %s is refused', async (_, raise, code) => {
    const validators = await openValidators()
    await expect(validators.raiseWatermark(raise, validators.call())).rejects.toMatchObject({ code })
  })

  test('beyond the clock is raised by force', async () => {
    const validators = await openValidators()
    const { publicKey } = await validators.addKey()
    await validators.raiseWatermark({ epoch: 5_000n, forced: true }, validators.call())
    expect(await validators.row(publicKey)).toMatchObject({ attestation: { target: 5_000n } })
  })
})

describe('a ceiling', () => {
  test('stops what is at or above it, until it is taken away', async () => {
    const validators = await openValidators()
    const { publicKey } = await validators.addKey()
    const call = validators.call()
    await validators.putCeiling(undefined, { slot: '100' }, call)
    expect(validators.ceiling('beacon:1', call)).toEqual({ slot: '100' })
    const ask = (slot: bigint) => validators.isSlashable({ kind: 'block', slot }, publicKey, undefined, call)
    expect([(await ask(99n)).slashable, (await ask(100n)).slashable]).toEqual([false, true])
    expect(validators.state.current().ceilings.get('beacon:1')).toMatchObject({ value: { slot: '100' } })
    await validators.putCeiling(undefined, {}, call)
    expect([validators.ceiling(undefined, call), (await ask(100n)).slashable]).toEqual([{}, false])
  })

  test('stays with its network under another name, and goes for good when it is taken away there', async () => {
    const before = await openValidators()
    await before.putCeiling(undefined, { slot: '100' }, before.call())
    const renamed = timing({ network: 'beacon:anew' })
    const validators = await openValidators({ networks: [renamed, other], state: before.state })
    await validators.settle(validators.call().deadline)
    expect(validators.ceiling('beacon:anew', validators.call())).toEqual({ slot: '100' })
    expect(validators.ceiling('beacon:2', validators.call())).toEqual({})
    await validators.putCeiling('beacon:anew', {}, validators.call())
    await validators.settle(validators.call().deadline)
    expect(validators.ceiling('beacon:anew', validators.call())).toEqual({})
  })

  test.each([{ slot: '-1' }, { epoch: '1.5' }, { epoch: '18446744073709551616' }])(
    'of %j is refused',
    async (value) => {
      const validators = await openValidators()
      const refused = validators.putCeiling(undefined, value, validators.call())
      await expect(refused).rejects.toMatchObject({ code: 'invalid-request' })
    },
  )
})

describe('pruning', () => {
  const duties = (publicKey: string) =>
    [990n, 995n, 999n].map((target) => ({
      source: target - 1n,
      target,
      root: `0x${'aa'.repeat(32)}` as const,
      publicKey,
    }))

  async function withHistory(change = {}) {
    const validators = await openValidators(change)
    const { publicKey } = await validators.addKey()
    const scope = `${publicKey}@${root}`
    for (const { source, target, root: signed } of duties(publicKey)) {
      await validators.claim({ kind: 'attestation', scope, source, target, root: signed })
    }
    return { validators, publicKey }
  }

  test('forgets what is older, on record, and what decides stays', async () => {
    const { validators, publicKey } = await withHistory()
    expect(await validators.prune({ epochs: 5 }, validators.call())).toBe(1)
    const { data } = await validators.exportInterchange({ publicKeys: [publicKey] }, validators.call())
    expect(data[0]?.signed_attestations.map(({ target_epoch }) => target_epoch)).toEqual(['995', '999'])
    await validators.prune({ epochs: 1 }, validators.call())
    const left = await validators.exportInterchange({ publicKeys: [publicKey] }, validators.call())
    expect(left.data[0]?.signed_attestations.map(({ target_epoch }) => target_epoch)).toEqual(['999'])
    expect(await validators.row(publicKey)).toMatchObject({ attestation: { target: 999n } })
    const { entries } = await validators.store.latestEntries({ limit: 9 }, validators.call().deadline)
    expect(entries.filter(({ body }) => body.includes('history pruned'))).toHaveLength(2)
  })

  test('waits for a clock that agrees with the store, and forgets nothing before', async () => {
    const agreedTime = () => Promise.reject(new Failed('clock-in-doubt', 'The clock is 9000 ms apart'))
    const { validators, publicKey } = await withHistory({ agreedTime })
    const pruned = validators.prune({ epochs: 1 }, validators.call())
    await expect(pruned).rejects.toMatchObject({ code: 'clock-in-doubt' })
    const { data } = await validators.exportInterchange({ publicKeys: [publicKey] }, validators.call())
    expect(data[0]?.signed_attestations).toHaveLength(3)
  })
})

describe('a key without history', () => {
  test('begins with the epoch after the clock, on every network it serves', async () => {
    const validators = await openValidators({ networks: [timing(), other] })
    const { network: _, ...anywhere } = validatorKey()
    const arriving = [validatorKey(), anywhere, validatorKey({ kind: 'opaque' }), validatorKey({ family: 'evm' })]
    await validators.protectNew(arriving, validators.call().deadline)
    const rows = await Promise.all(arriving.map(({ publicKey }) => validators.row(publicKey)))
    expect(rows.slice(0, 2)).toMatchObject([next, next])
    expect([rows[2], rows[3]]).toEqual([undefined, undefined])
    expect(await validators.row(anywhere.publicKey, other)).toMatchObject(next)
    expect(await validators.row(arriving[0]?.publicKey ?? '0x', other)).toBeUndefined()
    expect(new Set((await validators.entries()).map(({ reason }) => reason))).toEqual(new Set(['new-key']))
  })

  /** What is the furthest that facts.ts of the chain lets anybody sign: whoever had the key before may have done it. */
  test.each([0n, 1n, 31n])('signs no block that could have been signed %s slots into an epoch', async (into) => {
    const validators = await openValidators()
    const key = validatorKey()
    validators.clock.time = now + Number(into - 2n) * 12_000
    await validators.protectNew([key], validators.call().deadline)
    const furthest = 32_000n + into + 32n
    expect(await validators.row(key.publicKey)).toMatchObject({ block: { slot: furthest } })
    const block = { kind: 'block', scope: `${key.publicKey}@${root}`, slot: furthest, root } as const
    await expect(validators.claim(block)).rejects.toMatchObject({ code: 'conflicts-with-earlier' })
    await validators.claim({ ...block, slot: furthest + 1n })
  })

  test('of whom half is known begins so with the other half, at the start and at its first use', async () => {
    const validators = await openValidators()
    const [before, after] = [await validators.addKey(), validatorKey()]
    const item = ({ publicKey }: typeof after) => ({
      pubkey: publicKey,
      signed_blocks: [],
      signed_attestations: [{ source_epoch: '7', target_epoch: '8' }],
    })
    const metadata = { interchange_format_version: '5', genesis_validators_root: root }
    await validators.importInterchange({ metadata, data: [item(before), item(after)] }, {}, validators.call())
    const wanted = { block: next.block, attestation: { source: 7n, target: 8n } }
    await validators.settle(validators.call().deadline)
    expect(await validators.row(before.publicKey)).toMatchObject(wanted)
    expect(await validators.row(after.publicKey)).not.toHaveProperty('block')
    await validators.protectUsed('beacon:1', [before, after], validators.call().deadline)
    expect(await validators.row(after.publicKey)).toMatchObject(wanted)
    expect(validators.protectUsed('beacon:1', [before, after], validators.call().deadline)).toBeUndefined()
  })

  test('needs nothing before genesis', async () => {
    const validators = await openValidators({ networks: [timing({ genesisTime: now + 1 })] })
    await validators.protectNew([validatorKey()], validators.call().deadline)
    expect(await validators.entries()).toEqual([])
  })

  test('comes in with no clock in doubt', async () => {
    const agreedTime = () => Promise.reject(new Failed('clock-in-doubt', 'The clock is 9000 ms apart'))
    const validators = await openValidators({ agreedTime })
    const raised = validators.protectNew([validatorKey()], validators.call().deadline)
    await expect(raised).rejects.toMatchObject({ code: 'clock-in-doubt' })
  })
})

test('after a gap every protected key that is not purged begins with the next epoch', async () => {
  const validators = await openValidators({ networks: [timing(), other] })
  const [enabled, pending, opaque] = [
    await validators.addKey(),
    await validators.addKey({ state: 'pending-deletion', network: 'beacon:2' }),
    await validators.addKey({ kind: 'opaque' }),
  ]
  await validators.claim({ kind: 'block', scope: `${enabled.publicKey}@${root}`, slot: 5n, root })
  expect(await validators.afterGap('cli_1', validators.call().deadline)).toBe(2)
  expect(await validators.row(enabled.publicKey)).toMatchObject(next)
  expect(await validators.row(pending.publicKey, other)).toMatchObject(next)
  expect(await validators.row(opaque.publicKey)).toBeUndefined()
  expect(await validators.entries()).toMatchObject([{ reason: 'gap' }, { reason: 'gap', actor: 'cli_1' }])
  expect(await validators.repair(validators.call())).toBe(2)
})

test('each act needs its right', async () => {
  const validators = await openValidators()
  const { id, publicKey } = await validators.addKey()
  const nobody = validators.call(client('sign:block', 'keys:read', 'keys:create', 'keys:delete'))
  const acts = [
    validators.raiseWatermark({ epoch: 1n }, nobody),
    validators.putCeiling(undefined, {}, nobody),
    validators.prune({ epochs: 1 }, nobody),
    validators.repair(nobody),
    validators.exportInterchange({}, nobody),
    validators.import({ keystores: [], passwords: [], unprotectedPast: true }, nobody),
  ]
  for (const act of acts) await expect(act).rejects.toMatchObject({ code: 'denied' })
  const reader = validators.call(client('register:read'))
  expect(await validators.exportInterchange({}, reader)).toMatchObject({ data: [] })
  const block = { kind: 'block', slot: 1n } as const
  const ask = (call: Parameters<typeof validators.prune>[1]) =>
    validators.isSlashable(block, publicKey, undefined, call)
  expect(await ask(validators.call(clientOf([id], 'sign:block')))).toEqual({ slashable: false })
  await expect(ask(validators.call(clientOf([id], 'sign:attestation')))).rejects.toMatchObject({ code: 'denied' })
  await expect(ask(validators.call(clientOf([], 'sign:block')))).rejects.toMatchObject({ code: 'key-not-found' })
  expect(validators.keys(validators.call(clientOf([id], 'sign:block'))).map(({ key }) => key.id)).toEqual([id])
  expect(validators.keys(validators.call(clientOf([], 'sign:block')))).toEqual([])
})
