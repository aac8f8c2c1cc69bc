/** Requests to pay, each asked of the old signer or of a house until one has paid it, while the wallet moves back and forth. */
import { Refused } from '../../../src/core/errors.ts'
import type { Principal } from '../../../src/core/access.ts'
import type { WalletView } from '../../../src/core/wallets.ts'
import type { TestHouse } from '../../integration/house.ts'
import type { Payer } from './payer.ts'
import { goneBack } from './scene.ts'

export interface Scene {
  readonly old: Payer
  readonly wallet: WalletView
  /** Holds the two signers against each other, so that the wallet may be cut over. */
  compare(house: TestHouse): Promise<unknown>
  /** Each with the client that asks it. */
  readonly houses: readonly { readonly house: TestHouse; readonly exchange: Principal }[]
  /** 0 to 1, the same for the same seed. */
  random(): number
}

export interface Paid {
  readonly by: 'old' | 'here'
  /** Requests that had been accepted here and were given back. */
  readonly givenBack: number
}

/** Numbers from a seed: xorshift32, which is enough to choose sides. */
export function randomFrom(seed: number): () => number {
  let state = seed | 1
  return () => {
    state ^= state << 13
    state ^= state >>> 17
    state ^= state << 5
    return (state >>> 0) / 2 ** 32
  }
}

function pick<T>(random: () => number, things: readonly T[]): T {
  const found = things[Math.floor(random() * things.length)]
  if (found === undefined) throw new Error('nothing to choose from')
  return found
}

/** Asks one side and, when that definitely has not paid, the other; a failure that is no such answer fails the test. */
export async function payOnce(scene: Scene, to: string, amount: bigint): Promise<Paid> {
  let givenBack = 0
  for (let asks = 0; asks < 5_000; asks++) {
    if (scene.random() < 0.5) {
      if ((await scene.old.pay(to, amount)) !== undefined) return { by: 'old', givenBack }
    } else {
      const answer = await payHere(scene, to, amount)
      if (answer === 'paid') return { by: 'here', givenBack }
      if (answer === 'given back') givenBack++
    }
    await new Promise(setImmediate)
  }
  throw new Error(`nobody paid ${to}`)
}

async function payHere(scene: Scene, to: string, amount: bigint): Promise<'paid' | 'given back' | 'refused'> {
  const { house, exchange } = pick(scene.random, scene.houses)
  const asked = house.wallets.withdraw({ wallet: scene.wallet.row.id, to, amount }, house.as(exchange))
  const id = await asked.then(
    (withdrawal) => withdrawal.id,
    (error: unknown) => {
      if (error instanceof Refused && error.code === 'wallet-state') return undefined
      throw error
    },
  )
  if (id === undefined) return 'refused'
  for (let looks = 0; looks < 100; looks++) {
    const found = await house.relay.paid(
      id,
      ['accepted', 'assigned', 'signed', 'broadcast', 'mined'],
      house.operator().deadline,
    )
    const { state, body } = found?.row ?? {}
    if (state === 'final') return 'paid'
    if (state === 'failed' && JSON.stringify(body).includes('wallet-state')) return 'given back'
    if (state === 'failed') throw new Error(`${id}: ${JSON.stringify(body)}`)
  }
  throw new Error(`${id} is never settled`)
}

/** Moves the wallet here and back until `done`. @returns how often it came here */
export async function flip(
  scene: Scene,
  passed: (some: number) => Promise<void>,
  done: () => boolean,
): Promise<number> {
  let flips = 0
  const { old, wallet, random } = scene
  while (!done()) {
    const { house } = pick(random, scene.houses)
    await old.stop()
    await scene.compare(house)
    await house.wallets.cutOver(wallet.row.id, false, house.operator())
    flips++
    await passed(1 + Math.floor(random() * 8))
    await goneBack(pick(random, scene.houses).house, wallet)
    old.start()
    await passed(1 + Math.floor(random() * 8))
  }
  return flips
}
