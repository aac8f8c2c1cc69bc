/** An account gets another key and keeps its address, and gets its first one back. */
import { command } from '../service.ts'
import { must, type Steps } from '../steps.ts'
import type { Account } from './accounts.ts'
import { paysItself } from './signing.ts'
import type { World } from './world.ts'

export async function rotate({ step }: Steps, world: World, { name, address }: Account): Promise<void> {
  const { home, algod } = world
  const authority = async () => (await algod.client.accountInformation(address).do()).authAddr?.toString()
  const same = async () => must((await command(home, 'algorand', 'address', name)) === address, 'its address changed')

  await step(`$ chancery algorand rotate ${name}: rekeyed by a group that proves the new key`, async (tell) => {
    await command(home, 'algorand', 'rotate', name, '--network', 'testnet')
    const other = await authority()
    must(other !== undefined && other !== address, `the ledger has ${other} as its authority`)
    await same()
    tell(`${other} signs for ${address}`)
    tell(await paysItself(world, name))
  })
  await step(`$ chancery algorand rotate ${name} --undo`, async (tell) => {
    await command(home, 'algorand', 'rotate', name, '--network', 'testnet', '--undo')
    const other = await authority()
    must(other === undefined, `the ledger still has ${other} as its authority`)
    await same()
    tell(await paysItself(world, name))
  })
}
