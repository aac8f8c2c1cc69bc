import { expect, it } from 'vitest'
import { blindSpots } from '../../../tools/canaries.ts'
import { layersCheck } from '../../../tools/checks/layers.ts'
import { layers } from '../../../tools/layers.ts'

it('every import follows the table of layers', async () => {
  const { count, findings } = await layersCheck.run()
  expect(findings).toEqual([])
  expect(count).toBeGreaterThan(20)
})

it('reports every planted import, and nothing else', async () => {
  expect(await blindSpots(layersCheck)).toEqual({ missed: [], wrong: [] })
})

it('the table names only rooms that have a row', () => {
  const named = Object.values(layers).flatMap((layer) => layer.rooms)
  expect(named.filter((room) => room !== '*' && layers[room] === undefined)).toEqual([])
})
