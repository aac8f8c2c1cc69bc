// How long an opened key stays in the AWS signer process.
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { createHeldKeys } from '../../../src/keys/aws/signer/held.ts'
import type { LoadedKey } from '../../../src/signers/halves.ts'

beforeEach(() => void vi.useFakeTimers())
afterEach(() => void vi.useRealTimers())

function source() {
  const wiped: number[] = []
  let fetches = 0
  const fetch = async (): Promise<LoadedKey> => {
    const number = ++fetches
    return { sign: () => Uint8Array.of(number), wipe: () => void wiped.push(number) }
  }
  return { fetch, wiped, count: () => fetches }
}

const use = (key: LoadedKey) => key.sign(new Uint8Array(0))[0]

describe('an opened key', () => {
  it('is shared by those who ask while it is fetched, and wiped when the last has signed', async () => {
    const keys = createHeldKeys(0)
    const { fetch, wiped, count } = source()
    expect(await Promise.all([1, 2, 3].map(() => keys.use('a', fetch, use)))).toEqual([1, 1, 1])
    await vi.advanceTimersByTimeAsync(0)
    expect([count(), wiped]).toEqual([1, [1]])
    expect(await keys.use('a', fetch, use)).toBe(2)
  })

  it('is not shared between keys of other names', async () => {
    const keys = createHeldKeys(0)
    const { fetch, count } = source()
    await Promise.all([keys.use('a', fetch, use), keys.use('b', fetch, use)])
    expect(count()).toBe(2)
  })

  it('is wiped also when its user fails', async () => {
    const keys = createHeldKeys(0)
    const { fetch, wiped } = source()
    const failing = () => {
      throw new Error('no')
    }
    await expect(keys.use('a', fetch, failing)).rejects.toThrow('no')
    await vi.advanceTimersByTimeAsync(0)
    expect(wiped).toEqual([1])
  })

  it('is kept for the time that was configured, which use does not prolong', async () => {
    const keys = createHeldKeys(1_000)
    const { fetch, wiped, count } = source()
    for (const _ of [1, 2]) {
      await keys.use('a', fetch, use)
      await vi.advanceTimersByTimeAsync(499)
    }
    expect([count(), wiped]).toEqual([1, []])
    await vi.advanceTimersByTimeAsync(2)
    expect(wiped).toEqual([1])
  })

  it('is forgotten at once, but not taken from whoever is signing', async () => {
    const keys = createHeldKeys(1_000)
    const { fetch, wiped } = source()
    const { promise, resolve } = Promise.withResolvers<number>()
    const long = keys.use('key_1 x', fetch, () => promise)
    await vi.advanceTimersByTimeAsync(0)
    keys.forget((name) => name.startsWith('key_1 '))
    expect(wiped).toEqual([])
    resolve(7)
    expect(await long).toBe(7)
    await vi.advanceTimersByTimeAsync(0)
    expect(wiped).toEqual([1])
  })

  it('that could not be fetched is fetched again', async () => {
    const keys = createHeldKeys(1_000)
    const { fetch } = source()
    await expect(keys.use('a', () => Promise.reject(new Error('down')), use)).rejects.toThrow('down')
    expect(await keys.use('a', fetch, use)).toBe(1)
  })

  it('stays five minutes at most, whatever is configured', async () => {
    const keys = createHeldKeys(86_400_000)
    const { fetch, wiped } = source()
    await keys.use('a', fetch, use)
    await vi.advanceTimersByTimeAsync(299_999)
    expect(wiped).toEqual([])
    await vi.advanceTimersByTimeAsync(1)
    expect(wiped).toEqual([1])
  })

  it('gives way to others when there are too many, the oldest first', async () => {
    const keys = createHeldKeys(60_000, 2)
    const { fetch, wiped } = source()
    for (const name of ['a', 'b', 'c']) await keys.use(name, fetch, use)
    await vi.advanceTimersByTimeAsync(0)
    expect(wiped).toEqual([1])
    expect(await keys.use('b', fetch, use)).toBe(2)
    expect(await keys.use('a', fetch, use)).toBe(4)
  })
})
