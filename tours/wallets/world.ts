/** What this tour stands on: chains, AWS's stand-in, and a home for the service with what wallets may pay. */
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { token } from '../../packages/chancery/test/integration/token.ts'
import { makeSymmetricKey, startAws, type Aws } from '../aws.ts'
import { endAll } from '../child.ts'
import type { Home } from '../service.ts'
import { startChains, type Chain, type Chains } from './chains.ts'
import { coinsOn, type Coin } from './coins.ts'

export interface World {
  readonly home: Home
  readonly aws: Aws
  readonly chains: Chains
  readonly coins: readonly Coin[]
}

export async function buildWorld(stack: AsyncDisposableStack): Promise<World> {
  const folder = stack.adopt(await mkdtemp(join(tmpdir(), 'chancery-tour-')), remove)
  stack.defer(endAll)
  const [aws, chains] = await Promise.all([startAws(folder), startChains(folder)])
  stack.defer(async () => void (await Promise.all(Object.values(chains).map((chain: Chain) => chain.close()))))
  await mkdir(join(folder, 'home'))
  await mkdir(join(folder, 'copies'))
  await writeFile(join(folder, 'chancery.yaml'), configuration(chains, aws, await makeSymmetricKey(aws)))
  const env = {
    HOME: join(folder, 'home'),
    PATH: process.env['PATH'] ?? '',
    ...aws.credentials,
    AWS_REGION: aws.region,
  }
  return { home: { folder, env }, aws, chains, coins: coinsOn(chains) }
}

function remove(folder: string): Promise<void> {
  return rm(folder, { recursive: true, force: true, maxRetries: 5 })
}

function configuration(chains: Chains, { url, region }: Aws, key: string): string {
  const { bitcoin, litecoin, dogecoin, ethereum, binance, polygon } = chains
  const coins = [bitcoin, litecoin, dogecoin].map((chain) => networkLines(chain, 'esplora', 2))
  const evm = [ethereum, binance, polygon].map((chain) => networkLines(chain, 'rpc', 1))
  return `port: 0
logLevel: warn
networks:
${[...coins, ...evm].join('\n')}
assets:
  - { id: "${ethereum.id}/erc20:${token}", symbol: USDT }
backends: [sealed, aws-kms, aws-data-key]
aws:
  region: ${region}
  endpoint: ${url}
  dataKey: ${key}
  dataKeyCopies: copies
`
}

function networkLines({ id, url }: Chain, name: string, confirmations: number): string {
  return `  - { id: "${id}", ${name}: ["${url}"], confirmations: ${confirmations} }`
}
