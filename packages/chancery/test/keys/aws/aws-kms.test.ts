import { afterAll, beforeAll, expect, test } from 'vitest'
import { secp256k1 } from '../../../src/curves/secp256k1.ts'
import { ed25519 } from '../../../src/curves/ed25519.ts'
import { errorOf, keyBackendContract, newKeyId, soon } from '../../contract/key-backend.ts'
import { startAws } from './emulator.ts'

let aws: Awaited<ReturnType<typeof startAws>>

beforeAll(async () => {
  aws = await startAws()
})
afterAll(() => aws.close())

keyBackendContract('aws-kms with secp256k1', () => ({ backend: aws.backend, curve: secp256k1 }))
keyBackendContract('aws-kms with Ed25519', () => ({ backend: aws.backend, curve: ed25519 }))

test('Schnorr is refused, for no KMS signs it, and has no key spec', async () => {
  const work = aws.backend.create({ id: newKeyId(), algorithm: 'secp256k1-schnorr' }, soon())
  expect(await errorOf(work)).toMatchObject({ code: 'not-supported', message: 'No KMS signs Schnorr' })
  expect(aws.backend.keySpec?.('secp256k1-schnorr')).toBeUndefined()
  expect(aws.backend.keySpec?.('secp256k1-ecdsa')).toBe('ECC_SECG_P256K1')
  expect(aws.backend.keySpec?.('ed25519')).toBe('ECC_NIST_EDWARDS25519')
})
