/** The worst moment to die: signed, and not yet sent. */
import type { Client } from '../packages/client/src/index.ts'
import { shop, type Key } from './keys.ts'
import { serve, type RunningService } from './service.ts'
import { must, until, type Steps } from './steps.ts'
import { proveMined } from './transactions.ts'
import { network, type World } from './world.ts'

/** @returns the service that was started again, and a client of it made by `connect` */
export async function surviveKill(
  { step }: Steps,
  world: World,
  service: RunningService,
  connect: (url: string) => Client,
  key: Key,
): Promise<RunningService> {
  const client = connect(service.url)
  const before = await step(
    'The wire to the node is cut, and a transaction is signed that cannot be sent',
    async (tell) => {
      world.wire.cut = true
      const { id } = await client.transactions.send({
        key: key.id,
        network,
        transaction: { type: 2, to: shop, value: '11' },
      })
      const signed = await until('the signature', async () => {
        const found = await client.transactions.get(id)
        return found.state === 'signed' ? found : undefined
      })
      tell(signed.signed[0]?.hash ?? '')
      return signed
    },
  )
  return step('$ kill -9: the service started again sends the same bytes, and they are mined', async (tell) => {
    const status = await service.program.end('SIGKILL')
    must(status === 'SIGKILL', `it ended with ${status}`)
    world.wire.cut = false
    const again = await serve(world.home)
    const restarted = connect(again.url)
    tell(await proveMined(world.chain, restarted, before, key, 2))
    const { signed } = await restarted.transactions.get(before.id)
    must(signed.length === 1 && signed[0]?.raw === before.signed[0]?.raw, 'other bytes were signed')
    return again
  })
}
