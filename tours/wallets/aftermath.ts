/** What is there in the end, and what stands in the register about it. */
import type { Wallet } from '../../packages/client/src/index.ts'
import { command } from '../service.ts'
import { must, type Steps } from '../steps.ts'
import type { World } from './world.ts'

export async function lookBack({ step }: Steps, { home }: World, wallets: readonly Wallet[]): Promise<void> {
  await step(
    '$ chancery wallets verify: each address is derived from its key again, and the key signs',
    async (tell) => {
      for (const { id } of wallets) await command(home, 'wallets', 'verify', id)
      tell(`${wallets.length} wallets`)
    },
  )
  await step('$ chancery wallets list', async (tell) => {
    const listed = JSON.parse(await command(home, 'wallets', 'list', '--json')) as readonly Wallet[]
    const missing = wallets.filter(({ id }) => !listed.some((one) => one.id === id))
    must(missing.length === 0, `${missing.map(({ id }) => id).join(', ')} are missing`)
    tell(`${listed.length} wallets, ${new Set(listed.map(({ tier }) => tier)).size} tiers`)
  })
  await step('$ chancery audit verify', async (tell) => {
    tell(await command(home, 'audit', 'verify'))
  })
  await step('$ chancery audit export register.jsonl: anyone can verify it, without a key', async (tell) => {
    await command(home, 'audit', 'export', 'register.jsonl')
    tell(await command(home, 'audit', 'verify', '--export', 'register.jsonl'))
  })
}
