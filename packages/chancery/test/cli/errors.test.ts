import { describe, expect, test } from 'vitest'
import { errorText } from '../../src/cli/errors.ts'
import { invalidRequest, Refused } from '../../src/core/errors.ts'

describe('an error says each thing once', () => {
  test.each([
    ['all in the sentence', invalidRequest('operatons', 'an unknown member', 'no such member'), ''],
    [
      'the place and what was wanted in the sentence',
      new Refused('invalid-payload', 'transaction.gas must be a whole number', {
        where: 'transaction.gas',
        got: '1e21',
        wanted: 'a whole number',
      }),
      ' (got 1e21)',
    ],
    [
      'nothing in the sentence',
      new Refused('already-exists', 'There is something where the store would go', {
        where: '/data',
        got: 'store.sqlite',
        wanted: 'an empty data directory',
      }),
      ' (at /data, got store.sqlite, wanted an empty data directory)',
    ],
    [
      'only the beginning of the place in the sentence',
      new Refused('invalid-payload', 'transaction has no field of this name', { where: 'transaction.gasPrice' }),
      ' (at transaction.gasPrice)',
    ],
    [
      'the place as a word of the sentence',
      new Refused('invalid-request', 'A grant of no key', { where: 'key' }),
      ' (at key)',
    ],
    [
      'what was wanted by another in the sentence',
      new Refused('invalid-request', 'Neither one was found', { wanted: 'one' }),
      ' (wanted one)',
    ],
    [
      'the beginning of what was got in the sentence',
      new Refused('invalid-request', 'days: got 70', { got: '7' }),
      ' (got 7)',
    ],
  ])('%s', (_, error, words) => {
    expect(errorText(error)).toBe(`chancery: ${error.message}${words}`)
  })

  test('and its hint below', () => {
    const error = new Refused('invalid-request', 'operatons: got x, wanted y', {
      where: 'operatons',
      got: 'x',
      wanted: 'y',
      hint: 'Did you mean operations?',
    })
    expect(errorText(error)).toBe('chancery: operatons: got x, wanted y\nDid you mean operations?')
  })
})
