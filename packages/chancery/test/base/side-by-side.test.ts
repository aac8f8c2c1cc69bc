import { expect, test } from 'vitest'
import { sideBySide } from '../../src/base/side-by-side.ts'

const turn = () => new Promise<void>((resolve) => setImmediate(resolve))

test('results come in the order of the items, and never more are under way than were asked for', async () => {
  let [now, most] = [0, 0]
  const work = async (item: number) => {
    most = Math.max(most, ++now)
    for (let i = 0; i < item % 3; i++) await turn()
    now--
    return 2 * item
  }
  const items = Array.from({ length: 50 }, (_, i) => i)
  expect(await sideBySide(items, 7, work)).toEqual(items.map((item) => 2 * item))
  expect(most).toBe(7)
  expect(await sideBySide([], 7, work)).toEqual([])
})

test('after one that fails no other begins, and those begun go on', async () => {
  const [begun, ended]: [number[], number[]] = [[], []]
  const work = async (item: number) => {
    begun.push(item)
    await turn()
    if (item === 2) throw new Error('the third')
    await turn()
    ended.push(item)
  }
  await expect(sideBySide([0, 1, 2, 3, 4, 5, 6], 4, work)).rejects.toThrow('the third')
  for (let i = 0; i < 5; i++) await turn()
  expect(begun).toEqual([0, 1, 2, 3])
  expect(ended).toEqual([0, 1, 3])
})
