/** `npm run tour -- algorand`: a sponsor account, from nothing to a signature without AWS. */
import { serve } from '../service.ts'
import type { Steps } from '../steps.ts'
import { makeAccounts } from './accounts.ts'
import { lookThrough } from './aftermath.ts'
import { deleteAndCancel } from './deletion.ts'
import { recover } from './recovery.ts'
import { rotate } from './rotation.ts'
import { allowPayments, registerClient, signPayments } from './signing.ts'
import { refuseFive, sponsorGroup } from './sponsoring.ts'
import { buildWorld } from './world.ts'

export async function walk(steps: Steps, stack: AsyncDisposableStack): Promise<void> {
  const { step, chapter } = steps
  chapter('Everything on this machine')
  const world = await step('A server that speaks as algod does and poses as testnet, and a stand-in for AWS', () =>
    buildWorld(stack),
  )
  const service = await step('$ chancery serve, its log at the level of trace', async (tell) => {
    const started = await serve(world.home)
    tell(started.url)
    return started
  })

  chapter('Accounts')
  const accounts = await makeAccounts(steps, world)
  await allowPayments(steps, world, accounts)
  const client = await registerClient(steps, world, service)

  chapter('Signing')
  await signPayments(steps, world, service, client, accounts)

  chapter('Another key for the same account')
  await rotate(steps, world, accounts.till)

  chapter('Fees for others')
  await sponsorGroup(steps, world, client, accounts)
  await refuseFive(steps, world, client, accounts)

  chapter('Deletion')
  await deleteAndCancel(steps, world, accounts.former)

  chapter('Without AWS')
  const refuge = await recover(steps, world, accounts.former)

  chapter('What was left behind')
  await lookThrough(steps, world, [service, refuge], accounts)
}
