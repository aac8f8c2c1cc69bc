/** AWS is gone. Whoever has the words signs on without it. */
import { chancery, command, serve, type RunningService } from '../service.ts'
import { must, type Steps } from '../steps.ts'
import type { Account } from './accounts.ts'
import { knownWords } from './secrets.ts'
import { paysItself } from './signing.ts'
import { atTerminal } from './terminal.ts'
import type { World } from './world.ts'

export async function recover({ step }: Steps, world: World, { name, address }: Account): Promise<RunningService> {
  const { home, refuge, aws, printed } = world
  await step('AWS cannot be reached any more: its keys sign nothing', async (tell) => {
    await aws.program.end('SIGKILL')
    const { status, err } = await chancery(home, 'algorand', 'test', name, '--network', 'testnet')
    must(status === 1, 'it still signs')
    tell(err.trim().split('\n')[0] ?? '')
  })
  const service = await step('$ USE_KMS_SIGNING=False chancery serve: another service, without AWS', () =>
    serve(refuge),
  )
  await step('$ chancery algorand import …: the words that were kept offline, into sealed', async (tell) => {
    const args = ['algorand', 'import', '--name', name, '--network', 'testnet', '--expect-address', address]
    const ran = await atTerminal(refuge, args, () => knownWords)
    printed.set('the terminal of the recovery', ran.out)
    must(ran.status === 0 && /backend +sealed/.test(ran.out), `it ended with ${ran.status}`)
    must((await command(refuge, 'algorand', 'address', name)) === address, 'it has another address')
    tell(`${address}, as before`)
  })
  await step(`$ chancery algorand test ${name} --submit: the same account signs, without AWS`, async (tell) => {
    tell(await paysItself({ ...world, home: refuge }, name))
  })
  return service
}
