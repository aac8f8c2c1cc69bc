import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { isId, newId } from '../../src/base/id.ts'

describe('ids', () => {
  test('look as documented and are recognised', () => {
    fc.assert(
      fc.property(fc.nat({ max: 2 ** 48 - 1 }), (now) => {
        const id = newId('key', now)
        expect(id).toMatch(/^key_[0-7][0-9a-hjkmnp-tv-z]{25}$/)
        expect(isId('key', id)).toBe(true)
        expect(isId('cli', id)).toBe(false)
      }),
    )
  })

  test('sort by time', () => {
    const time = fc.nat({ max: 2 ** 48 - 1 })
    fc.assert(
      fc.property(time, time, (a, b) => {
        fc.pre(a < b)
        expect(newId('key', a) < newId('key', b)).toBe(true)
      }),
    )
  })

  test('of one moment differ', () => {
    const made = Array.from({ length: 10_000 }, () => newId('key', 1))
    expect(new Set(made).size).toBe(made.length)
  })

  test('hold the time in the first ten characters, as a ULID does', () => {
    // The specification's own example: 01ARZ3NDEK is 1469922850259. https://github.com/ulid/spec
    expect(newId('key', 1_469_922_850_259).slice(4, 14)).toBe('01arz3ndek')
  })

  test.each([
    'key_',
    'key_01arz3ndektsv4rrffq69g5fa',
    'key_01arz3ndektsv4rrffq69g5favv',
    'key_81arz3ndektsv4rrffq69g5fav',
    'key_01arz3ndektsv4rrffq69g5fai',
    'key_01ARZ3NDEKTSV4RRFFQ69G5FAV',
    'key_01arz3ndektsv4rrffq69g5fav\n',
    '01arz3ndektsv4rrffq69g5fav',
    'keyx_01arz3ndektsv4rrffq69g5fav',
  ])('%j is none', (text) => {
    expect(isId('key', text)).toBe(false)
  })
})
