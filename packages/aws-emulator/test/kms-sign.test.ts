import { createHash, createPublicKey, verify as nodeVerify } from 'node:crypto'
import {
  CreateKeyCommand,
  GetPublicKeyCommand,
  type KeySpec,
  type KMSClient,
  SignCommand,
  type SignCommandInput,
  VerifyCommand,
} from '@aws-sdk/client-kms'
import { expect, it } from 'vitest'
import { kmsClient, refusal, start } from './clients.ts'

const HALF_ORDER = 0x7fffffffffffffffffffffffffffffff5d576e7357a4501ddfe92f46681b20a0n

async function signer(client: KMSClient, spec: KeySpec = 'ECC_SECG_P256K1') {
  const { KeyMetadata } = await client.send(new CreateKeyCommand({ KeySpec: spec, KeyUsage: 'SIGN_VERIFY' }))
  const KeyId = KeyMetadata?.KeyId ?? ''
  const { PublicKey } = await client.send(new GetPublicKeyCommand({ KeyId }))
  const spki = Buffer.from(PublicKey ?? [])
  const sign = async (more: Omit<SignCommandInput, 'KeyId'>): Promise<Buffer> => {
    const { Signature } = await client.send(new SignCommand({ KeyId, ...more }))
    return Buffer.from(Signature ?? [])
  }
  return {
    KeyId,
    arn: KeyMetadata?.Arn ?? '',
    spki,
    publicKey: createPublicKey({ key: spki, format: 'der', type: 'spki' }),
    sign,
  }
}

const sha256 = (data: string) => createHash('sha256').update(data).digest()

function readS(der: Buffer): bigint {
  const at = 4 + (der[3] ?? 0)
  return BigInt(`0x${der.subarray(at + 2).toString('hex')}`)
}

it('signs a secp256k1 digest that OpenSSL verifies, and answers with the key ARN', async () => {
  const client = kmsClient(await start())
  const key = await signer(client)
  const sent = {
    KeyId: key.KeyId,
    Message: sha256('hello'),
    MessageType: 'DIGEST',
    SigningAlgorithm: 'ECDSA_SHA_256',
  } as const
  const answer = await client.send(new SignCommand(sent))
  expect(answer.KeyId).toBe(key.arn)
  expect(nodeVerify('sha256', Buffer.from('hello'), key.publicKey, Buffer.from(answer.Signature ?? []))).toBe(true)
  expect(key.spki).toHaveLength(88)
})

it.each([
  ['ECC_NIST_P256', 'ECDSA_SHA_256', 'sha256'],
  ['ECC_NIST_P384', 'ECDSA_SHA_384', 'sha384'],
  ['ECC_NIST_P521', 'ECDSA_SHA_512', 'sha512'],
  ['ECC_SECG_P256K1', 'ECDSA_SHA_256', 'sha256'],
] as const)('signs a raw message with %s', async (spec, algorithm, hash) => {
  const key = await signer(kmsClient(await start()), spec)
  for (let n = 0; n < 5; n++) {
    const Message = Buffer.from(`message ${n}`)
    const signature = await key.sign({ Message, SigningAlgorithm: algorithm })
    expect(nodeVerify(hash, Message, key.publicKey, signature)).toBe(true)
  }
})

it('makes s high about half of the time, and DER of several lengths', async () => {
  const key = await signer(kmsClient(await start({ seed: 'spread' })))
  const signatures: Buffer[] = []
  for (let n = 0; n < 200; n++) {
    signatures.push(
      await key.sign({ Message: sha256(`${n}`), MessageType: 'DIGEST', SigningAlgorithm: 'ECDSA_SHA_256' }),
    )
  }
  const high = signatures.filter((der) => readS(der) > HALF_ORDER).length
  expect(high).toBeGreaterThan(70)
  expect(high).toBeLessThan(130)
  expect(new Set(signatures.map((der) => der.length))).toEqual(new Set([70, 71, 72]))
})

it('signs Ed25519 raw messages', async () => {
  const key = await signer(kmsClient(await start()), 'ECC_NIST_EDWARDS25519')
  const Message = Buffer.from('raw')
  const signature = await key.sign({ Message, SigningAlgorithm: 'ED25519_SHA_512' })
  expect(nodeVerify(null, Message, key.publicKey, signature)).toBe(true)
  expect(key.spki).toHaveLength(44)
})

it('takes RAW only for Ed25519 and DIGEST only for Ed25519ph', async () => {
  const client = kmsClient(await start())
  const key = await signer(client, 'ECC_NIST_EDWARDS25519')
  const Message = Buffer.alloc(64, 7)
  const digest = { Message, MessageType: 'DIGEST', SigningAlgorithm: 'ED25519_PH_SHA_512' } as const
  const Signature = await key.sign(digest)
  const verified = await client.send(new VerifyCommand({ KeyId: key.KeyId, ...digest, Signature }))
  expect(verified.SignatureValid).toBe(true)
  const pureDigest = await refusal(key.sign({ ...digest, SigningAlgorithm: 'ED25519_SHA_512' }))
  const prehashRaw = await refusal(key.sign({ ...digest, MessageType: 'RAW' }))
  expect([pureDigest.name, prehashRaw.name]).toEqual(['ValidationException', 'ValidationException'])
})

it('refuses messages over 4096 bytes and digests of a wrong length', async () => {
  const key = await signer(kmsClient(await start()))
  const long = await refusal(key.sign({ Message: Buffer.alloc(4097), SigningAlgorithm: 'ECDSA_SHA_256' }))
  expect(long.message).toBe(
    "1 validation error detected: Value at 'message' failed to satisfy constraint: Member must have length less than or equal to 4096",
  )
  const wanted = { MessageType: 'DIGEST', SigningAlgorithm: 'ECDSA_SHA_256' } as const
  const short = await refusal(key.sign({ ...wanted, Message: Buffer.alloc(31) }))
  expect(short.message).toBe('Digest is invalid length for algorithm ECDSA_SHA_256.')
})

it('answers a dry run with DryRunOperationException, and makes no signature', async () => {
  const emulator = await start()
  const key = await signer(kmsClient(emulator))
  const tried = key.sign({ Message: Buffer.from('x'), SigningAlgorithm: 'ECDSA_SHA_256', DryRun: true })
  expect((await refusal(tried)).name).toBe('DryRunOperationException')
  expect(emulator.calls.at(-1)?.signature).toBeUndefined()
})

it('says what another algorithm and another usage are refused for', async () => {
  const client = kmsClient(await start())
  const key = await signer(client)
  const wrong = await refusal(key.sign({ Message: Buffer.from('x'), SigningAlgorithm: 'ECDSA_SHA_384' }))
  expect(wrong).toMatchObject({
    name: 'InvalidKeyUsageException',
    message: 'Algorithm ECDSA_SHA_384 is incompatible with key spec ECC_SECG_P256K1.',
  })
  const sent = { KeyId: key.KeyId, Message: Buffer.from('x') } as const
  const missing = await refusal(client.send(new SignCommand({ ...sent, SigningAlgorithm: undefined })))
  expect(missing.message).toBe(
    "1 validation error detected: Value null at 'signingAlgorithm' failed to satisfy constraint: Member must not be null",
  )
})

it.each([
  ['an s of zero', (der: Buffer) => Buffer.from('3006020101020100', 'hex').subarray(0, der.length)],
  ['a byte after the end', (der: Buffer) => Buffer.concat([der, Buffer.alloc(1)])],
  ['a flipped bit', (der: Buffer) => Buffer.concat([der.subarray(0, -1), Buffer.from([(der.at(-1) ?? 0) ^ 1])])],
])('does not verify a signature with %s', async (_, spoil) => {
  const client = kmsClient(await start())
  const key = await signer(client)
  const sent = { KeyId: key.KeyId, Message: Buffer.from('x'), SigningAlgorithm: 'ECDSA_SHA_256' } as const
  const signature = await key.sign({ Message: sent.Message, SigningAlgorithm: 'ECDSA_SHA_256' })
  const tried = client.send(new VerifyCommand({ ...sent, Signature: spoil(signature) }))
  expect((await refusal(tried)).name).toBe('KMSInvalidSignatureException')
})

it('logs the message and the signature of each Sign', async () => {
  const emulator = await start()
  const key = await signer(kmsClient(emulator))
  const signature = await key.sign({ Message: sha256('m'), MessageType: 'DIGEST', SigningAlgorithm: 'ECDSA_SHA_256' })
  expect(emulator.calls.at(-1)).toMatchObject({
    service: 'kms',
    operation: 'Sign',
    key: key.arn,
    messageType: 'DIGEST',
    message: sha256('m').toString('hex'),
    messageSha256: createHash('sha256').update(sha256('m')).digest('hex'),
    signature: signature.toString('hex'),
    result: 'ok',
  })
})
