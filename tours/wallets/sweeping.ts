/** A wallet of many addresses, and everything it holds to the organisation's treasury. */
import { ChanceryError, type Client, type Wallet } from '../../packages/client/src/index.ts'
import { must, type Steps } from '../steps.ts'
import type { Coin } from './coins.ts'
import { createWallet, followed } from './paying.ts'
import { treasury } from './policy.ts'
import { wordsOf } from './refusing.ts'
import type { World } from './world.ts'

const amount = 300_000n

export async function sweepBranch(steps: Steps, world: World, client: Client): Promise<void> {
  const [bitcoin] = world.coins
  must(bitcoin !== undefined, 'there is no coin')
  const coin: Coin = { ...bitcoin, tier: 'hd' }
  const wallet = await createWallet(steps, world, coin, 'bob')
  const addresses = [wallet.address ?? '', ...(await giveAddresses(steps, client, wallet))]
  await steps.step('Somebody pays to each of its addresses, and nobody else', async () => {
    for (const address of addresses) await coin.chain.give(address, amount)
  })
  await refuseElsewhere(steps, client, coin, wallet)
  await sweep(steps, client, coin, wallet, addresses)
}

function giveAddresses({ step }: Steps, client: Client, { id }: Wallet): Promise<readonly string[]> {
  return step(
    'POST /v1/wallets/{wallet}/addresses: two deposit addresses more, without asking for a key',
    async (tell) => {
      const given = [await client.wallets.newAddress(id), await client.wallets.newAddress(id)]
      for (const { address } of given) must((await client.wallets.get(address)).id === id, `${address} is not its own`)
      tell(given.map(({ address, derivationPath }) => `${derivationPath} ${address}`).join(', '))
      return given.map(({ address }) => address)
    },
  )
}

async function refuseElsewhere({ step }: Steps, client: Client, { payee }: Coin, { id }: Wallet): Promise<void> {
  await step('Refused, because what a sweep would go to is not the treasury', async (tell) => {
    const refused = await client.withdrawals.sweep({ wallet: id, to: payee }).catch((error: unknown) => error)
    must(refused instanceof ChanceryError && refused.code === 'denied', `it answered ${String(refused)}`)
    tell(wordsOf(refused))
  })
}

async function sweep(
  { step }: Steps,
  client: Client,
  coin: Coin,
  { id }: Wallet,
  addresses: readonly string[],
): Promise<void> {
  await step('POST /v1/sweeps: all of it to the treasury, in one transaction', async (tell) => {
    await followed(client, coin, await client.withdrawals.sweep({ wallet: id }))
    for (const address of addresses) must((await coin.chain.held(address)) === 0n, `${address} holds something`)
    const all = amount * BigInt(addresses.length)
    const swept = await coin.chain.held(treasury.bitcoin)
    must(swept > all - 20_000n && swept < all, `the treasury has ${swept}`)
    tell(`${swept} of ${all}, less the fee`)
  })
}
