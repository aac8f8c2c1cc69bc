import { expect, test } from 'vitest'

const addon = await import('@chancery/bls-addon').catch(() => undefined)
if (addon === undefined)
  console.warn('\n!!! SKIPPED, NOT TESTED: the BLS addon is not built (npm run build:addon) !!!\n')

const secret = new Uint8Array(32).fill(1)

test.skipIf(addon === undefined)('refuses what is not what it asks for, and is well afterwards', () => {
  if (addon === undefined) return
  const [key, point] = [addon.loadKey(secret), addon.hashToG2(new Uint8Array(32))]
  const call = (
    name: 'loadKey' | 'wipeKey' | 'publicKey' | 'hashToG2' | 'signMany',
    ...values: readonly unknown[]
  ): unknown => Reflect.apply(addon[name], undefined, values)
  for (const nonsense of [undefined, null, 7, 'key', {}, [], new Uint16Array(32), new ArrayBuffer(32), point]) {
    expect(() => call('loadKey', nonsense)).toThrow(RangeError)
    expect(() => call('wipeKey', nonsense)).toThrow('expected a key')
    expect(() => call('publicKey', nonsense)).toThrow('expected a key')
    expect(() => call('signMany', [nonsense], [point])).toThrow('expected a key')
  }
  for (const nonsense of [undefined, null, 7, 'text', {}, new Uint16Array(32), key]) {
    expect(() => call('hashToG2', nonsense)).toThrow('expected a Uint8Array')
    expect(() => call('signMany', [key], [nonsense])).toThrow('expected a point')
    expect(() => call('signMany', nonsense, [point])).toThrow(RangeError)
  }
  for (const count of [0, 65]) {
    const [keys, points] = [Array.from({ length: count }, () => key), Array.from({ length: count }, () => point)]
    expect(() => addon.signMany(keys, points)).toThrow('1 to 64 keys')
  }
  expect(() => addon.signMany([key, key], [point])).toThrow('as many points')
  expect(() => call('signMany')).toThrow('missing')
  expect(addon.signMany([key, key], [point, point]).length).toBe(2 * 192)
})

test.skipIf(addon === undefined)('keeps its own copy of a key until it is wiped', () => {
  if (addon === undefined) return
  const bytes = Uint8Array.from(secret)
  const key = addon.loadKey(bytes)
  const before = addon.publicKey(key)
  bytes.fill(0)
  expect(addon.publicKey(key)).toEqual(before)
  addon.wipeKey(key)
  addon.wipeKey(key)
  expect(() => addon.publicKey(key)).toThrow('wiped')
})
