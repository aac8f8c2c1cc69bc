import { afterAll, beforeAll, expect, test } from 'vitest'
import { openAlgorand } from './algorand-service.ts'
import { signGroups, type Both } from './algorand-groups.ts'

let both: Both

beforeAll(async () => {
  const house = await openAlgorand()
  both = { house, app: await house.newClient(house.native.key, house.ssm.key) }
}, 60_000)

afterAll(() => both.house.end())

test('300 groups of 2 to 16, each signed by both, to the byte as algosdk does', async () => {
  expect(await signGroups(both, 300)).toBeGreaterThan(600)
}, 300_000)
