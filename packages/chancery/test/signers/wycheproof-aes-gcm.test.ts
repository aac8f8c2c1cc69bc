// C2SP/wycheproof, AES-GCM, through the primitive that seals private keys.
import { describe, expect, test } from 'vitest'
import { toHex } from '../../src/base/bytes.ts'
import { decrypt, encrypt } from '../../src/signers/aes-gcm.ts'
import { hex, readVectors, vectorsMissing } from '../vectors/vectors.ts'

interface Row {
  readonly tcId: number
  readonly comment: string
  readonly key: string
  readonly iv: string
  readonly aad: string
  readonly msg: string
  readonly ct: string
  readonly tag: string
  readonly result: string
}

const file = 'wycheproof/aes_gcm_test.json'
const optionsOf = ({ key, iv, aad }: Row) => ({ key: hex(key), nonce: hex(iv), additionalData: hex(aad) })
const sealedOf = ({ ct, tag }: Row) => hex(ct + tag)
const isOurs = ({ key, iv }: Row) => key.length === 64 && iv.length === 24

describe.skipIf(vectorsMissing(file))('wycheproof AES-GCM', () => {
  const rows = readVectors<{ testGroups: readonly { tests: readonly Row[] }[] }>(file).flatMap(({ testGroups }) =>
    testGroups.flatMap(({ tests }) => tests),
  )
  const ours = rows.filter(isOurs)

  test('66 of them have our sizes: 256-bit key, 96-bit nonce', () => {
    expect([rows.length, ours.length]).toEqual([316, 66])
  })

  test.each(ours.filter(({ result }) => result === 'valid'))('$tcId $comment', (row) => {
    expect(toHex(encrypt(optionsOf(row), hex(row.msg)))).toBe(toHex(sealedOf(row)))
    expect(toHex(decrypt(optionsOf(row), sealedOf(row)))).toBe(`0x${row.msg}`)
  })

  test.each(ours.filter(({ result }) => result !== 'valid'))('$tcId $comment does not open', (row) => {
    expect(() => decrypt(optionsOf(row), sealedOf(row))).toThrow('unable to authenticate')
  })

  test.each(rows.filter((row) => !isOurs(row)))('$tcId: other sizes of key and nonce are not taken', (row) => {
    expect(() => encrypt(optionsOf(row), hex(row.msg))).toThrow(RangeError)
    expect(() => decrypt(optionsOf(row), sealedOf(row))).toThrow(RangeError)
  })
})
