/** A key is about to go, and stays. */
import { chancery, command } from '../service.ts'
import { must, type Steps } from '../steps.ts'
import type { Account } from './accounts.ts'
import { paysItself } from './signing.ts'
import { atTerminal } from './terminal.ts'
import type { World } from './world.ts'

export async function deleteAndCancel({ step }: Steps, world: World, { name }: Account): Promise<void> {
  const { home, printed } = world
  await step(`$ chancery algorand delete ${name} --yes: refused while its account holds anything`, async (tell) => {
    const { status, err } = await chancery(home, 'algorand', 'delete', name, '--yes')
    must(status === 1 && err.includes('Something would be lost'), `it ended with ${status}: ${err}`)
    tell(err.trim().split('\n')[0] ?? '')
  })
  await step(`$ chancery algorand delete ${name} --force --days 7: its name is typed again`, async (tell) => {
    const args = ['algorand', 'delete', name, '--force', '--days', '7']
    const { status, out } = await atTerminal(home, args, () => name)
    printed.set('the terminal of the deletion', out)
    must(status === 0 && /pending-deletion/.test(out), `it ended with ${status}: ${out}`)
    const { status: tested, err } = await chancery(home, 'algorand', 'test', name, '--network', 'testnet')
    must(tested === 1, 'it still signs')
    tell(err.trim().split('\n')[0] ?? '')
  })
  await step(`$ chancery algorand cancel-deletion ${name}`, async (tell) => {
    const out = await command(home, 'algorand', 'cancel-deletion', name)
    must(/state +enabled/.test(out), `it says ${out}`)
    tell(`it signs again, ${await paysItself(world, name)}`)
  })
}
