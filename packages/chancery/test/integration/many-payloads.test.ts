/** One attempt with hundreds of key uses, such as a transaction of 300 inputs: how they take turns. */
import { afterAll, beforeAll, expect, test } from 'vitest'
import { sha256, utf8 } from '../../src/base/bytes.ts'
import { systemClock } from '../../src/base/clock.ts'
import { deadlineIn } from '../../src/base/deadline.ts'
import { Secret } from '../../src/base/secret.ts'
import { createEvm } from '../../src/chains/evm/chain.ts'
import type { KeyBackend, KeyCreator } from '../../src/core/backend.ts'
import type { Chain } from '../../src/core/chain.ts'
import { createSealed, type SealedBackend } from '../../src/keys/sealed/sealed.ts'
import { client, network, openHouse, payingKey, payment, removeFolder, signer, type TestHouse } from './house.ts'

const uses = 300

/** As the EVM, but a transaction is signed in hundreds of pieces. */
function manifold(): Chain {
  const evm = createEvm({ networks: [{ network }], assets: [] })
  const bytes = Array.from({ length: uses }, (_, i) => sha256(utf8(`piece ${i}`)))
  return {
    ...evm,
    payloads: (_, key) =>
      bytes.map((one) => ({ key, algorithm: 'secp256k1-ecdsa', bytes: one, prehashed: true, urgency: 1 })),
    assemble: (_, signatures) => ({ result: { signatures: signatures.length } }),
  }
}

let house: TestHouse
let keys: SealedBackend
/** Of each use: how long its clearance had to live when it came. */
const lives: number[] = []
let [now, most, failing, passed] = [0, 0, -1, 0]

/** Time passes with each use: all together take longer than a clearance lives. */
const clock = { now: systemClock.now, monotonic: () => systemClock.monotonic() + passed }

beforeAll(async () => {
  keys = await createSealed({ keyEncryptionKey: new Secret(new Uint8Array(32).fill(9)), clock: systemClock })
  const watched: KeyBackend & Pick<KeyCreator, 'create'> = {
    name: 'watched',
    algorithms: keys.algorithms,
    publicKey: (ref, deadline) => keys.publicKey(ref, deadline),
    async sign(ref, cleared, deadline) {
      most = Math.max(most, ++now)
      lives.push(cleared.expiresAt - clock.monotonic())
      passed += 20
      if (lives.length === failing) throw new Error('the back-end is lost')
      const raw = await keys.sign(ref, cleared, deadline)
      now--
      return raw
    },
    create: (request, deadline) => keys.create(request, deadline),
    close: async () => {},
  }
  house = await openHouse({ chains: [manifold()], extraBackends: [watched], clock })
})
afterAll(async () => {
  await house.close()
  await keys.close()
  await removeFolder(house)
})

test('at most 32 are under way, each cleared when its turn comes', async () => {
  const key = await payingKey(house, {}, 'watched')
  const app = await client(house, signer(key))
  lives.length = 0
  most = 0
  const request = { key: key.id, operation: 'sign:transaction', network, value: payment(0) } as const
  const { signed } = await house.signing.sign(request, { principal: app, deadline: deadlineIn(60_000, clock) })
  expect(signed.result).toEqual({ signatures: uses })
  expect(lives.length).toBe(uses)
  expect(most).toBe(32)
  expect(Math.min(...lives)).toBeGreaterThan(4_000)
})

test('after one that fails no other is begun', async () => {
  const key = await payingKey(house, {}, 'watched')
  const app = await client(house, signer(key), 'app of the failing')
  lives.length = 0
  now = 0
  failing = 40
  const request = { key: key.id, operation: 'sign:transaction', network, value: payment(0) } as const
  await expect(house.signing.sign(request, { principal: app, deadline: deadlineIn(60_000, clock) })).rejects.toThrow(
    'lost',
  )
  expect(lives.length).toBeLessThan(uses / 2)
})
