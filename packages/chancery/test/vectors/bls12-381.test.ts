// The consensus layer's BLS cases, as herumi/bls-eth-go-binary writes them; and that both signing libraries give their bytes.
import { describe, expect, test } from 'vitest'
import { toHex } from '../../src/base/bytes.ts'
import {
  aggregateSignatures,
  aggregateVerify,
  bls12381,
  fastAggregateVerify,
  verifySignature,
} from '../../src/curves/bls12-381.ts'
import { withBlst } from '../../src/curves/bls12-381/with-blst.ts'
import { builtAddon } from '../curves/built-addon.ts'
import { hex, readVectorLines, vectorsMissing } from './vectors.ts'

interface Case {
  readonly number: number
  readonly fields: ReadonlyMap<string, readonly string[]>
  readonly out: string
}

/** `out` ends a case. */
function casesOf(name: string): readonly Case[] {
  const cases: Case[] = []
  let fields = new Map<string, string[]>()
  for (const line of readVectorLines(`bls12-381/${name}.txt`)) {
    const [field = '', value = ''] = line.trim().split(/\s+/)
    if (field === 'out') {
      cases.push({ number: cases.length + 1, fields, out: value })
      fields = new Map()
    } else if (field !== '') fields.set(field, [...(fields.get(field) ?? []), value])
  }
  return cases
}

const all = ({ fields }: Case, name: string) => (fields.get(name) ?? []).map(hex)
const one = (row: Case, name: string) => all(row, name)[0] ?? new Uint8Array()

describe.skipIf(vectorsMissing('bls12-381/sign.txt'))('eth2 BLS cases', () => {
  const [sign, verify, aggregate] = [casesOf('sign'), casesOf('verify'), casesOf('aggregate')]
  const [aggregated, fast] = [casesOf('aggregate_verify'), casesOf('fast_aggregate_verify')]

  test('all of them are here', () => {
    const counts = [sign, verify, aggregate, aggregated, fast].map((cases) => cases.length)
    expect(counts).toEqual([9, 28, 3, 2, 11])
  })

  const libraries = [withBlst(), builtAddon()].filter((library) => library !== undefined)

  describe.each(libraries)('signing by $by', (library) => {
    test.each(sign)('case $number', (row) => {
      const [secret, message] = [one(row, 'sec'), one(row, 'msg')]
      const [raw = new Uint8Array()] = library.signMany([library.loadPrivateKey(secret)], [message])
      const publicKey = bls12381.publicKey(library.publicKeyOf(secret))
      const { bytes } = bls12381.normalise({ encoding: 'compact', bytes: raw }, message, publicKey)
      expect(Buffer.from(bytes).toString('hex')).toBe(row.out)
      expect(raw.length).toBe(192)
    })
  })

  test.each(verify)('verify $number: $out', (row) => {
    expect(String(verifySignature(one(row, 'sig'), one(row, 'msg'), one(row, 'pub')))).toBe(row.out)
  })

  test.each(aggregate)('aggregate $number', (row) => {
    if (row.out === '') expect(() => aggregateSignatures(all(row, 'sig'))).toThrow(RangeError)
    else expect(toHex(aggregateSignatures(all(row, 'sig')))).toBe(`0x${row.out}`)
  })

  test.each(aggregated)('aggregate verify $number: $out', (row) => {
    expect(String(aggregateVerify(one(row, 'sig'), all(row, 'msg'), all(row, 'pub')))).toBe(row.out)
  })

  test.each(fast)('fast aggregate verify $number: $out', (row) => {
    expect(String(fastAggregateVerify(one(row, 'sig'), one(row, 'msg'), all(row, 'pub')))).toBe(row.out)
  })
})
