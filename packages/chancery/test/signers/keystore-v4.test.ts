// EIP-2335: the standard's keystores, Teku's bad ones, and keystores made to be refused.
import { createCipheriv, createHash, pbkdf2Sync, randomBytes } from 'node:crypto'
import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import fc from 'fast-check'
import { describe, expect, it, test } from 'vitest'
import { toHex, utf8 } from '../../src/base/bytes.ts'
import { generate } from '../../src/curves/bls12-381/private-key.ts'
import { withBlst } from '../../src/curves/bls12-381/with-blst.ts'
import { blsImportHalf } from '../../src/signers/bls-import-half.ts'
import { decryptValidatorKeystore } from '../../src/signers/keystore-v4.ts'
import { SignerRefusal } from '../../src/signers/refusal.ts'
import { readVectors, vectorsMissing } from '../vectors/vectors.ts'
import { againstClock, tooSlow } from '../against-clock.ts'

const { publicKeyOf } = withBlst()
const secretHex = '0x000000000019d6689c085ae165831e934ff763ae46a2a6c172b3f1b60a8ce26f'
const testPassword = '𝔱𝔢𝔰𝔱𝔭𝔞𝔰𝔰𝔴𝔬𝔯𝔡🔑'

const open = (keystore: unknown, password: string) =>
  decryptValidatorKeystore(utf8(JSON.stringify(keystore)), utf8(password))
const read = (keystore: unknown, password: string) =>
  blsImportHalf('bls12-381')?.half.formats?.get('keystore-v4')?.([utf8(JSON.stringify(keystore)), utf8(password)])

const folder = join(import.meta.dirname, '../../../../../shared/vectors/eip2335/negative')

describe.skipIf(vectorsMissing('eip2335/keystore-scrypt.json'))('the cases of EIP-2335', () => {
  const [pbkdf2, scrypt] = readVectors<object>('eip2335/keystore-*.json')

  test.each([
    ['pbkdf2', pbkdf2],
    ['scrypt', scrypt],
  ])('%s', (_, keystore) => {
    expect(toHex(read(keystore, testPassword) ?? new Uint8Array())).toBe(secretHex)
    // The same text in another normal form, with control codes that a file or a terminal put there.
    expect(toHex(open(keystore, 'test\u0000pass\nword\u007f\u009f\ud83d\udd11').privateKey)).toBe(secretHex)
    expect(() => open(keystore, 'testpassword')).toThrow('The password does not open the keystore')
  })

  const negative = readdirSync(folder)
  const accepted = new Map([
    ['pbkdf2TestVector.json', 'a good one'],
    ['scryptTestVector.json', 'a good one'],
    ['scryptExtraFieldTestVector.json', 'a name besides'],
    ['scryptTestVectorWithMissingPathAndUUID.json', 'neither is needed to open it'],
  ])

  test.each(negative)('%s', (name) => {
    const [keystore] = readVectors<object>(`eip2335/negative/${name}`)
    if (accepted.has(name)) expect(toHex(read(keystore, testPassword) ?? new Uint8Array())).toBe(secretHex)
    else expect(() => read(keystore, testPassword)).toThrow(SignerRefusal)
  })
})

const password = 'password of the tests'

/** A keystore that opens at once: one round of pbkdf2. */
function keystoreOf(
  privateKey: Uint8Array,
  changes: { pubkey?: unknown; kdf?: object; crypto?: object; version?: unknown } = {},
) {
  const [salt, iv] = [randomBytes(32), randomBytes(16)]
  const derived = pbkdf2Sync(password, salt, 1, 32, 'sha256')
  const cipher = createCipheriv('aes-128-ctr', derived.subarray(0, 16), iv)
  const ciphertext = Buffer.concat([cipher.update(privateKey), cipher.final()])
  const checksum = createHash('sha256').update(derived.subarray(16)).update(ciphertext).digest('hex')
  const params = { dklen: 32, c: 1, prf: 'hmac-sha256', salt: salt.toString('hex') }
  return {
    crypto: {
      kdf: { function: 'pbkdf2', params, message: '', ...changes.kdf },
      checksum: { function: 'sha256', params: {}, message: checksum },
      cipher: { function: 'aes-128-ctr', params: { iv: iv.toString('hex') }, message: ciphertext.toString('hex') },
      ...changes.crypto,
    },
    pubkey: toHex(publicKeyOf(privateKey)),
    version: 4,
    ...('pubkey' in changes && { pubkey: changes.pubkey }),
    ...('version' in changes && { version: changes.version }),
  }
}

describe('the public key in a keystore', () => {
  const secret = generate()

  it('may be missing, and may have 0x', () => {
    for (const pubkey of [
      undefined,
      '',
      toHex(publicKeyOf(secret)),
      toHex(publicKeyOf(secret)).slice(2).toUpperCase(),
    ]) {
      expect(toHex(read(keystoreOf(secret, { pubkey }), password) ?? secret.subarray(1))).toBe(toHex(secret))
    }
  })

  it('must be that of the private key', () => {
    const pubkey = toHex(publicKeyOf(generate()))
    expect(() => read(keystoreOf(secret, { pubkey }), password)).toThrow('another public key than its pubkey')
    for (const wrong of ['0x00', 7, null, {}]) {
      expect(() => read(keystoreOf(secret, { pubkey: wrong }), password)).toThrow(SignerRefusal)
    }
  })
})

const scrypt = (changes: object) => ({
  kdf: {
    function: 'scrypt',
    params: { dklen: 32, n: 262_144, r: 8, p: 1, salt: '00'.repeat(32), ...changes },
    message: '',
  },
})
const pbkdf2 = (changes: object) => ({
  kdf: { params: { dklen: 32, c: 1, prf: 'hmac-sha256', salt: '00'.repeat(32), ...changes } },
})

describe('a keystore is refused before any work is done', () => {
  it.each([
    ['version 3', { version: 3 }, 'version'],
    ['version as text', { version: '4' }, 'version'],
    ['another cipher', { crypto: { cipher: { function: 'aes-128-cbc', params: {}, message: '' } } }, 'cipher'],
    ['another checksum', { crypto: { checksum: { function: 'sha1', params: {}, message: '' } } }, 'checksum'],
    ['no derivation', { crypto: { kdf: undefined } }, 'missing'],
    ['another derivation', { kdf: { function: 'bcrypt' } }, 'neither'],
    ['a short derived key', pbkdf2({ dklen: 31 }), 'derived key'],
    ['a huge derived key', pbkdf2({ dklen: 4_294_967_295 }), 'derived key'],
    ['another pbkdf2 function', pbkdf2({ prf: 'hmac-sha1' }), 'function'],
    ['a pbkdf2 bomb', pbkdf2({ c: 10_000_001 }), 'count'],
    ['a pbkdf2 count of none', pbkdf2({ c: 0 }), 'count'],
    ['a scrypt bomb in n', scrypt({ n: 524_288 }), '256 MiB'],
    ['a scrypt bomb in p', scrypt({ p: 2 }), '256 MiB'],
    ['a scrypt bomb in r', scrypt({ r: 4_294_967_296 }), '256 MiB'],
    ['scrypt n that is no power of two', scrypt({ n: 3 }), 'power of two'],
    ['scrypt n that is no number', scrypt({ n: '262144' }), 'count'],
    ['a salt that is no hex', scrypt({ salt: 'zz' }), 'hex'],
  ])('%s', againstClock, (_, changes, why) => {
    const keystore = keystoreOf(generate(), changes)
    const started = performance.now()
    expect(() => open(keystore, password)).toThrow(why)
    expect(performance.now() - started, tooSlow).toBeLessThan(100)
  })

  it.each([
    '',
    'nonsense',
    'null',
    '[]',
    '4',
    `${'['.repeat(8_000)}`,
    '{"version":4,"crypto":{"__proto__":{"kdf":1}}}',
  ])('text such as %j', (keystore) => {
    expect(() => decryptValidatorKeystore(utf8(keystore), utf8(password))).toThrow(SignerRefusal)
  })

  it('a password that is no UTF-8', () => {
    const keystore = utf8(JSON.stringify(keystoreOf(generate())))
    expect(() => decryptValidatorKeystore(keystore, Uint8Array.of(0xff))).toThrow('not UTF-8')
  })
})

/** Not every 32 bytes are a private key. */
function isOf(privateKey: Uint8Array, publicKey: Uint8Array): boolean {
  try {
    return toHex(publicKeyOf(privateKey)) === toHex(publicKey)
  } catch {
    return false
  }
}

test('whatever is changed in it, a keystore opens to its own key or is refused in a sentence', () => {
  const secret = generate()
  // The checksum does not cover where the cipher starts (EIP-2335): with that changed another key comes out, and only `pubkey` tells.
  const whole = JSON.stringify(keystoreOf(secret, { pubkey: toHex(publicKeyOf(secret)) }))
  fc.assert(
    fc.property(fc.nat(whole.length - 1), fc.nat(255), fc.nat(40), (at, byte, cut) => {
      const bytes = Buffer.concat([utf8(whole.slice(0, at)), Uint8Array.of(byte), utf8(whole.slice(at + cut))])
      try {
        const { privateKey, publicKey } = decryptValidatorKeystore(bytes, utf8(password))
        if (publicKey !== undefined && !isOf(privateKey, publicKey)) return
        expect(toHex(privateKey)).toBe(toHex(secret))
      } catch (error) {
        expect(error).toBeInstanceOf(SignerRefusal)
        expect(String(error)).not.toContain(toHex(secret).slice(2))
      }
    }),
    { numRuns: 2_000 },
  )
})
