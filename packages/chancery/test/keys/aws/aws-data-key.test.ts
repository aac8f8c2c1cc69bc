import { randomBytes } from 'node:crypto'
import { mkdirSync, readdirSync, readFileSync, rmdirSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { DisableKeyCommand, EnableKeyCommand } from '@aws-sdk/client-kms'
import { schnorr as noble, secp256k1 as nobleCurve } from '@noble/curves/secp256k1.js'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { concat, toHex } from '../../../src/base/bytes.ts'
import type { Algorithm, KeyRef } from '../../../src/core/key.ts'
import { ed25519 } from '../../../src/curves/ed25519.ts'
import { publicKeyOf } from '../../../src/curves/ed25519/sign.ts'
import { secp256k1 } from '../../../src/curves/secp256k1.ts'
import { secp256k1Schnorr } from '../../../src/curves/secp256k1-schnorr.ts'
import { openBackup } from '../../../src/signers/backup.ts'
import { generateEnvelopeKeys } from '../../../src/signers/envelope.ts'
import { decodeWordList, encodeWordList, privateKeyOfWords } from '../../../src/signers/words.ts'
import {
  clearedBy,
  clearedFor,
  codeOf,
  errorOf,
  keyBackendContract,
  newKeyId,
  refOf,
  soon,
} from '../../contract/key-backend.ts'
import { installation } from './emulator.ts'
import { startDataKey, words } from './local.ts'

let aws: Awaited<ReturnType<typeof startDataKey>>

beforeAll(async () => {
  aws = await startDataKey()
})
afterEach(() => {
  aws.emulator.faults.clear()
  aws.emulator.clearCalls()
})
afterAll(() => aws.close())

keyBackendContract('aws-data-key with Ed25519', () => ({ backend: aws.backend, curve: ed25519 }))
keyBackendContract('aws-data-key with secp256k1', () => ({ backend: aws.backend, curve: secp256k1 }))
keyBackendContract('aws-data-key with Schnorr', () => ({ backend: aws.backend, curve: secp256k1Schnorr }))

const calls = (operation: string) => aws.emulator.calls.filter((call) => call.operation === operation)
const fileOf = (id: string) => join(aws.copies, `${id}.json`)
const sign = (ref: KeyRef, backend = aws.backend) => backend.sign(ref, clearedFor(ref, randomBytes(32)), soon())

async function makeKey(algorithm: Algorithm = 'ed25519'): Promise<KeyRef> {
  const id = newKeyId()
  return refOf(id, await aws.backend.create({ id, algorithm }, soon()))
}

it('tells whoever asked of the request that made the pair, by the id that AWS has for it', async () => {
  const heard: string[] = []
  const request = { id: newKeyId(), algorithm: 'ed25519', heard: (one: string) => void heard.push(one) } as const
  await aws.backend.create(request, soon())
  expect(heard).toEqual(calls('GenerateDataKeyPairWithoutPlaintext').map(({ requestId }) => requestId))
  expect(heard).toHaveLength(1)
})

describe('a data key pair of Schnorr', () => {
  it('has an x alone, and signs tweaked (BIP-341)', async () => {
    const ref = await makeKey('secp256k1-schnorr')
    expect(ref.publicKey.length).toBe(32)
    const tweak = noble.utils.taggedHash('TapTweak', ref.publicKey)
    const inner = nobleCurve.Point.fromBytes(concat(Uint8Array.of(2), ref.publicKey))
    const outer = inner.add(nobleCurve.Point.BASE.multiply(BigInt(toHex(tweak))))
    const publicKey = secp256k1Schnorr.publicKey(outer.toBytes())
    const message = Uint8Array.from(randomBytes(32))
    const raw = await aws.backend.sign(ref, clearedBy(ref, { path: [], tweak, publicKey }, message), soon())
    expect(() => secp256k1Schnorr.normalise(raw, message, publicKey)).not.toThrow()
  })

  it('is asked for as a pair of its curve', () => {
    expect(aws.backend.keySpec?.('secp256k1-schnorr')).toBe('ECC_SECG_P256K1')
    expect(aws.backend.keySpec?.('secp256k1-ecdsa')).toBe('ECC_SECG_P256K1')
    expect(aws.backend.keySpec?.('ed25519')).toBe('ECC_NIST_EDWARDS25519')
    expect(aws.backend.keySpec?.('bls12-381')).toBeUndefined()
  })

  it('does not open as one of ECDSA', async () => {
    const ref = await makeKey('secp256k1-schnorr')
    expect(await codeOf(sign({ ...ref, algorithm: 'secp256k1-ecdsa' }))).toMatch(/^backend-|^key-state/)
  })
})

describe('a data key pair', () => {
  it('is kept twice before its public key is told: in the record, and in a file for nobody else', async () => {
    const ref = await makeKey()
    expect(ref.data).toMatchObject({ arn: aws.keyArn, emulator: true })
    const copy: unknown = JSON.parse(readFileSync(fileOf(ref.id), 'utf8'))
    expect(copy).toEqual({
      v: 1,
      id: ref.id,
      algorithm: 'ed25519',
      publicKey: toHex(ref.publicKey),
      keyArn: aws.keyArn,
      context: { service: 'chancery', installation, key: ref.id, algorithm: 'ed25519' },
      ciphertext: ref.data['ciphertext'],
    })
    expect(statSync(fileOf(ref.id)).mode & 0o777).toBe(0o600)
    expect(statSync(aws.copies).mode & 0o777).toBe(0o700)
    expect(readdirSync(aws.copies).filter((name) => name.endsWith('.new'))).toEqual([])
  })

  it('of an interrupted creation is found in its file, by a process that never saw it', async () => {
    const asked = { id: newKeyId(), algorithm: 'secp256k1-ecdsa' } as const
    aws.emulator.faults.add({ kind: 'deny', operation: 'Decrypt' })
    expect(await codeOf(aws.backend.create(asked, soon()))).toBe('backend-denied')
    const left: unknown = JSON.parse(readFileSync(fileOf(asked.id), 'utf8'))
    aws.emulator.faults.clear()
    const later = await aws.open()
    const made = await later.create(asked, soon())
    await later.close()
    expect(left).toMatchObject({ publicKey: toHex(made.publicKey.bytes), ciphertext: made.data['ciphertext'] })
    expect(calls('GenerateDataKeyPairWithoutPlaintext')).toHaveLength(1)
  })

  it('is not told of where its copy cannot be written', async () => {
    const id = newKeyId()
    mkdirSync(`${fileOf(id)}.new`)
    const error = await errorOf(aws.backend.create({ id, algorithm: 'ed25519' }, soon()))
    rmdirSync(`${fileOf(id)}.new`)
    expect(error).toMatchObject({ code: 'backend-unavailable', message: expect.stringContaining(aws.copies) })
  })

  it('is refused where the file is of something else', async () => {
    const id = newKeyId()
    writeFileSync(fileOf(id), '{"v":1,"id":"key_other"}')
    expect(await codeOf(aws.backend.create({ id, algorithm: 'ed25519' }, soon()))).toBe('backend-failed')
  })

  it('opens under its own id, algorithm and installation only', async () => {
    const ref = await makeKey()
    expect(await codeOf(sign({ ...ref, id: newKeyId() }))).toBe('backend-failed')
    expect(await codeOf(sign({ ...ref, algorithm: 'secp256k1-ecdsa' }))).toBe('backend-failed')
    const stranger = await aws.open({ installation: 'ins_other' })
    const error = await errorOf(sign(ref, stranger))
    await stranger.close()
    expect(error).toMatchObject({ code: 'backend-failed', message: expect.stringContaining('encryption context') })
  })

  it('signs as its pinned public key or not at all', async () => {
    const ref = await makeKey()
    const other = await makeKey()
    const error = await errorOf(sign({ ...ref, publicKey: other.publicKey }))
    expect(error).toMatchObject({ code: 'backend-failed', message: expect.stringContaining('ADDRESS MISMATCH') })
  })

  it('is decrypted once for a batch', async () => {
    const ref = await makeKey()
    aws.emulator.clearCalls()
    const signatures = await Promise.all(Array.from({ length: 16 }, () => sign(ref)))
    expect(calls('Decrypt')).toHaveLength(1)
    const [{ requestId } = {}] = calls('Decrypt')
    expect(new Set(signatures.map(({ evidence }) => evidence))).toEqual(new Set([requestId]))
  })

  it('is probed without being decrypted', async () => {
    const ref = await makeKey()
    await aws.kms.send(new DisableKeyCommand({ KeyId: aws.keyArn }))
    const probed = await aws.backend.probe(ref, soon())
    const refused = await codeOf(sign(ref))
    await aws.kms.send(new EnableKeyCommand({ KeyId: aws.keyArn }))
    expect(probed).toMatchObject({ ok: false, code: 'key-state', finding: expect.stringContaining('disabled') })
    expect(refused).toBe('key-state')
  })

  it('hands its words to the recipient of a backup', async () => {
    const keys = generateEnvelopeKeys()
    const asked = { id: newKeyId(), algorithm: 'ed25519', backup: { words, recipient: keys.publicKey } } as const
    const made = await aws.backend.create(asked, soon())
    const text = openBackup(keys, asked.id, 'ed25519', made.backup ?? new Uint8Array())
    const seed = privateKeyOfWords(text, decodeWordList(encodeWordList(words)))
    expect(toHex(publicKeyOf(seed))).toBe(toHex(made.publicKey.bytes))
  })

  it('loses its copy when it is purged', async () => {
    const ref = await makeKey()
    await aws.backend.purge(ref, soon())
    await aws.backend.purge(ref, soon())
    expect(readdirSync(aws.copies)).not.toContain(`${ref.id}.json`)
  })
})

it('takes a KMS key of its own region only', async () => {
  const key = 'arn:aws:kms:eu-west-1:000000000000:key/11111111-2222-3333-4444-555555555555'
  expect(await codeOf(aws.open({ key }))).toBe('invalid-request')
})

it('does not start without a folder it can use', async () => {
  const file = join(aws.copies, 'file')
  writeFileSync(file, '')
  expect(await codeOf(aws.open({ copies: join(file, 'x') }))).toBe('not-configured')
})
