/**
 * SIGKILL at every step of a wallet's creation, before it is done and after: each round of the store, each question to the
 * back-end that keeps its key, each request to AWS. Started again on the same folder, asked again or not, the service makes
 * the wallet with one key, and whoever was told an address was told that one.
 */
import { expect, test } from 'vitest'
import { Failed } from '../../src/core/errors.ts'
import type { WalletView } from '../../src/core/wallets.ts'
import { sourceOf } from '../../src/register/source.ts'
import { verifyRegister } from '../../src/register/verify.ts'
import { begin, network, openWorld, type Life, type Step, type Tier, type When, type World } from './creation-life.ts'

/** Who sees to it that the creation goes on: whoever asked for it, or the job that looks for what was left. */
type Reviver = 'its client' | 'the service'

/** With how many steps there are at least, so that none is left out unnoticed. */
const kinds: readonly (readonly [tier: Tier, step: Step, least: number])[] = [
  ['native', 'round', 4],
  ['native', 'request', 6],
  ['datakey', 'round', 4],
  ['datakey', 'request', 2],
  ['hd', 'round', 5],
  ['hd', 'question', 5],
  ['sealed', 'round', 4],
  ['sealed', 'question', 2],
]

/** After a step there is what there is before the next one: so each of the two meets everything that a death leaves. */
const revivers: readonly (readonly [when: When, reviver: Reviver])[] = [
  ['before', 'its client'],
  ['after', 'the service'],
]

const deaths = kinds.flatMap(([tier, step, least]) =>
  revivers.map(([when, reviver]) => [tier, when, step, reviver, least] as const),
)

test.each(deaths)(
  'a wallet of the tier %s, whose process died %s a %s of its creation, is finished by %s',
  { timeout: 120_000 },
  async (tier, when, step, reviver, least) => {
    let number = 0
    while (await survives({ tier, step, when, number }, reviver)) number += 1
    expect(number).toBeGreaterThanOrEqual(least)
  },
)

interface Death {
  readonly tier: Tier
  readonly step: Step
  readonly when: When
  readonly number: number
}

/** @returns whether the creation had so many steps */
async function survives(death: Death, reviver: Reviver): Promise<boolean> {
  const world = await openWorld(death.tier)
  try {
    const first = await begin(world)
    const answered = await dieMaking(world, first, death)
    const died = first.process.dead()
    await first.end()
    world.emulator.faults.clear()
    const second = await begin(world)
    if (reviver === 'the service') await finishLeftOver(world, second)
    await expectOneWallet(world, second, answered)
    await second.end()
    return died
  } finally {
    await world.close()
  }
}

/** The wallet, where that was answered. */
async function dieMaking(
  { tier, emulator }: World,
  life: Life,
  { step, when, number }: Death,
): Promise<WalletView | undefined> {
  const { process } = life
  if (step === 'round') process.dieAt(number, when)
  if (step === 'question') process.dieAtQuestion(number, when)
  if (step === 'request') emulator.faults.add({ kind: 'hang', stage: when, skip: number })
  const creation = { over: false }
  const asking = create(life, tier)
    .catch(() => undefined)
    .finally(() => (creation.over = true))
  const hangs = () => emulator.faults.list().some(({ fired }) => fired > 0)
  await expect.poll(() => creation.over || process.dead() || hangs(), { interval: 5, timeout: 20_000 }).toBe(true)
  if (hangs()) process.die()
  return creation.over ? asking : undefined
}

function create({ house, call }: Life, tier: Tier): Promise<WalletView> {
  return house.wallets.create({ user: '123', asset: 'BTC', network, tier }, call())
}

/** As a client that waits where it is told to. */
async function made(world: World, life: Life): Promise<WalletView> {
  try {
    return await create(life, world.tier)
  } catch (error) {
    if (!(error instanceof Failed) || error.particulars.retryAfter === undefined) throw error
    world.pass(error.particulars.retryAfter * 1_000)
    return create(life, world.tier)
  }
}

async function finishLeftOver(world: World, { house, call }: Life): Promise<void> {
  world.pass(60_000)
  await house.wallets.finishLeftOver(call().deadline, new AbortController().signal)
  const { wallets } = await house.wallets.list({}, { limit: 10 }, call())
  expect(wallets.filter(({ status }) => status !== 'CREATED')).toEqual([])
}

async function expectOneWallet(world: World, life: Life, answered: WalletView | undefined): Promise<void> {
  const { house, call } = life
  const { row } = await made(world, life)
  if (answered !== undefined) expect([row.id, row.address]).toEqual([answered.row.id, answered.row.address])
  const { wallets } = await house.wallets.list({}, { limit: 10 }, call())
  expect(wallets.map(({ status, row: { id, address } }) => [id, status, address])).toEqual([
    [row.id, 'CREATED', row.address],
  ])
  expect((await house.wallets.verify(row.id, call())).status).toBe('CREATED')
  await expectOneKey(world, life)
  expect(await verifyRegister(sourceOf(house.store, world.clock))).toMatchObject({ findings: [] })
}

/** No orphan either: what AWS made is what the record names, and what wraps the data key pairs. */
async function expectOneKey({ tier, emulator, copies }: World, { house }: Life): Promise<void> {
  expect(house.state.current().keys.size).toBe(1)
  const made = emulator.calls.filter(({ operation, result }) => operation === 'CreateKey' && result === 'ok')
  expect(made).toHaveLength(tier === 'native' ? 2 : 1)
  if (tier === 'datakey') expect(await copies()).toBe(1)
}
