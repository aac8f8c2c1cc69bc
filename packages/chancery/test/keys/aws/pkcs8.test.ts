// RFC 5958, with the private keys of RFC 8410 and RFC 5915 in it.
import { generateKeyPairSync, randomBytes } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { toHex } from '../../../src/base/bytes.ts'
import { privateKeyOfPkcs8 } from '../../../src/keys/aws/signer/pkcs8.ts'
import { SignerRefusal } from '../../../src/signers/refusal.ts'

const bytes = (hex: string) => Uint8Array.from(Buffer.from(hex, 'hex'))
const der = { format: 'der', type: 'pkcs8' } as const

describe('PKCS #8', () => {
  it.each([
    // RFC 8410, section 10.3: the same seed, without and with the public key.
    ['version 0', '302e020100300506032b657004220420d4ee72dbf913584ad5b6d8f1f769f8ad3afe7c28cbf1d4fbe097a88f44755842'],
    [
      'version 1',
      '3072020101300506032b657004220420d4ee72dbf913584ad5b6d8f1f769f8ad3afe7c28cbf1d4fbe097a88f44755842a01f301d060a2a864886f70d01090914310f0c0d437572646c6520436861697273812100' +
        '19bf44096984cdfe8541bac167dc3b96c85086aa30b6b6cb0c5c38ad703166e1',
    ],
  ])('of Ed25519, %s (RFC 8410, section 10.3)', (_, hex) => {
    const seed = 'd4ee72dbf913584ad5b6d8f1f769f8ad3afe7c28cbf1d4fbe097a88f44755842'
    expect(toHex(privateKeyOfPkcs8(bytes(hex), 'ed25519'))).toBe(`0x${seed}`)
  })

  it('of what OpenSSL writes, for both curves', () => {
    for (let i = 0; i < 50; i++) {
      const ed = generateKeyPairSync('ed25519').privateKey
      const ec = generateKeyPairSync('ec', { namedCurve: 'secp256k1' }).privateKey
      const scalar = (key: typeof ed) => toHex(Buffer.from(key.export({ format: 'jwk' }).d ?? '', 'base64url'))
      expect(toHex(privateKeyOfPkcs8(ed.export(der), 'ed25519'))).toBe(scalar(ed))
      expect(toHex(privateKeyOfPkcs8(ec.export(der), 'secp256k1-ecdsa'))).toBe(scalar(ec))
    }
  })

  const good = generateKeyPairSync('ed25519').privateKey.export(der)
  const changed = (at: number, byte: number) => good.map((old, i) => (i === at ? byte : old))
  it.each([
    ['nothing', new Uint8Array(0)],
    ['one byte less', good.subarray(0, -1)],
    ['one byte more', Buffer.concat([good, Buffer.of(0)])],
    ['a later version', changed(4, 2)],
    ['an indefinite length', changed(1, 0x80)],
    ['a length that is not the shortest', Buffer.concat([Buffer.of(0x30, 0x81, 0x2e), good.subarray(2)])],
    ['X25519', changed(11, 0x6e)],
    ['a curve of NIST', generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey.export(der)],
    ['noise', randomBytes(48)],
  ])('refuses %s', (_, input) => {
    for (const algorithm of ['ed25519', 'secp256k1-ecdsa'] as const) {
      expect(() => privateKeyOfPkcs8(input, algorithm)).toThrow(SignerRefusal)
    }
  })

  it('refuses one algorithm for another', () => {
    expect(() => privateKeyOfPkcs8(good, 'secp256k1-ecdsa')).toThrow(SignerRefusal)
  })
})
