/** Everything the tour stands on: two chains, AWS's stand-in, a home for the service. All of it goes away again. */
import { randomBytes } from 'node:crypto'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { endAll } from './child.ts'
import { makeKmsKey, startAws, type Aws } from './aws.ts'
import { layWire, startAnvil, type EvmNode, type Wire } from './nodes.ts'
import type { Home } from './service.ts'

export const network = 'eip155:31337'
export const gasFreeNetwork = 'eip155:1337'

export interface World {
  readonly home: Home
  readonly chain: EvmNode
  readonly gasFree: EvmNode
  /** Between the service and `chain`. */
  readonly wire: Wire
  readonly aws: Aws
  /** For the compatible routes: a KMS key that was there before, and the one API key that may use it. */
  readonly compatible: { readonly keyId: string; readonly apiKey: string }
}

/** The folder goes with `stack`, once every program that was started has ended. */
export async function buildWorld(stack: AsyncDisposableStack): Promise<World> {
  const folder = stack.adopt(await mkdtemp(join(tmpdir(), 'chancery-tour-')), remove)
  stack.defer(endAll)
  const [chain, gasFree, aws] = await Promise.all([
    startAnvil(folder),
    startAnvil(folder, '--chain-id', '1337', '--gas-price', '0', '--base-fee', '0'),
    startAws(folder),
  ])
  const wire = stack.adopt(await layWire(chain.url), (one) => one.close())
  const compatible = { keyId: await makeKmsKey(aws), apiKey: randomBytes(32).toString('hex') }
  await writeFile(join(folder, 'chancery.yaml'), configuration(wire.url, gasFree.url, aws))
  await mkdir(join(folder, 'home'))
  const env = {
    HOME: join(folder, 'home'),
    PATH: process.env['PATH'] ?? '',
    ...aws.credentials,
    AWS_REGION: aws.region,
    AWS_KMS_KEY_ID: compatible.keyId,
    BACKEND_API_KEY: compatible.apiKey,
    SEPOLIA_RPC_URL: chain.url,
  }
  return { home: { folder, env }, chain, gasFree, wire, aws, compatible }
}

function remove(folder: string): Promise<void> {
  return rm(folder, { recursive: true, force: true, maxRetries: 5 })
}

function configuration(chain: string, gasFree: string, { url, region }: Aws): string {
  return `port: 0
logLevel: warn
networks:
  - id: ${network}
    rpc: ["${chain}"]
    confirmations: 1
  - id: ${gasFreeNetwork}
    rpc: ["${gasFree}"]
    fees: zero
    confirmations: 1
aws:
  region: ${region}
  endpoint: ${url}
`
}
