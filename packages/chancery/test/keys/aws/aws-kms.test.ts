import { afterAll, beforeAll } from 'vitest'
import { secp256k1 } from '../../../src/curves/secp256k1.ts'
import { ed25519 } from '../../../src/curves/ed25519.ts'
import { keyBackendContract } from '../../contract/key-backend.ts'
import { startAws } from './emulator.ts'

let aws: Awaited<ReturnType<typeof startAws>>

beforeAll(async () => {
  aws = await startAws()
})
afterAll(() => aws.close())

keyBackendContract('aws-kms with secp256k1', () => ({ backend: aws.backend, curve: secp256k1 }))
keyBackendContract('aws-kms with Ed25519', () => ({ backend: aws.backend, curve: ed25519 }))
