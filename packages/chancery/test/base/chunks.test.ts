import { expect, test } from 'vitest'
import { chunksOf } from '../../src/base/chunks.ts'

test.each([
  [[], []],
  [[1], [[1]]],
  [
    [1, 2, 3, 4],
    [
      [1, 2],
      [3, 4],
    ],
  ],
  [
    [1, 2, 3, 4, 5],
    [[1, 2], [3, 4], [5]],
  ],
])('%j by two is %j', (items, chunks) => {
  expect([...chunksOf(items, 2)]).toEqual(chunks)
})
