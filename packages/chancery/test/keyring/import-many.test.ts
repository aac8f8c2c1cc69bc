/** Many keys in few changes, over a real house: SQLite, the register, and keys sealed in signer processes. */
import { randomBytes } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { toHex, type Hex } from '../../src/base/bytes.ts'
import { systemClock } from '../../src/base/clock.ts'
import { deadlineIn } from '../../src/base/deadline.ts'
import { Secret } from '../../src/base/secret.ts'
import type { Principal } from '../../src/core/access.ts'
import type { KeyBulkImporter, KeyKeeper } from '../../src/core/backend.ts'
import { Failed, Refused } from '../../src/core/errors.ts'
import type { KeyRecord } from '../../src/core/key.ts'
import type { ImportKey } from '../../src/core/keyring.ts'
import { createSealed, type SealedBackend } from '../../src/keys/sealed/sealed.ts'
import { parseObject } from '../../src/register/json-object.ts'
import { client, openHouse, removeFolder, type TestHouse } from '../integration/house.ts'

type Answer = KeyRecord | Refused | Failed

let house: TestHouse
let sealed: SealedBackend

beforeAll(async () => {
  sealed = await createSealed({ keyEncryptionKey: new Secret(new Uint8Array(32).fill(9)), clock: systemClock })
  house = await openHouse({ extraBackends: [bulkOf(sealed)] })
})

afterAll(async () => {
  await house.close()
  await sealed.close()
  await removeFolder(house)
})

/** The sealed back-end, with all that come in opened at once. */
function bulkOf(backend: SealedBackend): KeyBulkImporter & KeyKeeper {
  return {
    name: 'bulk',
    algorithms: backend.algorithms,
    publicKey: (ref, deadline) => backend.publicKey(ref, deadline),
    sign: (ref, cleared, deadline) => backend.sign(ref, cleared, deadline),
    import: (request, secret, deadline) => backend.import(request, secret, deadline),
    preview: (request, secret, deadline) => backend.preview(request, secret, deadline),
    enable: (ref) => backend.enable(ref, soon()),
    disable: (ref, deadline) => backend.disable(ref, deadline),
    scheduleDeletion: (ref, days, deadline) => backend.scheduleDeletion(ref, days, deadline),
    cancelDeletion: (ref, deadline) => backend.cancelDeletion(ref, deadline),
    importMany: async (wanted, take, deadline) => {
      const each = Array.from(wanted, async ({ request, secret }) => {
        const made = await backend.import(request, secret, deadline).catch((error: Refused | Failed) => error)
        take(request, made)
      })
      await Promise.all(each)
    },
    close: () => Promise.resolve(),
  }
}

const soon = () => deadlineIn(60_000, systemClock)
const hexKey = (): Hex => toHex(randomBytes(32))
const request = (hex: string = hexKey(), more: Partial<ImportKey> = {}): ImportKey => ({
  backend: 'bulk',
  family: 'evm',
  kind: 'decoded',
  secret: { format: 'hex', hex },
  ...more,
})

interface Importing {
  readonly as?: Principal
  readonly ready?: Parameters<TestHouse['keyring']['importMany']>[3]
  readonly onlyNew?: boolean
}

async function importAll(requests: readonly ImportKey[], { as, ready, onlyNew }: Importing = {}): Promise<Answer[]> {
  const answers: Answer[] = []
  const take = (index: number, answer: Answer) => {
    expect(answers[index], `answer ${index} comes once`).toBeUndefined()
    answers[index] = answer
  }
  const call = { ...(as ? house.as(as) : house.operator()), deadline: soon() }
  await house.keyring.importMany(requests, take, call, ready, onlyNew === undefined ? {} : { onlyNew })
  expect(Array.from(answers, (answer) => answer !== undefined)).toEqual(requests.map(() => true))
  return answers
}

async function importOne(one: ImportKey, how: Importing = {}): Promise<Answer> {
  const [answer] = await importAll([one], how)
  if (answer === undefined) throw new Error('no answer')
  return answer
}

function keyOf(answer: Answer | undefined): KeyRecord {
  if (answer === undefined || answer instanceof Error) throw answer ?? new Error('no answer')
  return answer
}

const codesOf = (answers: readonly Answer[]) => answers.map((one) => (one instanceof Error ? one.code : one.state))

describe('many keys', () => {
  test('come in with one change of state, each proved, in the order they were given', async () => {
    const before = house.state.current().epoch
    const changes = vi.spyOn(house.state, 'change')
    const keys = (await importAll([request(), request(), request(), request()])).map(keyOf)
    expect(changes).toHaveBeenCalledTimes(1)
    changes.mockRestore()
    expect(house.state.current().epoch).toBe(before + 1)
    const { entries } = await house.store.latestEntries({ limit: 20 }, soon())
    const bodies = entries.map(({ body }) => parseObject(body))
    const imported = bodies.find(({ action }) => action === 'key.import-many')
    expect(imported).toMatchObject({ about: { keys: keys.map(({ id, publicKey }) => ({ key: id, publicKey })) } })
    const proofs = bodies.filter(({ kind, operation }) => kind === 'attempt' && operation === 'prove')
    expect(new Set(proofs.map(({ key }) => key))).toEqual(new Set(keys.map(({ id }) => id)))
  })

  test('one that cannot be had stops no other one', async () => {
    const answers = await importAll([request(), request('0x00'), request(hexKey(), { backend: 'nowhere' }), request()])
    expect(codesOf(answers)).toEqual(['enabled', 'invalid-payload', 'not-supported', 'enabled'])
  })

  test('the same private key twice is one key, and the other is said to be here', async () => {
    const hex = hexKey()
    const answers = await importAll([request(hex), request(hex), request(), request(hex)])
    expect(codesOf(answers).toSorted()).toEqual(['already-exists', 'already-exists', 'enabled', 'enabled'])
    expect(codesOf(await importAll([request(hex)]))).toEqual(['already-exists'])
  })

  test('an alias that two ask for is the first one’s', async () => {
    const alias = 'wanted-by-two'
    const answers = await importAll([request(hexKey(), { alias }), request(hexKey(), { alias }), request()])
    expect(codesOf(answers)).toEqual(['enabled', 'already-exists', 'enabled'])
  })

  test('a key of another address than expected is not taken in', async () => {
    const expectAddress = '0x000000000000000000000000000000000000dEaD'
    expect(codesOf(await importAll([request(hexKey(), { expectAddress })]))).toEqual(['invalid-payload'])
  })

  test('a back-end that takes one at a time is asked one by one', async () => {
    const hex = hexKey()
    const answers = await importAll([request(hex, { backend: 'sealed' }), request(hex, { backend: 'sealed' })])
    expect(codesOf(answers)).toEqual(['enabled', 'already-exists'])
  })

  test('whoever may make no keys imports none', async () => {
    const reader = await client(house, [{ operations: ['keys:read'], keys: '*', networks: '*' }], 'reader')
    await expect(importAll([request()], { as: reader })).rejects.toMatchObject({ code: 'denied' })
  })
})

describe('before any of them can sign', () => {
  test('their protection is raised', async () => {
    const seen: string[][] = []
    const known: unknown[] = []
    const ready = async (publicKeys: readonly Hex[]) => {
      seen.push([...publicKeys])
      known.push(...publicKeys.map((one) => house.state.current().findKey(one)))
      return undefined
    }
    const keys = (await importAll([request(), request()], { ready })).map(keyOf)
    expect(seen).toEqual([keys.map(({ publicKey }) => publicKey)])
    expect(known).toEqual([undefined, undefined])
  })

  test('and where it cannot be, none of them comes in', async () => {
    const ready = () => Promise.reject(new Failed('store-unavailable', 'not now'))
    const before = house.state.current().keys.size
    expect(codesOf(await importAll([request(), request()], { ready }))).toEqual([
      'store-unavailable',
      'store-unavailable',
    ])
    expect(house.state.current().keys.size).toBe(before)
  })

  test('one that may not come in, for a reason of its own, stops no other one', async () => {
    const refused: Hex[] = []
    const ready = async ([, second]: readonly Hex[]) => {
      if (second) refused.push(second)
      return new Map(refused.map((one) => [one, new Refused('invalid-payload', 'not this one')]))
    }
    const answers = await importAll([request(), request(), request()], { ready })
    expect(codesOf(answers)).toEqual(['enabled', 'invalid-payload', 'enabled'])
    expect(house.state.current().findKey(refused[0] ?? '')).toBeUndefined()
  })
})

describe('a key that was here before', () => {
  async function pending(hex: string, more: Partial<ImportKey> = {}): Promise<KeyRecord> {
    const key = keyOf(await importOne(request(hex, more)))
    return house.keyring.scheduleDeletion(key.id, 7, house.operator())
  }

  test('and was to be deleted comes back under its name, with its rules, and signs', async () => {
    const hex = hexKey()
    const gone = await pending(hex, { alias: 'coming-back' })
    await house.keyring.putRules(
      gone.id,
      { ...(await rulesOf(gone)), operations: ['sign:message'] },
      0,
      house.operator(),
    )
    const back = keyOf(await importOne(request(hex)))
    expect(back).toMatchObject({ id: gone.id, state: 'enabled', alias: 'coming-back', publicKey: gone.publicKey })
    expect(back.deletionDate).toBeUndefined()
    expect(back.ref).not.toEqual(gone.ref)
    expect((await rulesOf(back)).operations).toEqual(['sign:message'])
  })

  const rulesOf = async ({ id }: KeyRecord) => (await house.keyring.rules(id, house.operator())).value

  test('stays away where only new ones are wanted', async () => {
    const hex = hexKey()
    const gone = await pending(hex)
    expect(await importOne(request(hex), { onlyNew: true })).toMatchObject({ code: 'key-state' })
    expect(house.state.current().keys.get(gone.id)?.value.state).toBe('pending-deletion')
  })

  test('and is frozen comes back frozen', async () => {
    const hex = hexKey()
    const gone = await pending(hex)
    await house.freezing.freeze({ key: gone.id }, house.operator())
    expect(keyOf(await importOne(request(hex)))).toMatchObject({ state: 'enabled', frozen: true })
  })

  test('and was disabled comes back for an administrator only', async () => {
    const hex = hexKey()
    const key = keyOf(await importOne(request(hex)))
    await house.keyring.disable(key.id, house.operator())
    const maker = await client(house, [{ operations: ['keys:create'], keys: '*', networks: '*' }], 'maker')
    expect(await importOne(request(hex), { as: maker })).toMatchObject({ code: 'key-state' })
    expect(keyOf(await importOne(request(hex)))).toMatchObject({ id: key.id, state: 'enabled' })
  })

  test('does not come back as something else', async () => {
    const hex = hexKey()
    await pending(hex)
    expect(await importOne(request(hex, { kind: 'opaque' }))).toMatchObject({ code: 'already-exists' })
  })
})
