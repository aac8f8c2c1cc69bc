/** As in `integration/algorand-groups.test.ts`, for as long as it takes to sign so many. */
import { expect, test } from 'vitest'
import { signGroups } from '../integration/algorand-groups.ts'
import { openAlgorand } from '../integration/algorand-service.ts'

/** In a service of its own, because the test's one keeps every reply and line of log. */
async function signSome(): Promise<number> {
  const house = await openAlgorand()
  try {
    return await signGroups({ house, app: await house.newClient(house.native.key, house.ssm.key) }, 200)
  } finally {
    await house.end()
  }
}

test('10,000 transactions of every type, in groups, signed in AWS to the byte as algosdk signs them', async () => {
  let signed = 0
  while (signed < 10_000) signed += await signSome()
  expect(signed).toBeGreaterThanOrEqual(10_000)
}, 900_000)
