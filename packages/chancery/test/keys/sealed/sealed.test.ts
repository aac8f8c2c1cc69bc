import { randomBytes } from 'node:crypto'
import { afterAll, beforeAll } from 'vitest'
import { systemClock } from '../../../src/base/clock.ts'
import { Secret } from '../../../src/base/secret.ts'
import { secp256k1 } from '../../../src/curves/secp256k1.ts'
import { createSealed, type SealedBackend } from '../../../src/keys/sealed/sealed.ts'
import { keyBackendContract } from '../../contract/key-backend.ts'

let backend: SealedBackend

beforeAll(async () => {
  backend = await createSealed({ keyEncryptionKey: new Secret(randomBytes(32)), clock: systemClock })
})
afterAll(() => backend.close())

keyBackendContract('sealed', () => ({ backend, curve: secp256k1 }))
