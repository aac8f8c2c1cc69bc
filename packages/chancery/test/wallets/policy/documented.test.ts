/** The example of docs/wallet-policy.md: taken at the door, read, and looked at with the answer that the page shows. */
import { readFileSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { createEvm } from '../../../src/chains/evm/chain.ts'
import { createBitcoin } from '../../../src/chains/bitcoin/chain.ts'
import { requireAdministrator } from '../../../src/access/administrator.ts'
import { operatorPrincipal } from '../../../src/access/operator.ts'
import { systemClock } from '../../../src/base/clock.ts'
import { parseYaml } from '../../../src/config/yaml.ts'
import type { Chain } from '../../../src/core/chain.ts'
import { listen } from '../../../src/http/listen.ts'
import { createServer } from '../../../src/http/server.ts'
import { createWalletPolicies } from '../../../src/wallets/policy/policies.ts'
import { memoryState, testClock } from '../../access/fixture.ts'
import { agreeing } from '../../http/fakes.ts'
import { chancery } from '../../cli/terminal.ts'
import { noon } from './fixture.ts'

const page = readFileSync(new URL('../../../../../docs/wallet-policy.md', import.meta.url), 'utf8')
const documented = /```yaml\n(.*?)```/s.exec(page)?.[1] ?? ''

/** @returns the data directory of a service with this policy alone */
async function serve(): Promise<string> {
  const networks = [{ network: 'eip155:1' }, { network: 'bip122:000000000019d6689c085ae165831e93' }] as const
  const chains = [createEvm({ networks: [networks[0]], assets: [] }), createBitcoin({ networks: [networks[1]] })]
  const walletPolicy = createWalletPolicies({
    state: memoryState(),
    chains: new Map<string, Chain>(chains.map((chain) => [chain.id, chain])),
    settings: { networks: {}, gap: 20, tokens: [] },
    clock: testClock(noon),
    requireAdministrator,
    store: {
      wallet: async () => undefined,
      destinationSince: async () => undefined,
      time: async () => noon,
      windowTotal: async () => undefined,
      fullestWindow: async () => undefined,
    },
  })
  const options = { clock: systemClock, version: '0.0.0', observability: 'open' } as const
  const auth = { scheme: 'socket', principal: operatorPrincipal } as const
  const server = createServer({ ...agreeing(), walletPolicy }, { ...options, auth })
  onTestFinished(() => server.drain(0))
  const folder = await mkdtemp(join(tmpdir(), 'chancery-policy-'))
  onTestFinished(() => rm(folder, { recursive: true, force: true }))
  await listen(server, { socket: join(folder, 'chancery.sock') })
  return folder
}

/** The command of the page that begins so. */
function command(begin: string): readonly string[] {
  const line = page.split('\n').find((one) => one.startsWith(`chancery ${begin}`)) ?? ''
  return line.split(' ').slice(1)
}

test('the example of the documentation is taken, and a look at it says what the page shows', async () => {
  const folder = await serve()
  const env = { CHANCERY_DATA_DIR: folder }
  expect(documented).toContain('newDestinationHours')
  const put = await chancery(['wallets', 'policy', 'put', '-'], { env, stdin: documented })
  expect([put.notes, put.status, put.out]).toEqual(['', 0, 'The policy of wallets is version 1'])
  const look = await chancery(command('wallets policy check'), { env })
  expect(look.status).toBe(1)
  expect(look.out).toBe(/<!-- look -->\n```\n(.*?)\n```/s.exec(page)?.[1])
  const json = await chancery([...command('wallets policy check'), '--json'], { env })
  expect(JSON.parse(json.out)).toMatchObject({ verdict: 'deny', windows: [{ used: '0' }, {}, {}] })
  const got = await chancery(['wallets', 'policy', 'get'], { env })
  expect(JSON.parse(got.out)).toEqual(parseYaml(documented, 'the page'))
  expect(got.notes).toBe('version 1')
})

test('a payment that policy allows ends with status 0; one of nobody is refused', async () => {
  const folder = await serve()
  const env = { CHANCERY_DATA_DIR: folder }
  await chancery(['wallets', 'policy', 'put', '-'], { env, stdin: documented })
  const about = ['--tier', 'native', '--asset', 'BTC', '--to', 'bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kv8f3t4']
  const look = (...more: string[]) =>
    chancery(['wallets', 'policy', 'check', ...about, '--amount', '5', ...more], { env })
  const allowed = await look('--user', '1', '--max-fee', '50000')
  expect([allowed.status, allowed.out.split('\n')[0]]).toEqual([0, 'Allowed'])
  expect((await look('--user', '1', '--max-fee', '50001')).status).toBe(1)
  expect((await look('--wallet', 'wal_00000000000000000000000009')).notes).toContain('There is no such wallet')
})
