/** What every node of a chain of coins promises, whatever it speaks. Called with a chain of its own for each test. */
import { Transaction } from '@scure/btc-signer'
import { beforeEach, describe, expect, test } from 'vitest'
import { systemClock } from '../../src/base/clock.ts'
import { deadlineIn, type Deadline } from '../../src/base/deadline.ts'
import type { OutPoint } from '../../src/core/coins.ts'
import type { CoinNode, FoundCoin } from '../../src/core/node.ts'

export interface CoinScene {
  readonly node: CoinNode
  /** Nobody was paid there before. */
  newAddress(): Promise<string>
  /** Pays it, without a block. Gives the txid. */
  pay(address: string, amount: bigint): Promise<string>
  mine(blocks: number): Promise<void>
  /** A signed transaction that nobody sent yet: the whole coin less a fee, which is all it differs in when made again. */
  spend(coin: OutPoint, to: string, fee: bigint): Promise<Uint8Array>
  /** Takes the newest block away: what was in it waits for a block again. */
  undo(): Promise<void>
}

export interface CoinNodeCase {
  scene(): Promise<CoinScene>
  /** Whether coins that no block has are found. */
  readonly seesPool: boolean
  /** Whether it remembers payments whose coins are spent. */
  readonly keepsHistory: boolean
}

export const soon = (milliseconds = 15_000): Deadline => deadlineIn(milliseconds, systemClock)

/** By other code than the node's. */
export function txidOf(raw: Uint8Array): string {
  return parsed(raw).id
}

function parsed(raw: Uint8Array): Transaction {
  return Transaction.fromRaw(raw, { allowUnknownOutputs: true, disableScriptCheck: true })
}

async function worth(node: CoinNode, { txid, index }: OutPoint): Promise<bigint | undefined> {
  const raw = await node.transaction(txid, soon())
  return raw && parsed(raw).getOutput(index).amount
}

/** Where a coin is; which output of its transaction it is, only that transaction says. */
function placeOf({ txid, address, confirmations }: FoundCoin) {
  return { txid, address, confirmations }
}

const unheardOf = '7'.repeat(64)

export function coinNodeContract({ scene, seesPool, keepsHistory }: CoinNodeCase): void {
  let at: CoinScene
  beforeEach(async () => {
    at = await scene()
  })

  /** A coin in a block, of an address of its own. */
  async function paid(amount = 150_000_000n): Promise<FoundCoin> {
    const address = await at.newAddress()
    await at.pay(address, amount)
    await at.mine(1)
    const [coin] = await at.node.coins([address], soon())
    if (coin === undefined) throw new Error('the payment is not found')
    return coin
  }

  test('it serves the network it says', async () => {
    await expect(at.node.check(soon())).resolves.toBeUndefined()
  })

  describe('coins', () => {
    test('there are none of an address that nobody paid, nor of no address', async () => {
      await expect(at.node.coins([await at.newAddress()], soon())).resolves.toEqual([])
      await expect(at.node.coins([], soon())).resolves.toEqual([])
    })

    test('each is found with its address and its depth, and is worth what was paid', async () => {
      const [a, b] = [await at.newAddress(), await at.newAddress()]
      const first = await at.pay(a, 150_000_000n)
      await at.mine(1)
      const second = await at.pay(b, 12_345_678n)
      await at.mine(2)
      const coins = await at.node.coins([a, b, await at.newAddress(), a], soon())
      const found = coins.toSorted((one) => (one.address === a ? -1 : 1))
      expect(found.map(placeOf)).toEqual([
        { txid: first, address: a, confirmations: 3 },
        { txid: second, address: b, confirmations: 2 },
      ])
      const worths = await Promise.all(found.map((one) => worth(at.node, one)))
      expect(worths).toEqual([150_000_000n, 12_345_678n])
    })

    test(`one without a block is ${seesPool ? 'found as well' : 'left to whoever made it'}`, async () => {
      const address = await at.newAddress()
      await at.node.coins([address], soon())
      const txid = await at.pay(address, 1_000_000n)
      // A node tells its wallets of what is new in its pool a moment after it took it.
      const found = async () => (await at.node.coins([address], soon())).map(placeOf)
      await expect.poll(found).toEqual(seesPool ? [{ txid, address, confirmations: 0 }] : [])
      for (const coin of await at.node.coins([address], soon())) expect(await worth(at.node, coin)).toBe(1_000_000n)
    })

    test('one that is spent is none any more, though no block has the spend', async () => {
      const coin = await paid()
      await at.node.send(await at.spend(coin, await at.newAddress(), 1_000n), soon())
      await expect.poll(() => at.node.coins([coin.address], soon())).toEqual([])
      await at.mine(1)
      await expect(at.node.coins([coin.address], soon())).resolves.toEqual([])
    })
  })

  describe('payments', () => {
    test('there are none to an address that nobody paid, nor to no address', async () => {
      await expect(at.node.received([await at.newAddress()], soon())).resolves.toEqual([])
      await expect(at.node.received([], soon())).resolves.toEqual([])
    })

    test('are found with their address, and are in a block', async () => {
      const { txid, address } = await paid()
      const found = await at.node.received([await at.newAddress(), address, address], soon())
      expect(found).toEqual([{ txid, address, inBlock: true }])
    })

    test(`of a coin that was spent are ${keepsHistory ? 'found as well' : 'forgotten'}`, async () => {
      const coin = await paid()
      const { txid, address } = coin
      await at.node.send(await at.spend(coin, await at.newAddress(), 1_000n), soon())
      await at.mine(1)
      const known = keepsHistory ? [{ txid, address, inBlock: true }] : []
      await expect(at.node.received([address], soon())).resolves.toEqual(known)
    })
  })

  describe('a transaction', () => {
    test('that nobody made is not known', async () => {
      await expect(at.node.transaction(unheardOf, soon())).resolves.toBeUndefined()
      await expect(at.node.sighting(unheardOf, soon())).resolves.toEqual({ seen: 'nowhere' })
    })

    test('is sent, waits, and is in a block that others cover', async () => {
      const raw = await at.spend(await paid(), await at.newAddress(), 1_000n)
      const txid = txidOf(raw)
      await expect(at.node.send(raw, soon())).resolves.toEqual({ accepted: true })
      await expect(at.node.sighting(txid, soon())).resolves.toEqual({ seen: 'pool' })
      await expect(at.node.transaction(txid, soon())).resolves.toEqual(raw)
      await at.mine(1)
      const first = await at.node.sighting(txid, soon())
      expect(first).toMatchObject({ seen: 'block', depth: 1n, success: true })
      await at.mine(2)
      await expect(at.node.sighting(txid, soon())).resolves.toEqual({ ...first, depth: 3n })
    })

    test('is still found in its block when what it paid is spent', async () => {
      const to = await at.newAddress()
      const raw = await at.spend(await paid(), to, 1_000n)
      await at.node.send(raw, soon())
      await at.mine(1)
      const [output] = await at.node.coins([to], soon())
      if (output === undefined) throw new Error('the payment is not found')
      await at.node.send(await at.spend(output, await at.newAddress(), 1_000n), soon())
      await at.mine(1)
      await expect(at.node.sighting(txidOf(raw), soon())).resolves.toMatchObject({ seen: 'block', depth: 2n })
    })

    test('waits again when its block is replaced', async () => {
      const raw = await at.spend(await paid(), await at.newAddress(), 1_000n)
      await at.node.send(raw, soon())
      await at.mine(1)
      await expect(at.node.sighting(txidOf(raw), soon())).resolves.toMatchObject({ seen: 'block' })
      await at.undo()
      await expect(at.node.sighting(txidOf(raw), soon())).resolves.toEqual({ seen: 'pool' })
      await at.mine(2)
      await expect(at.node.sighting(txidOf(raw), soon())).resolves.toMatchObject({ seen: 'block', depth: 2n })
    })

    test('that was sent before is accepted again, waiting or in a block', async () => {
      const raw = await at.spend(await paid(), await at.newAddress(), 1_000n)
      for (const blocks of [0, 1]) {
        await at.mine(blocks)
        await expect(at.node.send(raw, soon())).resolves.toEqual({ accepted: true })
        await expect(at.node.send(raw, soon())).resolves.toEqual({ accepted: true })
      }
    })

    test('that spends a coin again is not accepted, with the node’s words', async () => {
      const coin = await paid()
      await at.node.send(await at.spend(coin, await at.newAddress(), 1_000n), soon())
      await at.mine(1)
      const again = await at.spend(coin, await at.newAddress(), 2_000n)
      const { accepted, words } = await at.node.send(again, soon())
      expect(accepted).toBe(false)
      expect(words).toMatch(/[a-z]/i)
      await expect(at.node.sighting(txidOf(again), soon())).resolves.toEqual({ seen: 'nowhere' })
    })

    test('is not what has a byte too many or too few', async () => {
      const raw = await at.spend(await paid(), await at.newAddress(), 1_000n)
      for (const bytes of [raw.subarray(1), raw.subarray(0, -1), Uint8Array.of(...raw, 0), new Uint8Array()])
        await expect(at.node.send(bytes, soon())).resolves.toMatchObject({ accepted: false })
      await expect(at.node.sighting(txidOf(raw), soon())).resolves.toEqual({ seen: 'nowhere' })
    })
  })

  test('a fee rate is a positive number, or not known', async () => {
    const rate = await at.node.feeRate(3, soon())
    expect(rate === undefined || rate > 0n).toBe(true)
  })
}
