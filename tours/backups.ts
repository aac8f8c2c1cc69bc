/** Losing the machine, and coming back without signing anything twice. */
import { glob } from 'node:fs/promises'
import { join } from 'node:path'
import { verifyMessage } from 'viem'
import { ChanceryError, viemAccount, type Client } from '../packages/client/src/index.ts'
import { shop, type Key } from './keys.ts'
import { command, serve, type RunningService } from './service.ts'
import { must, type Steps } from './steps.ts'
import { proveMined } from './transactions.ts'
import { network, type World } from './world.ts'

export async function backUp({ step }: Steps, { home }: World): Promise<void> {
  await step('$ chancery backup ./backup', async (tell) => {
    const { files } = JSON.parse(await command(home, 'backup', 'backup', '--json')) as { files: readonly string[] }
    tell(`${files.join(', ')}; the key-encryption key itself is not among them`)
  })
  await step('$ chancery drill ./backup rehearses the restore', async (tell) => {
    tell(await command(home, 'drill', 'backup'))
  })
}

/** The backup misses what was signed after it; the witness file, which lies elsewhere, remembers. */
export async function restoreBackup(
  { step }: Steps,
  world: World,
  service: RunningService,
  connect: (url: string) => Client,
  key: Key,
): Promise<void> {
  const { home } = world
  await step(
    'One more payment after the backup, then SIGTERM: the service finishes what it does, and ends',
    async () => {
      const client = connect(service.url)
      const { id } = await client.transactions.send({ key: key.id, network, transaction: { to: shop, value: '13' } })
      await client.transactions.wait(id, { until: 'mined', seconds: 20 })
      const status = await service.program.end('SIGTERM')
      must(status === 0, `it ended with ${status}`)
    },
  )
  const [keyFile, witness] = [
    await only(home.env['HOME'], '.config/**/key'),
    await only(home.env['HOME'], '.local/**/witness'),
  ]
  await step('$ chancery restore ./backup --data-dir ./restored --key-file …', async (tell) => {
    await command(home, 'restore', 'backup', '--data-dir', 'restored', '--key-file', keyFile)
    tell('with the key-encryption key, which is kept elsewhere')
  })
  const flags = ['--data-dir', 'restored', '--key-file', keyFile, '--witness-file', witness]
  const restored = await step(
    'The restored service starts, and signs nothing: its store is behind its witness',
    async (tell) => {
      const started = await serve(home, ...flags)
      const refused = await sign(connect(started.url), key).catch((error: unknown) => error)
      must(refused instanceof ChanceryError && refused.code === 'behind-witness', `it answered ${String(refused)}`)
      tell(refused.message)
      return started
    },
  )
  await step('$ chancery audit accept-gap --reason …', async (tell) => {
    await command(home, 'audit', 'accept-gap', '--reason', 'the disk is gone', '--data-dir', 'restored')
    await sign(connect(restored.url), key)
    tell('a person has said so, on record, and it signs again')
  })
  await step('The next payment takes the nonce that the chain is at, not the one in the backup', async (tell) => {
    const client = connect(restored.url)
    const sent = await client.transactions.send({ key: key.id, network, transaction: { to: shop, value: '17' } })
    tell(await proveMined(world.chain, client, sent, key, 2))
  })
}

async function sign(client: Client, { id, address }: Key): Promise<void> {
  const account = await viemAccount(client, id, { network })
  const message = 'after the restore'
  const signature = await account.signMessage({ message })
  must(await verifyMessage({ address, message, signature }), 'viem does not verify it')
}

async function only(home: string | undefined, pattern: string): Promise<string> {
  for await (const found of glob(pattern, { cwd: home ?? '' })) return join(home ?? '', found)
  throw new Error(`there is no ${pattern} in the service's home`)
}
