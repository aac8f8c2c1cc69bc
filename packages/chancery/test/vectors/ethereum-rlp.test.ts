// ethereum/tests, RLPTests/invalidRLPTest.json: encodings that are broken or not the shortest.
import { describe, expect, test } from 'vitest'
import { fromHex } from '../../src/base/bytes.ts'
import { decodeRlp } from '../../src/chains/evm/rlp.ts'
import { refusalOf } from '../chains/refusal.ts'
import { readVectors, vectorsMissing } from './vectors.ts'

/** Broken is `invalid-payload`; a second spelling of something that has a shorter one is `not-canonical`. */
const secondSpellings = [
  'bytesShouldBeSingleByte00',
  'bytesShouldBeSingleByte01',
  'bytesShouldBeSingleByte7F',
  'leadingZerosInLongLengthArray1',
  'leadingZerosInLongLengthArray2',
  'leadingZerosInLongLengthList1',
  'leadingZerosInLongLengthList2',
  'nonOptimalLongLengthArray1',
  'nonOptimalLongLengthArray2',
  'nonOptimalLongLengthList1',
  'nonOptimalLongLengthList2',
  'wrongSizeList',
  'wrongSizeList2',
  'incorrectLengthInArray',
  'randomRLP',
]

describe.skipIf(vectorsMissing('ethereum/invalidRLPTest.json'))('ethereum invalidRLPTest', () => {
  const cases = readVectors<Record<string, { out: string }>>('ethereum/invalidRLPTest.json').flatMap(Object.entries)

  test('all of them are here', () => {
    expect(cases.length).toBe(26)
  })

  test.each(cases)('%s', (name: string, { out }: { out: string }) => {
    const bytes = fromHex(out.startsWith('0x') ? out : `0x${out}`)
    const code = secondSpellings.includes(name) ? 'not-canonical' : 'invalid-payload'
    expect(refusalOf(() => decodeRlp(bytes, 'raw'))).toMatchObject({ code, where: 'raw' })
  })
})
