/** Keys that come in and leave by the Keymanager API. */
import { describe, expect, test } from 'vitest'
import { Refused } from '../../src/core/errors.ts'
import type { Operation } from '../../src/core/names.ts'
import { commitLimit } from '../../src/core/recorder.ts'
import { randomPublicKey, openValidators, timing, validatorKey } from './fixture.ts'
import { client, clientOf } from './people.ts'

const root = timing().genesisValidatorsRoot
const metadata = { interchange_format_version: '5', genesis_validators_root: root }
const keystore = (pubkey: string) => JSON.stringify({ pubkey, path: 'm/12381/3600/0/0/0' })
const past = (...data: readonly object[]) => JSON.stringify({ metadata, data })
const signed = (pubkey: string, slot: string) => ({ pubkey, signed_blocks: [{ slot }], signed_attestations: [] })
const statusesOf = (statuses: readonly { readonly status: string }[]) => statuses.map(({ status }) => status)

describe('import', () => {
  test('answers in order, takes the past of keys that come in, and of no other', async () => {
    const validators = await openValidators()
    const [a, b, c, stranger] = [randomPublicKey(), randomPublicKey(), randomPublicKey(), randomPublicKey()]
    const { publicKey: here } = await validators.addKey()
    const statuses = await validators.import(
      {
        keystores: [a, b, here, c, a].map(keystore),
        passwords: ['', 'wrong', '', '', ''],
        slashingProtection: past(...[a, b, here, stranger].map((key) => signed(key, '7'))),
      },
      validators.call(),
    )
    expect(statusesOf(statuses)).toEqual(['imported', 'error', 'duplicate', 'imported', 'duplicate'])
    const floor = { source: 1_001n, target: 1_001n }
    expect(await validators.row(a)).toEqual({ scope: `${a}@${root}`, block: { slot: 7n }, attestation: floor })
    for (const key of [b, here, stranger]) expect(await validators.row(key)).toBeUndefined()
    expect(await validators.row(c)).toMatchObject({ attestation: { target: 1_001n }, block: { slot: 32_034n } })
  })

  test('protects before a key can sign', async () => {
    const seen: unknown[] = []
    const validators = await openValidators({
      keyring: {
        importMany: async (_requests, take, _call, ready) => {
          const key = validatorKey({ publicKey })
          await ready?.([publicKey])
          seen.push(await validators.row(publicKey))
          take(0, key)
        },
      },
    })
    const publicKey = randomPublicKey()
    await validators.import({ keystores: [keystore(publicKey)], passwords: [''] }, validators.call())
    expect(seen).toMatchObject([{ block: { slot: 32_034n }, attestation: { source: 1_001n, target: 1_001n } }])
  })

  test('of a key whose past is wrong, or too far ahead, is an error of its own', async () => {
    const validators = await openValidators()
    const [a, b] = [randomPublicKey(), randomPublicKey()]
    const request = {
      keystores: [keystore(a), keystore(b.slice(2).toUpperCase())],
      passwords: ['', ''],
      slashingProtection: past(signed(a, '9999999'), signed(b, '5')),
    }
    const statuses = await validators.import(request, validators.call())
    expect(statusesOf(statuses)).toEqual(['error', 'imported'])
    expect(validators.state.current().findKey(a)).toBeUndefined()
    expect(await validators.row(b)).toMatchObject({ block: { slot: 5n } })
  })

  test('of a key that its keystore does not name is an error of its own too', async () => {
    const validators = await openValidators()
    const [a, b, c] = [randomPublicKey(), randomPublicKey(), randomPublicKey()]
    const request = {
      keystores: [keystore(a), JSON.stringify({ hidden: b }), JSON.stringify({ hidden: c })],
      passwords: ['', '', ''],
      slashingProtection: past(signed(a, '5'), signed(b, '9999999'), signed(c, '6')),
    }
    const statuses = await validators.import(request, validators.call())
    expect(statusesOf(statuses)).toEqual(['imported', 'error', 'imported'])
    expect(statuses[1]?.message).toContain('signed_blocks[0].slot')
    expect(validators.state.current().findKey(b)).toBeUndefined()
    expect(await validators.row(b)).toBeUndefined()
    expect(await validators.row(c)).toMatchObject({ block: { slot: 6n } })
  })

  test('of one kind of duty alone leaves no key without a floor for the other', async () => {
    const validators = await openValidators()
    const keys = [randomPublicKey(), randomPublicKey(), randomPublicKey(), randomPublicKey(), randomPublicKey()]
    const vote = { source_epoch: '8', target_epoch: '9' }
    const lists = [
      { signed_blocks: [{ slot: '7' }], signed_attestations: [] },
      { signed_blocks: [], signed_attestations: [vote] },
      { signed_blocks: [{ slot: '7' }], signed_attestations: [vote] },
      { signed_blocks: [], signed_attestations: [] },
    ]
    const stranger = { pubkey: randomPublicKey(), ...lists[2] }
    const items = lists.map((of, i) => ({ pubkey: keys[i], ...of }))
    const slashingProtection = past(...items, stranger)
    const request = { keystores: keys.map(keystore), passwords: keys.map(() => ''), slashingProtection }
    await validators.import(request, validators.call())
    const [slot, epochs] = [{ slot: 32_034n }, { source: 1_001n, target: 1_001n }]
    const [ownSlot, ownEpochs] = [{ slot: 7n }, { source: 8n, target: 9n }]
    expect(await Promise.all(keys.map((key) => validators.row(key)))).toMatchObject([
      { block: ownSlot, attestation: epochs },
      { block: slot, attestation: ownEpochs },
      { block: ownSlot, attestation: ownEpochs },
      { block: slot, attestation: epochs },
      { block: slot, attestation: epochs },
    ])
    expect(await validators.row(stranger.pubkey)).toBeUndefined()
  })

  test('takes what is told later of the other kind, and the higher of both stays', async () => {
    const validators = await openValidators()
    const key = randomPublicKey()
    const request = { keystores: [keystore(key)], passwords: [''], slashingProtection: past(signed(key, '7')) }
    await validators.import(request, validators.call())
    for (const [source, target] of [
      ['8', '9'],
      ['1000', '1001'],
    ]) {
      const vote = { source_epoch: source, target_epoch: target }
      const later = past({ pubkey: key, signed_blocks: [{ slot: '9' }], signed_attestations: [vote] })
      expect(await validators.importInterchange(later, {}, validators.call())).toMatchObject([{ status: 'imported' }])
    }
    expect(await validators.row(key)).toMatchObject({
      block: { slot: 9n },
      attestation: { source: 1_001n, target: 1_001n },
    })
  })

  test('with an item that says nothing is an import without history, unless its past is given up on purpose', async () => {
    const validators = await openValidators()
    const [a, b] = [randomPublicKey(), randomPublicKey()]
    const empty = (pubkey: string) => ({ pubkey, signed_blocks: [], signed_attestations: [] })
    const request = { keystores: [keystore(a)], passwords: [''], slashingProtection: past(empty(a)) }
    await validators.import(request, validators.call())
    expect(await validators.row(a)).toMatchObject({ attestation: { target: 1_001n } })
    await validators.import({ keystores: [keystore(b)], passwords: [''], unprotectedPast: true }, validators.call())
    expect(await validators.row(b)).toBeUndefined()
  })

  test.each([
    ['passwords that are too few', { keystores: ['{}'], passwords: [] }, 'invalid-request'],
    [
      'a past that is no interchange',
      { keystores: ['{}'], passwords: [''], slashingProtection: '{' },
      'invalid-payload',
    ],
    [
      'a past of another network',
      {
        keystores: ['{}'],
        passwords: [''],
        slashingProtection: past().replace(root, `0x${'77'.repeat(32)}`),
      },
      'wrong-network',
    ],
  ])('with %s is refused as a whole', async (_, request, code) => {
    const validators = await openValidators()
    await expect(validators.import(request, validators.call())).rejects.toMatchObject({ code })
    expect(validators.state.current().keys.size).toBe(0)
  })

  test('of nothing is nothing', async () => {
    const validators = await openValidators()
    expect(await validators.import({ keystores: [], passwords: [] }, validators.call())).toEqual([])
  })
})

describe('delete', () => {
  test('takes keys out of use, waits until nothing is cleared any more, and hands their history over', async () => {
    const validators = await openValidators()
    const [mine, foreign, hidden, gone] = [
      await validators.addKey(),
      await validators.addKey({ backend: 'aws-kms' }),
      await validators.addKey(),
      await validators.addKey({ state: 'pending-deletion' }),
    ]
    await validators.claim({ kind: 'block', scope: `${mine.publicKey}@${root}`, slot: 5n, root })
    await validators.claim({ kind: 'block', scope: `${gone.publicKey}@${root}`, slot: 6n, root })
    const unknown = randomPublicKey()
    const call = validators.call(clientOf([mine.id, foreign.id, gone.id], 'keys:delete'))
    const started = performance.now()
    const names = [mine, foreign, hidden, gone].map(({ publicKey }) => publicKey)
    const { statuses, slashingProtection } = await validators.delete([...names, unknown], call)
    expect(statusesOf(statuses)).toEqual(['deleted', 'error', 'not_found', 'not_active', 'not_found'])
    expect(performance.now() - started).toBeGreaterThan(5_000)
    expect(slashingProtection.metadata.genesis_validators_root).toBe(root)
    expect(
      new Map(slashingProtection.data.map(({ pubkey, signed_blocks }) => [pubkey, signed_blocks[0]?.slot])),
    ).toEqual(
      new Map([
        [mine.publicKey, '5'],
        [gone.publicKey, '6'],
      ]),
    )
    const states = [mine, foreign, hidden].map(({ id }) => validators.state.current().keys.get(id)?.value)
    expect(states.map((key) => key?.state)).toEqual(['pending-deletion', 'enabled', 'enabled'])
    expect(Date.parse(states[0]?.deletionDate ?? '') - validators.clock.now()).toBe(7 * 86_400_000)
    expect(validators.keys(validators.call()).map(({ key }) => key.id)).toEqual([foreign.id, hidden.id])
    const back = await validators.import({ keystores: [keystore(mine.publicKey)], passwords: [''] }, validators.call())
    expect(statusesOf(back)).toEqual(['imported'])
    expect(await validators.row(mine.publicKey)).toMatchObject({ block: { slot: 32_034n } })
  })

  test('asked again answers no sooner, and nothing sooner than what was recorded last is cleared', async () => {
    const validators = await openValidators()
    const { publicKey } = await validators.addKey()
    const first = validators.delete([publicKey], validators.call())
    await expect.poll(() => validators.state.current().findKey(publicKey)?.state).toBe('pending-deletion')
    const started = performance.now()
    await validators.claim({ kind: 'block', scope: `${publicKey}@${root}`, slot: 5n, root })
    const again = await validators.delete([publicKey], validators.call())
    expect(performance.now() - started).toBeGreaterThan(5_000 + commitLimit)
    expect(statusesOf(again.statuses)).toEqual(['not_active'])
    expect(statusesOf((await first).statuses)).toEqual(['deleted'])
  })

  test('says error for all, and hands over nothing, where the history cannot be read', async () => {
    const broken = await openValidators()
    const { publicKey } = await broken.addKey()
    const signedDuties = () => Promise.reject(new Refused('not-found', 'The history is gone'))
    const validators = await openValidators({
      state: broken.state,
      store: { ...broken.rooms.store, protection: async () => [], signedDuties },
    })
    const { statuses, slashingProtection } = await validators.delete([publicKey, randomPublicKey()], validators.call())
    expect([statusesOf(statuses), slashingProtection.data]).toEqual([['error', 'error'], []])
    expect(statuses[0]?.message).toContain('The history is gone. Ask again, or for fewer keys')
    expect(broken.state.current().findKey(publicKey)?.state).toBe('pending-deletion')
  })

  test('takes no key that serves several networks: the file would tell of one', async () => {
    const other = timing({ network: 'beacon:2', genesisValidatorsRoot: `0x${'22'.repeat(32)}` })
    const validators = await openValidators({ networks: [timing(), other] })
    const { network: _, ...anywhere } = validatorKey()
    await validators.rooms.state.change(
      { actor: 'test', action: 'key.import', about: {}, puts: [{ kind: 'key', value: anywhere, expect: 0 }] },
      validators.call().deadline,
    )
    const { publicKey } = await validators.addKey()
    const deleted = validators.delete([publicKey, anywhere.publicKey], validators.call())
    await expect(deleted).rejects.toMatchObject({ code: 'invalid-request', particulars: { got: anywhere.publicKey } })
    expect(validators.state.current().findKey(publicKey)?.state).toBe('enabled')
  })

  test('needs the right to delete', async () => {
    const validators = await openValidators()
    const call = validators.call(client('keys:create', 'keys:read', 'sign:block'))
    await expect(validators.delete([randomPublicKey()], call)).rejects.toMatchObject({ code: 'denied' })
  })
})

describe('a voluntary exit', () => {
  const asked: unknown[] = []
  const signature = `0x${'cc'.repeat(96)}` as const
  const signing = {
    sign: (request: { key: string }) => {
      asked.push(request)
      return Promise.resolve({ attempt: 'att_1', key: 'key_1', signed: { result: { signature } } } as const)
    },
    judge: () => Promise.reject(new Error('nothing is judged here')),
  }
  const exitValue = (_: string, exit: object) => exit

  test("is of the present epoch and the index given, and signed by the caller's own right", async () => {
    const validators = await openValidators({ signing, exitValue })
    const { id, publicKey } = await validators.addKey()
    const call = validators.call(clientOf([id], 'sign:voluntary-exit'))
    const exit = await validators.voluntaryExit(publicKey, { validatorIndex: 12n }, call)
    expect(exit).toEqual({ message: { epoch: '1000', validator_index: '12' }, signature })
    const value = { epoch: 1_000n, validatorIndex: 12n, now: 1_000n }
    expect(asked).toEqual([{ key: id, operation: 'sign:voluntary-exit', network: 'beacon:1', value }])
    const early = await validators.voluntaryExit(publicKey, { validatorIndex: 12n, epoch: 3n }, call)
    expect(early.message.epoch).toBe('3')
  })

  test('asks a beacon node for the index, and says so where there is none', async () => {
    const without = await openValidators({ signing, exitValue })
    const { publicKey } = await without.addKey()
    const call = without.call(client('sign:voluntary-exit'))
    await expect(without.voluntaryExit(publicKey, {}, call)).rejects.toMatchObject({
      code: 'not-configured',
      particulars: { where: 'validator_index' },
    })
    const validatorIndex = async () => 34n
    const having = await openValidators({ signing, exitValue, state: without.state, validatorIndex })
    expect((await having.voluntaryExit(publicKey, {}, call)).message.validator_index).toBe('34')
  })

  test('needs fork data, and the right', async () => {
    const validators = await openValidators({ signing })
    const { publicKey } = await validators.addKey()
    const exit = (...operations: readonly Operation[]) =>
      validators.voluntaryExit(publicKey, { validatorIndex: 1n }, validators.call(client(...operations)))
    await expect(exit('sign:voluntary-exit')).rejects.toMatchObject({ code: 'not-configured' })
    await expect(exit('sign:block')).rejects.toMatchObject({ code: 'denied' })
    const stranger = validators.call(clientOf([], 'sign:voluntary-exit'))
    const hidden = validators.voluntaryExit(publicKey, { validatorIndex: 1n }, stranger)
    await expect(hidden).rejects.toMatchObject({ code: 'key-not-found' })
  })
})
