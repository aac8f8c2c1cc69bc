import { describe, expect, it } from 'vitest'
import { systemClock } from '../../src/base/clock.ts'
import { deadlineIn } from '../../src/base/deadline.ts'
import { createSlots } from '../../src/base/slots.ts'
import { soon } from '../contract/key-backend.ts'

describe('slots', () => {
  it('let in as many as there are, the others in the order of asking', async () => {
    const slots = createSlots(2)
    const order: number[] = []
    let most = 0
    let inside = 0
    const work = async (number: number) => {
      const leave = await slots.enter(soon())
      order.push(number)
      most = Math.max(most, ++inside)
      await new Promise(setImmediate)
      inside -= 1
      leave?.()
    }
    await Promise.all([0, 1, 2, 3, 4, 5].map(work))
    expect([most, order]).toEqual([2, [0, 1, 2, 3, 4, 5]])
  })

  it('turn away who waits past the deadline, and lose no slot by it', async () => {
    const slots = createSlots(1)
    const leave = await slots.enter(soon())
    expect(await slots.enter(deadlineIn(20, systemClock))).toBeUndefined()
    leave?.()
    leave?.()
    const again = await slots.enter(soon())
    expect(again).toBeDefined()
    expect(await slots.enter(deadlineIn(0, systemClock))).toBeUndefined()
  })
})
