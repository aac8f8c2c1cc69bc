import { afterAll, beforeAll } from 'vitest'
import { ed25519 } from '../../../src/curves/ed25519.ts'
import { secp256k1 } from '../../../src/curves/secp256k1.ts'
import { secp256k1Schnorr } from '../../../src/curves/secp256k1-schnorr.ts'
import { keyBackendContract } from '../../contract/key-backend.ts'
import { startSsm } from './local.ts'

let aws: Awaited<ReturnType<typeof startSsm>>

beforeAll(async () => {
  aws = await startSsm()
})
afterAll(() => aws.close())

keyBackendContract('aws-ssm with Ed25519', () => ({ backend: aws.backend, curve: ed25519 }))
keyBackendContract('aws-ssm with secp256k1', () => ({ backend: aws.backend, curve: secp256k1 }))
keyBackendContract('aws-ssm with Schnorr', () => ({ backend: aws.backend, curve: secp256k1Schnorr }))
