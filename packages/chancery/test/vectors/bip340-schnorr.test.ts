// BIP-340's test vectors. https://github.com/bitcoin/bips/blob/master/bip-0340/test-vectors.csv
import { schnorr as noble } from '@noble/curves/secp256k1.js'
import { describe, expect, test } from 'vitest'
import { toHex } from '../../src/base/bytes.ts'
import { secp256k1Schnorr } from '../../src/curves/secp256k1-schnorr.ts'
import { publicKeyOf, sign } from '../../src/curves/secp256k1-schnorr/sign.ts'
import { hex, readVectorLines, vectorsMissing } from './vectors.ts'

const path = 'bitcoin/bip340.csv'

const rows = readVectorLines(path)
  .slice(1)
  .filter((line) => line.trim() !== '')
  .map((line) => {
    const [index, secret, key, aux, message, signature, result] = line.split(',')
    return {
      index: Number(index),
      secret,
      aux,
      key: hex(key),
      message: hex(message),
      signature: hex(signature),
      result,
    }
  })

/** Messages that are not 32 bytes long: no chain here signs one, so they are refused on purpose. */
const otherLengths = [15, 16, 17, 18]

function verifies({ key, message, signature }: (typeof rows)[number]): boolean {
  try {
    const publicKey = secp256k1Schnorr.publicKey(key)
    secp256k1Schnorr.normalise({ encoding: 'compact', bytes: signature }, message, publicKey)
    return true
  } catch (error) {
    expect(error).toBeInstanceOf(RangeError)
    return false
  }
}

describe.skipIf(vectorsMissing(path))('BIP-340', () => {
  test('all rows are read, and those with messages of other lengths are the known ones', () => {
    expect(rows.length).toBe(19)
    expect(rows.filter(({ message }) => message.length !== 32).map(({ index }) => index)).toEqual(otherLengths)
  })

  test.each(rows.filter(({ index }) => !otherLengths.includes(index)))('row $index is $result', (row) => {
    expect(verifies(row)).toBe(row.result === 'TRUE')
  })

  test.each(rows.filter(({ index }) => otherLengths.includes(index)))('row $index is refused for its length', (row) => {
    expect(noble.verify(row.signature, row.message, row.key)).toBe(true)
    expect(verifies(row)).toBe(false)
    expect(() => sign(hex(row.secret), row.message)).toThrow(RangeError)
  })

  test.each(rows.filter(({ secret }) => secret !== ''))('row $index has the public key of its secret', (row) => {
    expect(toHex(publicKeyOf(hex(row.secret)))).toBe(toHex(row.key))
  })

  test('the row without randomness is signed to the byte', () => {
    const [row] = rows
    expect(row?.aux).toBe('00'.repeat(32))
    expect(toHex(sign(hex(row?.secret), row?.message ?? hex()))).toBe(toHex(row?.signature ?? hex()))
  })
})
