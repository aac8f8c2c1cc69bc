// Web3 Secret Storage version 3: the cases of ethereum/tests, KeyStoreTests, and keystores made to be refused.
import { describe, expect, it, test } from 'vitest'
import { toHex, utf8 } from '../../src/base/bytes.ts'
import { decryptKeystore } from '../../src/signers/keystore-v3.ts'
import { SignerRefusal } from '../../src/signers/refusal.ts'
import { readVectors, vectorsMissing } from '../vectors/vectors.ts'
import { againstClock, tooSlow } from '../against-clock.ts'

interface Case {
  readonly json: unknown
  readonly password: string
  readonly priv: string
}

const open = (keystore: unknown, password: string) => decryptKeystore(utf8(JSON.stringify(keystore)), utf8(password))

describe.skipIf(vectorsMissing('ethereum/keystore-v3.json'))('ethereum/tests KeyStoreTests', () => {
  const cases = readVectors<Record<string, Case>>('ethereum/keystore-v3.json').flatMap((file) => Object.entries(file))

  test('all five are here', () => {
    expect(cases.length).toBe(5)
  })

  test.each(cases)('%s opens with its password and no other', (_, { json, password, priv }) => {
    expect(toHex(open(json, password))).toBe(`0x${priv}`)
    expect(() => open(json, `${password} `)).toThrow('The password does not open the keystore')
  })
})

// Of the right shape; nothing opens it.
const pbkdf2 = { dklen: 32, c: 1, prf: 'hmac-sha256', salt: '00'.repeat(32) }
const crypto = {
  cipher: 'aes-128-ctr',
  cipherparams: { iv: '00'.repeat(16) },
  ciphertext: '00'.repeat(32),
  kdf: 'pbkdf2',
  kdfparams: pbkdf2,
  mac: '00'.repeat(32),
}
const scrypt = { dklen: 32, n: 262_144, r: 8, p: 1, salt: '00'.repeat(32) }
const withCrypto = (changes: object) => ({ version: 3, crypto: { ...crypto, ...changes } })
const withScrypt = (changes: object) => withCrypto({ kdf: 'scrypt', kdfparams: { ...scrypt, ...changes } })

describe('a keystore is refused before any work is done', () => {
  it.each([
    ['text that is no JSON', 'nonsense', 'no private text'],
    ['null', null, 'missing'],
    ['version 4', { version: 4, crypto }, 'version'],
    ['no crypto', { version: 3 }, 'missing'],
    ['another cipher', withCrypto({ cipher: 'aes-128-cbc' }), 'cipher'],
    ['a short iv', withCrypto({ cipherparams: { iv: '00' } }), 'length'],
    ['a long ciphertext', withCrypto({ ciphertext: '00'.repeat(33) }), 'length'],
    ['a mac that is no hex', withCrypto({ mac: 'zz'.repeat(32) }), 'hex'],
    ['another derivation', withCrypto({ kdf: 'bcrypt' }), 'neither'],
    ['a short derived key', withCrypto({ kdfparams: { ...pbkdf2, dklen: 16 } }), 'derived key'],
    ['another pbkdf2 function', withCrypto({ kdfparams: { ...pbkdf2, prf: 'hmac-sha1' } }), 'function'],
    ['a pbkdf2 bomb', withCrypto({ kdfparams: { ...pbkdf2, c: 10_000_001 } }), 'count'],
    ['a scrypt bomb in n', withScrypt({ n: 524_288 }), '256 MiB'],
    ['a scrypt bomb in p', withScrypt({ p: 2 }), '256 MiB'],
    ['a scrypt bomb in r', withScrypt({ r: 4_294_967_296 }), '256 MiB'],
    ['scrypt n that is no power of two', withScrypt({ n: 3 }), 'power of two'],
    ['scrypt n of zero', withScrypt({ n: 0 }), 'count'],
    ['scrypt n as text', withScrypt({ n: '2' }), 'count'],
  ])('%s', againstClock, (_, keystore, why) => {
    const started = performance.now()
    const attempt = () => open(keystore, 'test')
    expect(attempt).toThrow(SignerRefusal)
    if (typeof keystore !== 'string') expect(attempt).toThrow(why)
    expect(performance.now() - started, tooSlow).toBeLessThan(100)
  })
})
