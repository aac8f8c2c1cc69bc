/** `npm run tour -- wallets`: a wallet for each coin, and what it may pay. */
import type { Wallet } from '../../packages/client/src/index.ts'
import { serve } from '../service.ts'
import type { Steps } from '../steps.ts'
import { lookBack } from './aftermath.ts'
import { useOldNames } from './keys.ts'
import { moveAndReturn } from './migration.ts'
import { useCoin } from './paying.ts'
import { putPolicy, registerClient } from './policy.ts'
import { sweepBranch } from './sweeping.ts'
import { buildWorld } from './world.ts'

const names: Readonly<Record<string, string>> = {
  BTC: 'Bitcoin',
  LTC: 'Litecoin',
  DOGE: 'Dogecoin',
  ETH: 'Ether',
  BNB: 'BNB',
  POL: 'POL',
  USDT: 'A token (ERC-20)',
}

export async function walk(steps: Steps, stack: AsyncDisposableStack): Promise<void> {
  const { step, chapter } = steps
  chapter('Everything on this machine')
  const world = await step('Three chains of coins, three EVM nodes, and a stand-in for AWS', () => buildWorld(stack))
  const service = await step('$ chancery serve', async (tell) => {
    const started = await serve(world.home)
    tell(started.url)
    return started
  })
  await putPolicy(steps, world)
  const client = await registerClient(steps, world, service)

  const wallets: Wallet[] = []
  for (const coin of world.coins) {
    chapter(names[coin.symbol] ?? coin.symbol)
    wallets.push(await useCoin(steps, world, client, coin))
  }

  chapter('Many addresses, and the treasury')
  await sweepBranch(steps, world, client)

  chapter('Keys by the names of the original service')
  await useOldNames(steps, world, client)

  chapter('Ten wallets from another signer, and back')
  await moveAndReturn(steps, world, client)

  chapter('What stays')
  await lookBack(steps, world, wallets)
}
