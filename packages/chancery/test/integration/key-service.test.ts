/**
 * The methods of the original service over HTTP: which address `createKmsKey` goes by (P-06), what `signTransactionHash`
 * signs and what not (P-13 to P-16), and that one Idempotency-Key has one answer.
 */
import { secp256k1 } from '@noble/curves/secp256k1.js'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { fromHex, toHex } from '../../src/base/bytes.ts'
import { tiers } from '../../src/core/wallets.ts'
import { network as evm, someone } from './house.ts'
import { openWalletService, type WalletService } from './wallet-service.ts'

const algorand = 'algorand:SGO1GKSzyE7IEPItTxCByw9x8FmnrCDe'
const [hash, other] = [`0x${'5a'.repeat(32)}`, `0x${'a5'.repeat(32)}`]
const rights = ['keys:read', 'sign:digest'] as const

let house: WalletService
let keys: Readonly<Record<'sealed' | 'second' | 'aws-kms', string>>
let app: string

beforeAll(async () => {
  house = await openWalletService({ configuration: { networks: [{ id: evm }, { id: algorand }] } })
  keys = { sealed: await opaqueKey('sealed'), second: await opaqueKey('sealed'), 'aws-kms': await opaqueKey('aws-kms') }
  app = await house.newClient('app', [...rights])
}, 60_000)
afterAll(() => house.end())

async function opaqueKey(backend: string): Promise<string> {
  const { keys: made, rules } = house.service.operator
  const { id } = await made.create({ backend, family: 'evm', kind: 'opaque' })
  await rules.put(id, { operations: ['sign:digest'], networks: [] }, 0)
  return id
}

test('createKmsKey goes by no address that is given: there is none before there is a key', async () => {
  const headers = { 'x-api-key': await house.newClient('exchange', ['wallets:create']) }
  const wanted = { userId: 'first', asset: 'ETH', network: evm }
  const make = async (body: object) => {
    const reply = await house.service.ask('POST', '/v1/wallet-keys', { headers, body })
    return { status: reply.status, body: JSON.parse(reply.body) as Readonly<Record<string, unknown>> }
  }
  const made = await make({ ...wanted, address: someone })
  expect(made).toMatchObject({ status: 201, body: { tier: 'native', status: 'CREATED' } })
  expect(made.body['address']).not.toBe(someone)
  expect(await make(wanted)).toEqual(made)
})

interface Given {
  readonly key?: string
  readonly hash?: string
  /** The Idempotency-Key. */
  readonly name?: string
  readonly by?: string
}

async function ask({ key = keys.sealed, hash: signed = hash, name, by = app }: Given) {
  const headers = { 'x-api-key': by, ...(name === undefined ? {} : { 'idempotency-key': name }) }
  const reply = await house.service.ask('POST', `/v1/wallet-keys/${key}/sign-hash`, { headers, body: { hash: signed } })
  return { status: reply.status, body: JSON.parse(reply.body) as Readonly<Record<string, unknown>> }
}

const bytesOf = (value: unknown) => fromHex(String(value))

describe('a signature', () => {
  test.each(['sealed', 'aws-kms'] as const)(
    'of a key in %s is of the 32 bytes themselves, with low s',
    async (where) => {
      const { status, body } = await ask({ key: keys[where] })
      expect(status).toBe(200)
      const { publicKey } = await house.service.operator.wallets.getPublicKey(keys[where])
      const compact = bytesOf(body['compact'])
      // What KMS hashes once more, where it takes the digest for a message, verifies under no key.
      expect(secp256k1.verify(compact, fromHex(hash), fromHex(publicKey), { prehash: false, lowS: true })).toBe(true)
      expect(toHex(secp256k1.Signature.fromBytes(bytesOf(body['der']), 'der').toBytes())).toBe(body['compact'])
      expect(`${String(body['r'])}${String(body['s']).slice(2)}`).toBe(body['compact'])
      const signature = secp256k1.Signature.fromBytes(compact).addRecoveryBit(Number(body['yParity']))
      expect(toHex(signature.recoverPublicKey(fromHex(hash)).toBytes())).toBe(publicKey)
    },
  )

  test.each([`0x${'5a'.repeat(31)}`, `0x${'5a'.repeat(33)}`, '5a'.repeat(32), '0x', ''])(
    'of %j is none',
    async (text) => {
      expect(await ask({ hash: text })).toMatchObject({ status: 400, body: { code: 'invalid-request' } })
    },
  )

  test('of a key whose algorithm signs messages is refused with what to do instead', async () => {
    const wanted = { backend: 'sealed', family: 'algorand', network: algorand, kind: 'decoded' } as const
    const { id } = await house.service.operator.keys.create(wanted)
    const { status, body } = await ask({ key: id })
    expect([status, body['code']]).toEqual([422, 'not-supported'])
    expect(body['hint']).toMatch(/^USE_SIGN_MESSAGE: /)
  })
})

describe('no hash is signed', () => {
  const denied = { status: 403, body: { code: 'denied' } }

  test.each(tiers)("with a wallet's key of the tier %s, whatever the caller may", async (tier) => {
    const { operator } = house.service
    const { id } = await operator.wallets.create({ userId: tier, asset: 'ETH', network: evm, tier })
    const { keyId } = await operator.wallets.get(id)
    const code = tier === 'hd' ? 'not-supported' : 'wrong-network'
    expect(await ask({ key: String(keyId) })).toMatchObject({ status: 422, body: { code } })
  })

  test('with an opaque key that was given no rules', async () => {
    const { id } = await house.service.operator.keys.create({ backend: 'sealed', family: 'evm', kind: 'opaque' })
    expect(await ask({ key: id })).toMatchObject(denied)
  })

  test('for a client without the right', async () => {
    expect(await ask({ by: await house.newClient('reader', ['keys:read']) })).toMatchObject(denied)
  })
})

describe('under one Idempotency-Key', () => {
  const conflict = { status: 409, body: { code: 'idempotency-conflict' } }

  test('the same key and hash have the same answer, its attempt as well', async () => {
    const first = await ask({ name: 'again' })
    expect(first.status).toBe(200)
    expect(await ask({ name: 'again' })).toEqual(first)
    expect(await ask({ name: '"again"' })).toEqual(first)
    expect(house.service.broken).toEqual([])
  })

  test('another hash is a conflict', async () => {
    const first = await ask({ name: 'hash' })
    expect(await ask({ name: 'hash', hash: other })).toMatchObject(conflict)
    expect(await ask({ name: 'hash' })).toEqual(first)
  })

  test('another key is a conflict', async () => {
    await ask({ name: 'key' })
    expect(await ask({ name: 'key', key: keys.second })).toMatchObject(conflict)
  })

  test("another client's request is its own", async () => {
    await ask({ name: 'own' })
    const by = await house.newClient('other', [...rights])
    expect(await ask({ name: 'own', hash: other, by })).toMatchObject({ status: 200 })
  })
})

test('without an Idempotency-Key, the same hash has the same signature by another attempt', async () => {
  const [first, second] = [await ask({ key: keys['aws-kms'] }), await ask({ key: keys['aws-kms'] })]
  expect(second.body['der']).toEqual(first.body['der'])
  expect(second.body['attempt']).not.toEqual(first.body['attempt'])
})
