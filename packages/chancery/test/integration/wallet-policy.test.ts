/** The policy of wallets and its freezes in a whole house: recorded, kept, and the same after a start. */
import { afterEach, expect, test } from 'vitest'
import { systemClock } from '../../src/base/clock.ts'
import { freezeId } from '../../src/core/wallet-policy.ts'
import { sourceOf } from '../../src/register/source.ts'
import { verifyRegister } from '../../src/register/verify.ts'
import { refuseFrozen } from '../../src/wallets/policy/frozen.ts'
import { network, openHouse, removeFolder, someone, type TestHouse } from './house.ts'

const asset = `${network}/slip44:60` as const
const policy = {
  rules: [
    {
      name: 'daily',
      asset,
      recipients: [someone.toLowerCase()],
      maximum: '100',
      maximumFee: '10',
      newDestinationHours: 1,
    },
  ],
  treasury: {},
  sweepFees: {},
}

const open: TestHouse[] = []

afterEach(async () => {
  for (const house of open.splice(0)) {
    await house.close()
    await removeFolder(house)
  }
})

async function start(): Promise<TestHouse> {
  const house = await openHouse({})
  open.push(house)
  return house
}

const bodies = async ({ store, operator }: TestHouse) =>
  (await store.latestEntries({ limit: 50 }, operator().deadline)).entries.map(({ body }) => body)

test('a policy is put, judged by, and stands in the register in full', async () => {
  const house = await start()
  const { version, value } = await house.walletPolicy.put(policy, 0, house.operator())
  expect([version, value.rules[0]?.recipients]).toEqual([1, [someone]])
  expect(house.state.current().walletPolicy).toEqual({ version, value })
  await expect(house.walletPolicy.put(policy, 0, house.operator())).rejects.toMatchObject({ code: 'version-conflict' })
  const question = { user: '123', tier: 'sealed', asset, to: someone, amount: 101n } as const
  const { verdict, decision } = await house.walletPolicy.check(question, house.operator())
  expect([verdict, decision.checks.filter(({ ok }) => !ok).map(({ name }) => name)]).toEqual([
    'deny',
    ['daily maximum', 'daily new destination'],
  ])
  const [put] = (await bodies(house)).filter((body) => body.includes('"wallet-policy.put"'))
  expect(JSON.parse(put ?? '{}')).toMatchObject({ about: { version: 1, policy: value } })
  const { findings } = await verifyRegister(sourceOf(house.store, systemClock), { witness: house.witness.seen() })
  expect(findings).toEqual([])
})

test('what is frozen stays frozen after the state was read anew, and is thawed', async () => {
  const house = await start()
  await house.freezing.freeze({ user: '123' }, house.operator())
  await house.freezing.freeze({ asset }, house.operator())
  await house.state.refresh(house.operator().deadline)
  const about = { wallet: 'wal_0', user: '123', asset } as const
  expect(() => refuseFrozen(house.state.current(), about)).toThrow(/frozen/)
  expect(house.state.current().freezes.get(freezeId({ user: '123' }))?.value).toEqual({ frozen: true })
  await house.freezing.thaw({ user: '123' }, house.operator())
  await house.freezing.thaw({ asset }, house.operator())
  await house.state.refresh(house.operator().deadline)
  refuseFrozen(house.state.current(), about)
  // And again: a thaw leaves nothing behind that a freeze could stumble over.
  await house.freezing.freeze({ user: '123' }, house.operator())
  expect(() => refuseFrozen(house.state.current(), about)).toThrow(/frozen/)
  await expect(house.freezing.freeze({ wallet: 'wal_0' }, house.operator())).rejects.toMatchObject({
    code: 'not-found',
  })
})
