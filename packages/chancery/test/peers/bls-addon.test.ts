// The addon and the library make the same bytes, a hundred thousand times.
import { expect, test } from 'vitest'
import { builtAddon } from '../curves/built-addon.ts'
import { differing } from '../curves/signing-libraries.ts'

test.runIf(builtAddon() !== undefined)('100,000 random keys and messages', { timeout: 900_000 }, () => {
  expect(differing(100_000)).toBe(0)
})
