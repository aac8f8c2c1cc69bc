import {
  constants,
  createPrivateKey,
  createPublicKey,
  generateKeyPairSync,
  publicEncrypt,
  sign,
  verify,
} from 'node:crypto'
import * as kms from '@aws-sdk/client-kms'
import { describe, expect, it } from 'vitest'
import { kmsClient, refusal, start } from './clients.ts'

const DAY = 86_400_000

async function newKey(client: kms.KMSClient, input: kms.CreateKeyCommandInput = {}): Promise<string> {
  return (await client.send(new kms.CreateKeyCommand(input))).KeyMetadata?.Arn ?? ''
}

describe('encryption', () => {
  it('binds a ciphertext to key and context, and finds the key in it', async () => {
    const client = kmsClient(await start())
    const KeyId = await newKey(client)
    const EncryptionContext = { b: '2', a: '1' }
    const Plaintext = Buffer.from('secret')
    const { CiphertextBlob } = await client.send(new kms.EncryptCommand({ KeyId, Plaintext, EncryptionContext }))
    const opened = await client.send(new kms.DecryptCommand({ CiphertextBlob, EncryptionContext: { a: '1', b: '2' } }))
    expect(opened.KeyId).toBe(KeyId)
    expect(Buffer.from(opened.Plaintext ?? [])).toEqual(Plaintext)
    const other = client.send(new kms.DecryptCommand({ CiphertextBlob, EncryptionContext: { a: '1', b: '3' } }))
    expect((await refusal(other)).name).toBe('InvalidCiphertextException')
  })

  it('does not decrypt with a disabled key', async () => {
    const client = kmsClient(await start())
    const KeyId = await newKey(client)
    const { CiphertextBlob } = await client.send(new kms.EncryptCommand({ KeyId, Plaintext: Buffer.from('x') }))
    await client.send(new kms.DisableKeyCommand({ KeyId }))
    expect((await refusal(client.send(new kms.DecryptCommand({ CiphertextBlob })))).name).toBe('DisabledException')
  })
})

describe('data keys', () => {
  it('come with their own ciphertext', async () => {
    const client = kmsClient(await start())
    const KeyId = await newKey(client)
    const made = await client.send(new kms.GenerateDataKeyCommand({ KeyId, NumberOfBytes: 64 }))
    const opened = await client.send(new kms.DecryptCommand({ CiphertextBlob: made.CiphertextBlob }))
    expect(opened.Plaintext).toEqual(made.Plaintext)
    expect(made.Plaintext).toHaveLength(64)
    const both = client.send(new kms.GenerateDataKeyCommand({ KeyId, NumberOfBytes: 64, KeySpec: 'AES_256' }))
    expect((await refusal(both)).message).toBe('Please specify either number of bytes or key spec, but not both.')
  })

  it.each(['ECC_SECG_P256K1', 'ECC_NIST_P256', 'ECC_NIST_EDWARDS25519', 'RSA_2048'] as const)(
    'pairs of %s work, and decrypt to the same private key',
    async (KeyPairSpec) => {
      const client = kmsClient(await start())
      const KeyId = await newKey(client)
      const pair = await client.send(new kms.GenerateDataKeyPairCommand({ KeyId, KeyPairSpec }))
      const opened = await client.send(new kms.DecryptCommand({ CiphertextBlob: pair.PrivateKeyCiphertextBlob }))
      expect(opened.Plaintext).toEqual(pair.PrivateKeyPlaintext)
      const secret = createPrivateKey({ key: Buffer.from(opened.Plaintext ?? []), format: 'der', type: 'pkcs8' })
      const spki = createPublicKey({ key: Buffer.from(pair.PublicKey ?? []), format: 'der', type: 'spki' })
      const hash = KeyPairSpec === 'ECC_NIST_EDWARDS25519' ? null : 'sha256'
      expect(verify(hash, Buffer.from('m'), spki, sign(hash, Buffer.from('m'), secret))).toBe(true)
    },
  )
})

describe('import', () => {
  const external = { Origin: 'EXTERNAL', KeySpec: 'ECC_SECG_P256K1', KeyUsage: 'SIGN_VERIFY' } as const

  async function parameters(client: kms.KMSClient, KeyId: string) {
    const wanted = { KeyId, WrappingAlgorithm: 'RSAES_OAEP_SHA_256', WrappingKeySpec: 'RSA_2048' } as const
    const { PublicKey, ImportToken } = await client.send(new kms.GetParametersForImportCommand(wanted))
    const key = createPublicKey({ key: Buffer.from(PublicKey ?? []), format: 'der', type: 'spki' })
    const wrap = (bytes: Buffer) =>
      publicEncrypt({ key, padding: constants.RSA_PKCS1_OAEP_PADDING, oaepHash: 'sha256' }, bytes)
    return { ImportToken, wrap }
  }

  function secp256k1() {
    const pair = generateKeyPairSync('ec', { namedCurve: 'secp256k1' })
    return { publicKey: pair.publicKey, pkcs8: pair.privateKey.export({ format: 'der', type: 'pkcs8' }) }
  }

  async function importKey(client: kms.KMSClient, KeyId: string, material: Buffer, ValidTo?: Date) {
    const { ImportToken, wrap } = await parameters(client, KeyId)
    const ExpirationModel = ValidTo === undefined ? 'KEY_MATERIAL_DOES_NOT_EXPIRE' : 'KEY_MATERIAL_EXPIRES'
    const EncryptedKeyMaterial = wrap(material)
    return client.send(
      new kms.ImportKeyMaterialCommand({ KeyId, ImportToken, EncryptedKeyMaterial, ExpirationModel, ValidTo }),
    )
  }

  it('signs with the imported key, whose material cannot be replaced', async () => {
    const client = kmsClient(await start())
    const KeyId = await newKey(client, external)
    const { publicKey, pkcs8 } = secp256k1()
    await importKey(client, KeyId, pkcs8)
    const sent = { KeyId, Message: Buffer.from('m'), SigningAlgorithm: 'ECDSA_SHA_256' } as const
    const { Signature } = await client.send(new kms.SignCommand(sent))
    expect(verify('sha256', Buffer.from('m'), publicKey, Buffer.from(Signature ?? []))).toBe(true)
    const other = await refusal(importKey(client, KeyId, secp256k1().pkcs8))
    expect(other.name).toBe('IncorrectKeyMaterialException')
    await client.send(new kms.DeleteImportedKeyMaterialCommand({ KeyId }))
    expect((await refusal(importKey(client, KeyId, secp256k1().pkcs8))).name).toBe('IncorrectKeyMaterialException')
    await importKey(client, KeyId, pkcs8)
  })

  it('stops working when the material expires', async () => {
    const emulator = await start()
    const client = kmsClient(emulator)
    const KeyId = await newKey(client, external)
    await importKey(client, KeyId, secp256k1().pkcs8, new Date(Date.now() + DAY))
    emulator.advance(DAY + 1000)
    const refused = await refusal(client.send(new kms.GetPublicKeyCommand({ KeyId })))
    expect(refused).toMatchObject({ name: 'KMSInvalidStateException', message: `${KeyId} is pending import.` })
  })

  it('is done for each replica of a multi-Region key anew, with the same material', async () => {
    const emulator = await start({ otherRegions: ['eu-west-1'] })
    const [here, there] = [kmsClient(emulator), kmsClient(emulator, { region: 'eu-west-1' })]
    const KeyId = (await newKey(here, { ...external, MultiRegion: true })).split('/')[1] ?? ''
    const { pkcs8 } = secp256k1()
    await importKey(here, KeyId, pkcs8)
    await here.send(new kms.ReplicateKeyCommand({ KeyId, ReplicaRegion: 'eu-west-1' }))
    const spki = async (client: kms.KMSClient) => (await client.send(new kms.GetPublicKeyCommand({ KeyId }))).PublicKey
    expect((await refusal(spki(there))).name).toBe('KMSInvalidStateException')
    expect((await refusal(importKey(there, KeyId, secp256k1().pkcs8))).name).toBe('IncorrectKeyMaterialException')
    await importKey(there, KeyId, pkcs8)
    expect(await spki(there)).toEqual(await spki(here))
  })

  it('refuses a token that is old or belongs to another key, and material of another spec', async () => {
    const emulator = await start()
    const client = kmsClient(emulator)
    const [KeyId, other] = [await newKey(client, external), await newKey(client, external)]
    const { ImportToken, wrap } = await parameters(client, other)
    const EncryptedKeyMaterial = wrap(secp256k1().pkcs8)
    const sent = { ImportToken, EncryptedKeyMaterial, ExpirationModel: 'KEY_MATERIAL_DOES_NOT_EXPIRE' } as const
    const stranger = await refusal(client.send(new kms.ImportKeyMaterialCommand({ ...sent, KeyId })))
    expect(stranger.name).toBe('InvalidImportTokenException')
    const p256 = generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey.export({ format: 'der', type: 'pkcs8' })
    expect((await refusal(importKey(client, KeyId, p256))).name).toBe('IncorrectKeyMaterialException')
    emulator.advance(DAY + 1000)
    const late = await refusal(client.send(new kms.ImportKeyMaterialCommand({ ...sent, KeyId: other })))
    expect(late.name).toBe('ExpiredImportTokenException')
  })
})
