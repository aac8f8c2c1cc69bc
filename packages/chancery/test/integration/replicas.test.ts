/** Two replicas on one PostgreSQL: what one is told holds on the other, and neither signs what the other's claim forbids. */
import { recoverTransactionAddress } from 'viem'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest'
import { startEmulator, type RunningEmulator } from '../../../aws-emulator/src/index.ts'
import { systemClock } from '../../src/base/clock.ts'
import type { KeyBackend } from '../../src/core/backend.ts'
import type { KeyRecord } from '../../src/core/key.ts'
import type { SignReply, SignRequest } from '../../src/core/services.ts'
import { createAwsKms } from '../../src/keys/aws/aws-kms.ts'
import { sourceOf } from '../../src/register/source.ts'
import { verifyRegister } from '../../src/register/verify.ts'
import { Secret } from '../../src/base/secret.ts'
import { useCredentials } from '../keys/aws/emulator.ts'
import { startCluster, type Cluster } from '../store/postgres-cluster.ts'
import { network, payingKey, payment, signer } from './house.ts'
import { apiKey, openReplica, type Replica } from './replicas.ts'
import { againstClock, tooSlow } from '../against-clock.ts'

let cluster: Cluster
let emulator: RunningEmulator
let one: Replica
let two: Replica
let key: KeyRecord
let app: string

beforeAll(async () => {
  cluster = await startCluster()
  emulator = await startEmulator({ seed: 'replicas' })
  useCredentials(emulator.credentials)
}, 60_000)

afterAll(async () => {
  await emulator.close()
  await cluster.stop()
}, 60_000)

beforeEach(async () => {
  const url = await cluster.database()
  one = await openReplica('one', url, { extraBackends: [await kms()] })
  two = await openReplica('two', url, { extraBackends: [await kms()] })
  key = await payingKey(one)
  app = await apiKey(one, signer(key), 'app')
})

afterEach(async () => {
  await one.close()
  await two.close()
})

const kms = (): Promise<KeyBackend> =>
  createAwsKms({ region: emulator.region, endpoint: emulator.url, installation: 'ins_test', clock: systemClock })

const request = (value: unknown, of: KeyRecord = key): SignRequest => ({
  key: of.id,
  operation: 'sign:transaction',
  network,
  value,
})

const signOn = async (replica: Replica, asked: SignRequest, secret = app): Promise<SignReply> =>
  replica.signing.sign(asked, await replica.asks(secret))

function rawOf({ signed }: SignReply): string {
  const { raw } = signed.result
  if (typeof raw === 'string') return raw
  throw new Error('the reply holds no raw transaction')
}

const released = (results: readonly PromiseSettledResult<SignReply>[]) =>
  results.flatMap((result) => (result.status === 'fulfilled' ? [rawOf(result.value)] : []))

const verified = () =>
  verifyRegister(sourceOf(one.store, systemClock), { stateKey: new Secret(new Uint8Array(32).fill(1)) })

describe('what one replica was told', () => {
  test('holds on the other at its next request: client, key and rules', async () => {
    const raw = rawOf(await signOn(two, request(payment(0)))) as `0x02${string}`
    expect(await recoverTransactionAddress({ serializedTransaction: raw })).toBe(key.address)
    const later = await payingKey(one)
    const other = await apiKey(one, signer(later), 'other')
    expect((await two.keyring.get(later.id, await two.asks(other))).rulesVersion).toBe(1)
    expect((await signOn(two, request(payment(0), later), other)).key).toBe(later.id)
  })

  test('about the rules is judged on the other', async () => {
    await expect(signOn(two, request(payment(0, '1001')))).rejects.toMatchObject({ code: 'denied' })
    const { version, value } = await one.keyring.rules(key.id, one.operator())
    const more = { ...value, maximums: { [`${network}/slip44:60`]: '2000' } }
    await one.keyring.putRules(key.id, more, version, one.operator())
    await signOn(two, request(payment(0, '1001')))
    await one.keyring.putRules(key.id, value, version + 1, one.operator())
    await expect(signOn(two, request(payment(1, '1001')))).rejects.toMatchObject({ code: 'denied' })
  })

  test('is asked for in vain with a key that one of them took back', async () => {
    const client = (await two.asks(app)).principal.client
    await one.clients.remove(client, one.operator())
    await expect(two.asks(app)).rejects.toMatchObject({ code: 'unauthenticated' })
  })
})

describe('the very next request on the other, already past its door', () => {
  const freezes: readonly (readonly [string, () => Parameters<Replica['freezing']['freeze']>[0]])[] = [
    ['a key', () => ({ key: key.id })],
    ['a client', () => ({ client: clientOf(app) })],
    ['everything', () => ({ everything: true })],
  ]

  test.each(freezes)('is stopped by a freeze of %s, and goes on after a thaw', async (_, target) => {
    const asked = await two.asks(app)
    await two.signing.sign(request(payment(0)), asked)
    await one.freezing.freeze(target(), one.operator())
    await expect(two.signing.sign(request(payment(1)), asked)).rejects.toMatchObject({ code: 'frozen' })
    // What it signed before is not handed out again either.
    await expect(two.signing.sign(request(payment(0)), asked)).rejects.toMatchObject({ code: 'frozen' })
    await one.freezing.thaw(target(), one.operator())
    await signOn(two, request(payment(1)))
  })

  test('has the grants the client holds now, not those it came with', async () => {
    const asked = await two.asks(app)
    const { client } = asked.principal
    const { version } = await one.clients.get(client, one.operator())
    await one.clients.putGrants(
      client,
      [{ operations: ['keys:read'], keys: [key.id], networks: '*' }],
      version,
      one.operator(),
    )
    await expect(two.signing.sign(request(payment(0)), asked)).rejects.toMatchObject({ code: 'denied' })
  })

  test('is nobody when its API key was taken back', async () => {
    const asked = await two.asks(app)
    const { client } = asked.principal
    await one.clients.addSecret(client, 1, one.operator())
    const [first] = (await one.clients.get(client, one.operator())).value.secrets
    await one.clients.removeSecret(client, String(first?.id), one.operator())
    await expect(two.signing.sign(request(payment(0)), asked)).rejects.toMatchObject({ code: 'unauthenticated' })
  })
})

describe('raced over both', () => {
  test('a hundred conflicting signatures give one root a nonce', async () => {
    const [first, second] = [await one.asks(app), await two.asks(app)]
    const asked = Array.from({ length: 100 }, (_, i) => {
      const [replica, call] = i % 2 === 0 ? ([one, first] as const) : ([two, second] as const)
      return replica.signing.sign(request(payment(i % 5, String(i))), call)
    })
    const results = await Promise.allSettled(asked)
    expect(new Set(released(results)).size).toBe(5)
    const refused = results.filter(({ status }) => status === 'rejected')
    expect(refused).toHaveLength(95)
    for (const result of refused) expect(result).toMatchObject({ reason: { code: 'conflicts-with-earlier' } })
    expect((await verified()).findings).toEqual([])
  })

  test('one transaction of a KMS key, whose signatures are random, has one signature', async () => {
    const random = await payingKey(one, {}, 'aws-kms')
    const secret = await apiKey(one, signer(random), 'random')
    const asked = Array.from({ length: 20 }, (_, i) =>
      signOn(i % 2 === 0 ? one : two, request(payment(0), random), secret),
    )
    const raws = released(await Promise.allSettled(asked))
    expect(raws).toHaveLength(20)
    expect(new Set(raws).size).toBe(1)
  })

  test('one Idempotency-Key has one answer, whatever else it is sent with is refused', async () => {
    const idempotency = (bodyHash: `0x${string}`) => ({ route: 'sign', key: 'payout-1', bodyHash })
    const asked = Array.from({ length: 10 }, (_, i) =>
      signOn(i % 2 === 0 ? one : two, { ...request(payment(0)), idempotency: idempotency(`0x${'11'.repeat(32)}`) }),
    )
    const replies = await Promise.all(asked)
    expect(new Set(replies.map(rawOf)).size).toBe(1)
    expect(new Set(replies.map(({ attempt }) => attempt)).size).toBe(1)
    const other = { ...request(payment(1)), idempotency: idempotency(`0x${'22'.repeat(32)}`) }
    await expect(signOn(two, other)).rejects.toMatchObject({ code: 'idempotency-conflict' })
  })
})

test(
  'a store that is killed fails what is asked within a second, and both go on by themselves',
  againstClock,
  async () => {
    const calls = [await one.asks(app), await two.asks(app)]
    await cluster.kill()
    const started = performance.now()
    const failing = [one, two].map((replica, i) =>
      replica.signing.sign(request(payment(i)), calls[i] ?? replica.operator()),
    )
    for (const result of await Promise.allSettled(failing)) {
      expect(result).toMatchObject({
        reason: { code: expect.stringMatching(/^(in-doubt|store-unavailable|deadline-exceeded)$/) },
      })
    }
    await expect(two.asks(app)).rejects.toMatchObject({
      code: expect.stringMatching(/^(store-unavailable|deadline-exceeded)$/),
    })
    const took = performance.now() - started
    await cluster.start()
    for (const [i, replica] of [one, two].entries()) {
      await vi.waitFor(() => signOn(replica, request(payment(10 + i))), { timeout: 15_000, interval: 100 })
    }
    expect((await verified()).findings).toEqual([])
    expect(took, tooSlow).toBeLessThan(1_500)
  },
)

function clientOf(secret: string): `cli_${string}` {
  return `cli_${secret.split('_')[1] ?? ''}`
}
