import { randomBytes } from 'node:crypto'
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest'
import { systemClock, type Clock } from '../../../src/base/clock.ts'
import { deadlineIn } from '../../../src/base/deadline.ts'
import { Secret } from '../../../src/base/secret.ts'
import { secp256k1 } from '../../../src/curves/secp256k1.ts'
import { createSealed, type SealedBackend } from '../../../src/keys/sealed/sealed.ts'
import { clearedFor, codeOf, keyBackendContract, newKeyId, refOf } from '../../contract/key-backend.ts'

let backend: SealedBackend

beforeAll(async () => {
  backend = await createSealed({ keyEncryptionKey: new Secret(randomBytes(32)), clock: systemClock })
})
afterAll(() => backend.close())

keyBackendContract('sealed', () => ({ backend, curve: secp256k1 }))

test('a key that was enabled through another process signs again in the one that disabled it', async () => {
  let passed = 0
  const clock: Clock = { now: systemClock.now, monotonic: () => systemClock.monotonic() + passed }
  const mine = await createSealed({ keyEncryptionKey: new Secret(randomBytes(32)), clock })
  onTestFinished(() => mine.close())
  const id = newKeyId()
  const ref = refOf(id, await mine.create({ id, algorithm: 'secp256k1-ecdsa' }, deadlineIn(5_000, clock)))
  const sign = () => codeOf(mine.sign(ref, clearedFor(ref, randomBytes(32), [], clock), deadlineIn(5_000, clock)))
  await mine.disable(ref, deadlineIn(5_000, clock))
  passed = 6_000
  expect(await sign()).toBe('key-state')
  passed = 12_000
  await expect(
    mine.sign(ref, clearedFor(ref, randomBytes(32), [], clock), deadlineIn(5_000, clock)),
  ).resolves.toHaveProperty('bytes')
})
