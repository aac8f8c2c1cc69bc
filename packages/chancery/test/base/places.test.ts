import fc from 'fast-check'
import { expect, test } from 'vitest'
import { Places } from '../../src/base/places.ts'

test('what was put is taken by its ticket, once', () => {
  const places = new Places<{ name: string }>()
  const [a, b] = ['a', 'b'].map((name) => places.put({ name }))
  expect(places.size).toBe(2)
  expect(places.take(a ?? 0)).toEqual({ name: 'a' })
  expect(places.take(a ?? 0)).toBeUndefined()
  expect(places.take(b ?? 0)).toEqual({ name: 'b' })
  expect(places.size).toBe(0)
})

test('an old ticket opens no place that was given away again', () => {
  const places = new Places<{ name: string }>()
  const old = places.put({ name: 'old' })
  places.take(old)
  const renewed = places.put({ name: 'new' })
  expect(places.take(old)).toBeUndefined()
  expect(places.take(renewed)).toEqual({ name: 'new' })
})

test('tickets are numbers of 32 bits, never 0, and do not come again for 65,535 times', () => {
  const places = new Places<object>()
  const tickets = Array.from({ length: 65_535 }, () => {
    const ticket = places.put({})
    places.take(ticket)
    return ticket
  })
  expect(new Set(tickets).size).toBe(65_535)
  expect(tickets.every((ticket) => ticket > 0 && ticket < 2 ** 32)).toBe(true)
})

test('it holds what a map would hold', () => {
  const steps = fc.array(fc.oneof(fc.constant('put' as const), fc.nat(30), fc.constant('all' as const)), {
    maxLength: 200,
  })
  fc.assert(
    fc.property(steps, (all) => {
      const [places, map, given]: [Places<object>, Map<number, object>, number[]] = [new Places(), new Map(), []]
      for (const step of all) {
        if (step === 'put') {
          const thing = {}
          const ticket = places.put(thing)
          map.set(ticket, thing)
          given.push(ticket)
        } else if (step === 'all') {
          expect(new Set(places.takeAll())).toEqual(new Set(map.values()))
          map.clear()
        } else {
          const ticket = given[step] ?? 0
          expect(places.take(ticket)).toBe(map.get(ticket))
          map.delete(ticket)
        }
        expect(places.size).toBe(map.size)
      }
    }),
  )
})
