// C2SP/wycheproof, Ed25519.
import { describe, expect, test } from 'vitest'
import type { Signature } from '../../src/core/payload.ts'
import { ed25519 } from '../../src/curves/ed25519.ts'
import { hex, readVectors, vectorsMissing } from './vectors.ts'

interface Group {
  readonly publicKeyDer: string
  readonly tests: readonly { tcId: number; comment: string; msg: string; sig: string; result: string }[]
}

describe.skipIf(vectorsMissing('wycheproof/ed25519_test.json'))('wycheproof Ed25519', () => {
  const groups = readVectors<{ testGroups: readonly Group[] }>('wycheproof/ed25519_test.json')
  const cases = groups.flatMap(({ testGroups }) =>
    testGroups.flatMap(({ publicKeyDer, tests }) => tests.map((row) => ({ ...row, publicKeyDer }))),
  )

  test('all of them are here', () => {
    expect(cases.length).toBe(151)
  })

  const normalise = ({ publicKeyDer, msg, sig }: (typeof cases)[number]): Signature => {
    const key = ed25519.publicKey(hex(publicKeyDer))
    return ed25519.normalise({ encoding: 'compact', bytes: hex(sig) }, hex(msg), key)
  }

  test.each(cases.filter(({ result }) => result === 'valid'))('$tcId $comment is released', (row) => {
    const key = ed25519.publicKey(hex(row.publicKeyDer))
    expect(ed25519.verify(normalise(row), hex(row.msg), key)).toBe(true)
  })

  test.each(cases.filter(({ result }) => result !== 'valid'))('$tcId $comment is refused', (row) => {
    expect(() => normalise(row)).toThrow(RangeError)
  })
})
