// C2SP/wycheproof, ECDSA over secp256k1 with SHA-256, in DER and as r and s (IEEE P1363).
import { verify as opensslVerify } from 'node:crypto'
import { secp256k1 as noble } from '@noble/curves/secp256k1.js'
import { describe, expect, test } from 'vitest'
import { sha256 } from '../../src/base/bytes.ts'
import type { RawSignature, Signature } from '../../src/core/payload.ts'
import { parseDer } from '../../src/curves/secp256k1/der.ts'
import { isLowS } from '../../src/curves/secp256k1/signature.ts'
import { secp256k1 } from '../../src/curves/secp256k1.ts'
import { hex, readVectors, vectorsMissing } from './vectors.ts'

interface Group {
  readonly publicKeyDer: string
  readonly tests: readonly { tcId: number; comment: string; msg: string; sig: string; result: string }[]
}

interface Case {
  readonly tcId: number
  readonly comment: string
  readonly result: string
  readonly msg: Uint8Array
  readonly sig: Uint8Array
  readonly spki: Uint8Array
}

function casesOf({ testGroups }: { readonly testGroups: readonly Group[] }): readonly Case[] {
  return testGroups.flatMap(({ publicKeyDer, tests }) =>
    tests.map((row) => ({ ...row, msg: hex(row.msg), sig: hex(row.sig), spki: hex(publicKeyDer) })),
  )
}

/**
 * Valid, but R's x is beyond the order: recovery ids 2 and 3. No chain here can carry them and no honest signer meets one,
 * so these alone are refused on purpose; `suites` says how many there are.
 */
function beyondTheOrder(compact: Uint8Array, digest: Uint8Array, spki: Uint8Array): boolean {
  const signature = noble.Signature.fromBytes(compact, 'compact')
  return [2, 3].some((id) => {
    try {
      const key = signature.addRecoveryBit(id).recoverPublicKey(digest)
      return key.toHex(false) === Buffer.from(spki.subarray(-65)).toString('hex')
    } catch {
      return false
    }
  })
}

/** What the flow does with a signature: undefined when it is refused. */
function normalised(encoding: RawSignature['encoding'], { sig, msg, spki }: Case): Signature | undefined {
  try {
    return secp256k1.normalise({ encoding, bytes: sig }, sha256(msg), secp256k1.publicKey(spki))
  } catch (error) {
    if (error instanceof RangeError) return undefined
    throw error
  }
}

const suites = [
  ['der', 'wycheproof/ecdsa_secp256k1_sha256_test.json', 476, 2],
  ['compact', 'wycheproof/ecdsa_secp256k1_sha256_p1363_test.json', 252, 2],
] as const

describe.skipIf(vectorsMissing('wycheproof'))('wycheproof ECDSA secp256k1', () => {
  test.each(suites)('%s', (encoding, path, count, refusedOnPurpose) => {
    const cases = readVectors<{ testGroups: readonly Group[] }>(path).flatMap(casesOf)
    const compact = encoding === 'der' ? parseDer : (bytes: Uint8Array) => bytes
    const beyond = cases.filter(({ msg, sig, result, spki }) => {
      return result === 'valid' && beyondTheOrder(compact(sig), sha256(msg), spki)
    })
    expect(beyond.length).toBe(refusedOnPurpose)
    const released = cases.flatMap((row) => {
      const signature = normalised(encoding, row)
      return signature === undefined ? [] : [{ row, signature }]
    })
    const wanted = cases.filter((row) => row.result === 'valid' && !beyond.includes(row))
    expect(released.map(({ row }) => row.tcId)).toEqual(wanted.map(({ tcId }) => tcId))
    for (const { row, signature } of released) {
      expect(isLowS(signature.bytes)).toBe(true)
      expect(secp256k1.verify(signature, sha256(row.msg), secp256k1.publicKey(row.spki))).toBe(true)
    }
    expect(cases.length).toBe(count)
  })

  test('noble and OpenSSL agree with the verdicts on DER', () => {
    for (const { tcId, msg, sig, result, spki } of readVectors<{ testGroups: Group[] }>(suites[0][1]).flatMap(
      casesOf,
    )) {
      const key = { key: Buffer.from(spki), format: 'der', type: 'spki' } as const
      const byNoble = noble.verify(sig, msg, spki.subarray(-65), { format: 'der', lowS: false })
      const byOpenssl = opensslVerify('sha256', msg, key, sig)
      expect([tcId, byNoble, byOpenssl]).toEqual([tcId, result === 'valid', result === 'valid'])
    }
  })
})
