/** The flow of a signature through every real room. */
import { parseTransaction, recoverTransactionAddress, verifyMessage } from 'viem'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Principal } from '../../src/core/access.ts'
import { Refused } from '../../src/core/errors.ts'
import type { KeyRecord } from '../../src/core/key.ts'
import { noRules } from '../../src/core/rules.ts'
import type { SignRequest } from '../../src/core/services.ts'
import { client, network, openHouse, payingKey, payment, removeFolder, signer, type TestHouse } from './house.ts'

let house: TestHouse
let key: KeyRecord
let app: Principal

beforeAll(async () => {
  house = await openHouse()
  key = await payingKey(house)
  app = await client(house, signer(key))
})

afterAll(async () => {
  await house.close()
  await removeFolder(house)
})

const transaction = (value: unknown, more: Partial<SignRequest> = {}): SignRequest => {
  return { key: key.id, operation: 'sign:transaction', network, value, ...more }
}

describe('a signature', () => {
  test('is by the key, over what was asked', async () => {
    const { signed } = await house.signing.sign(transaction(payment(0)), house.as(app))
    const raw = signed.result['raw'] as `0x02${string}`
    expect(await recoverTransactionAddress({ serializedTransaction: raw })).toBe(key.address)
    expect(parseTransaction(raw)).toMatchObject({ type: 'eip1559', value: 5n, chainId: 31337, gas: 21000n })
  })

  test('of a message verifies', async () => {
    const request = { key: key.id, operation: 'sign:message', network, value: { text: 'hello' } } as const
    const { signed } = await house.signing.sign(request, house.as(app))
    const signature = signed.result['signature'] as `0x${string}`
    expect(await verifyMessage({ address: key.address as `0x${string}`, message: 'hello', signature })).toBe(true)
  })

  test('of the same transaction is the same again', async () => {
    const first = await house.signing.sign(transaction(payment(1)), house.as(app))
    const second = await house.signing.sign(transaction(payment(1)), house.as(app))
    expect(second.signed.result).toEqual(first.signed.result)
  })

  test('of another transaction with a used nonce is refused', async () => {
    await house.signing.sign(transaction(payment(2)), house.as(app))
    const again = house.signing.sign(transaction(payment(2, '6')), house.as(app))
    await expect(again).rejects.toMatchObject({ code: 'conflicts-with-earlier' })
  })

  test('raced for one nonce is given to one', async () => {
    const asked = Array.from({ length: 20 }, (_, i) =>
      house.signing.sign(transaction(payment(3, String(i))), house.as(app)),
    )
    const done = await Promise.allSettled(asked)
    expect(done.filter(({ status }) => status === 'fulfilled')).toHaveLength(1)
  })
})

describe('a refusal', () => {
  test('by the rules lists every check', async () => {
    const refused = house.signing.sign(transaction(payment(10, '1001')), house.as(app))
    await expect(refused).rejects.toMatchObject({ code: 'denied' })
    const checks = await refused.catch((error: unknown) =>
      error instanceof Refused ? (error.particulars.checks ?? []) : [],
    )
    if (!Array.isArray(checks)) throw new Error('it was signed')
    expect(checks.filter(({ ok }) => !ok)).toMatchObject([{ got: '1001', allowed: expect.stringContaining('1000') }])
    expect(checks.filter(({ ok }) => ok).length).toBeGreaterThan(2)
  })

  test('for a key without a grant is the one for a key that is not there', async () => {
    const other = await payingKey(house)
    const answers = [other.id, 'key_00000000000000000000000000'].map((name) =>
      house.signing.sign(transaction(payment(0), { key: name }), house.as(app)).catch((error: unknown) => error),
    )
    const [granted, absent] = await Promise.all(answers)
    expect(granted).toMatchObject({ code: 'key-not-found' })
    expect(String(granted)).toBe(String(absent))
  })

  test('meets the administrator too: administering is not signing', async () => {
    const refused = house.signing.sign(transaction(payment(11)), house.operator())
    await expect(refused).rejects.toMatchObject({ code: 'denied' })
  })

  test('of a fresh key is total', async () => {
    const fresh = await house.keyring.create({ backend: 'sealed', family: 'evm', kind: 'decoded' }, house.operator())
    const holder = await client(house, signer(fresh), 'holder of a fresh key')
    const refused = house.signing.sign(transaction(payment(0), { key: fresh.id }), house.as(holder))
    const hint = expect.stringContaining('no rules yet') as string
    await expect(refused).rejects.toMatchObject({ code: 'denied', particulars: { hint } })
  })

  test('of a key whose rules name no operation is total, and says why', async () => {
    const key = await house.keyring.create({ backend: 'sealed', family: 'evm', kind: 'decoded' }, house.operator())
    await house.keyring.putRules(key.id, { ...noRules, networks: [network] }, 0, house.operator())
    const holder = await client(house, signer(key), 'holder of a key without operations')
    const refused = house.signing.sign(transaction(payment(0), { key: key.id }), house.as(holder))
    const hint = expect.stringContaining('name no operation') as string
    await expect(refused).rejects.toMatchObject({ code: 'denied', particulars: { hint } })
  })

  test('is on record', async () => {
    await house.signing.sign(transaction(payment(12, '5000')), house.as(app)).catch(() => {})
    await expect
      .poll(async () => {
        const { entries } = await house.store.latestEntries({ limit: 20 }, house.operator().deadline)
        return entries.some(({ body }) => body.includes('"kind":"refused"') && body.includes('"got":"5000"'))
      })
      .toBe(true)
  })
})

describe('freezing', () => {
  test('a key stops it, and thawing starts it again', async () => {
    await house.freezing.freeze({ key: key.id }, house.operator())
    await expect(house.signing.sign(transaction(payment(20)), house.as(app))).rejects.toMatchObject({ code: 'frozen' })
    await house.freezing.thaw({ key: key.id }, house.operator())
    await expect(house.signing.sign(transaction(payment(20)), house.as(app))).resolves.toMatchObject({ key: key.id })
  })

  test('everything stops every key', async () => {
    await house.freezing.freeze({ everything: true }, house.operator())
    await expect(house.signing.sign(transaction(payment(21)), house.as(app))).rejects.toMatchObject({ code: 'frozen' })
    await house.freezing.thaw({ everything: true }, house.operator())
  })
})

describe('an idempotency key', () => {
  const idempotency = { route: 'sign', key: 'order-1', bodyHash: `0x${'11'.repeat(32)}` } as const

  test('gives the same attempt and answer again', async () => {
    const request = transaction(payment(30), { idempotency })
    const first = await house.signing.sign(request, house.as(app))
    expect(await house.signing.sign(request, house.as(app))).toEqual(first)
  })

  test('used for another body is refused', async () => {
    const other = { ...idempotency, bodyHash: `0x${'22'.repeat(32)}` } as const
    const refused = house.signing.sign(transaction(payment(31), { idempotency: other }), house.as(app))
    await expect(refused).rejects.toMatchObject({ code: 'idempotency-conflict' })
  })
})

test('what was signed survives a restart, and so do the claims', async () => {
  const before = await house.signing.sign(transaction(payment(40)), house.as(app))
  await house.close()
  house = await openHouse({ folder: house.folder })
  expect((await house.signing.sign(transaction(payment(40)), house.as(app))).signed).toEqual(before.signed)
  const other = house.signing.sign(transaction(payment(40, '6')), house.as(app))
  await expect(other).rejects.toMatchObject({ code: 'conflicts-with-earlier' })
})
