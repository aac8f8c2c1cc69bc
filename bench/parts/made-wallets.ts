/** How fast the service makes wallets: `made-wallets.ts <tier> <count> [setting=value …]`. Says so, and waits for its end. */
import type { CreateWallet } from '../../packages/chancery/src/core/wallets.ts'
import type { Tier } from '../../packages/chancery/src/core/wallet-store.ts'
import { deadlineIn } from '../../packages/chancery/src/base/deadline.ts'
import { systemClock } from '../../packages/chancery/src/base/clock.ts'
import { start } from './start.ts'

const [tier = 'sealed', count = '100', ...settings] = process.argv.slice(2)
const network = 'bip122:000000000933ea01ad0ee984209779ba'
const { service, call } = await start(network, Object.fromEntries(settings.map((one) => pair(one))))
const { wallets } = service.services

/** As many as one request takes. */
const together = 500

// Code that a service runs for days is compiled by then; a KMS that makes five a second is not kept from it.
await make('warm', tier === 'native' ? 1 : 200)
const began = performance.now()
await make('user', Number(count))
const seconds = (performance.now() - began) / 1_000
process.stdout.write(`${JSON.stringify({ perSecond: Number(count) / seconds })}\n`)

async function make(prefix: string, many: number): Promise<void> {
  for (let at = 0; at < many; at += together) {
    const requests = Array.from({ length: Math.min(together, many - at) }, (_, i) => requestFor(`${prefix} ${at + i}`))
    const deadline = deadlineIn(600_000, systemClock)
    const answers = await wallets.createMany(requests, { ...call(), deadline })
    const failed = answers.find((answer) => answer instanceof Error)
    if (failed instanceof Error) throw failed
  }
}

function requestFor(user: string): CreateWallet {
  return { user, asset: 'BTC', network, tier: tier as Tier }
}

function pair(setting: string): [string, string] {
  const at = setting.indexOf('=')
  return [setting.slice(0, at), setting.slice(at + 1)]
}
