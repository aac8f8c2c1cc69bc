/** From configuration to concrete parts: the only place besides the plug-in lists that names stores and back-ends. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Clock } from '../base/clock.ts'
import { chainPlugIns, type ChainPlugIn } from '../chains.ts'
import type { Config, StoreConfig } from '../config/config.ts'
import type { NetworkConfig } from '../config/networks.ts'
import type { BackendCall, KeyBackend } from '../core/backend.ts'
import type { Chain } from '../core/chain.ts'
import type { Words } from '../core/words.ts'
import { Failed } from '../core/errors.ts'
import type { Network } from '../core/names.ts'
import type { LedgerNode, NodeCall } from '../core/node.ts'
import type { Store } from '../core/store.ts'
import { keyBackends } from '../keys.ts'
import type { CoinNetwork, RelayNetwork } from '../relay/rooms.ts'
import type { Secret } from '../base/secret.ts'

export const storeName = 'store.sqlite'

export async function openStore(config: Config, clock: Clock, onFatal: (error: Failed) => void): Promise<Store> {
  if (config.store.kind === 'sqlite') {
    const { openSqlite } = await import('../store/sqlite/open.ts')
    const path = join(config.dataDir, storeName)
    return openSqlite({ path, clock, onFatal }).catch((error: unknown) => {
      if (!(error instanceof Failed)) throw error
      const particulars = { where: path, hint: 'One service runs on a data directory; the command line speaks to it' }
      throw new Failed(error.code, error.message, { cause: error, particulars })
    })
  }
  const { openPostgres } = await import('../store/postgres/open.ts')
  return openPostgres({ ...connectionOf(config.store), clock })
}

export type PostgresConfig = Extract<StoreConfig, { readonly kind: 'postgres' }>

export function connectionOf({ url, tls, caFile }: PostgresConfig) {
  const ca = caFile === undefined ? {} : { ca: readFileSync(caFile, 'utf8') }
  return { url: textOf(url), ssl: tls === 'verify' ? { rejectUnauthorized: true, ...ca } : false }
}

/** A chain loads where one of its networks is configured, or for whoever has configured none yet and tries things out. */
export function loadChains({ networks, assets, applications }: Config): Promise<readonly Chain[]> {
  const wanted = chainPlugIns.filter(
    (plugIn) => networks.length === 0 || networks.some((one) => plugInOf(one) === plugIn),
  )
  const loads = wanted.map((plugIn) =>
    plugIn.load({
      networks: networks.filter((one) => plugInOf(one) === plugIn),
      applications: applications.filter((one) => plugInOf(one) === plugIn),
      assets: assets.filter(({ asset }) => asset.startsWith(`${plugIn.namespace}:`)),
    }),
  )
  return Promise.all(loads)
}

export async function loadNodes(
  { networks }: Config,
  observe: (network: Network, call: NodeCall) => void,
): Promise<ReadonlyMap<Network, RelayNetwork>> {
  const loads = networks.map(async (one): Promise<[Network, RelayNetwork][]> => {
    const { loadNode, confirmations } = plugInOf(one)
    const { network, fees } = one
    if (one.rpc.length === 0 || loadNode === undefined) return []
    const node = await loadNode({ network, urls: urlsOf(one), fees, observe: (call) => observe(network, call) })
    return [[network, { node, confirmations: BigInt(one.confirmations ?? confirmations) }]]
  })
  return new Map((await Promise.all(loads)).flat())
}

/** The nodes of chains without nonces, by network. A network without `rpc` has none. */
export async function loadLedgers(
  { networks }: Config,
  observe: (network: Network, call: NodeCall) => void,
): Promise<ReadonlyMap<Network, LedgerNode>> {
  const loads = networks.map(async (one): Promise<[Network, LedgerNode][]> => {
    const { loadLedger } = plugInOf(one)
    const { network, indexer } = one
    if (one.rpc.length === 0 || loadLedger === undefined) return []
    const at = indexer === undefined ? {} : { indexer: new URL(textOf(indexer.url)) }
    const ledger = await loadLedger({ network, urls: urlsOf(one), ...at, observe: (call) => observe(network, call) })
    return [[network, ledger]]
  })
  return new Map((await Promise.all(loads)).flat())
}

/** Blocks in one of which a payment is wanted: an hour's worth, on Bitcoin. */
const feeBlocks = 6

/** The nodes of chains of coins, by network. A network with neither `rpc` nor `esplora` has none. */
export async function loadCoinNetworks(
  { networks }: Config,
  chains: readonly Chain[],
  observe: (network: Network, call: NodeCall) => void,
): Promise<ReadonlyMap<Network, CoinNetwork>> {
  const loads = networks.map(async (one): Promise<[Network, CoinNetwork][]> => {
    const { loadCoins, confirmations, id } = plugInOf(one)
    const { network, esplora = [] } = one
    const coins = chains.find((chain) => chain.id === id)?.coins
    if ((one.rpc.length === 0 && esplora.length === 0) || loadCoins === undefined || coins === undefined) return []
    const urls = { urls: urlsOf(one), esplora: urlsOf({ rpc: esplora }) }
    const node = await loadCoins({ network, ...urls, observe: (call) => observe(network, call) })
    return [[network, { node, coins, confirmations: BigInt(one.confirmations ?? confirmations), feeBlocks }]]
  })
  return new Map((await Promise.all(loads)).flat())
}

function urlsOf({ rpc }: Pick<NetworkConfig, 'rpc'>): readonly URL[] {
  return rpc.map(({ url }) => new URL(textOf(url)))
}

function plugInOf({ network }: Pick<NetworkConfig, 'network'>): ChainPlugIn {
  const found = chainPlugIns.find(({ namespace }) => network.startsWith(`${namespace}:`))
  if (found) return found
  const wanted = chainPlugIns.map(({ namespace }) => `${namespace}:…`).join(', ')
  throw new Failed('not-configured', `No chain of this build serves ${network}; it serves ${wanted}`)
}

export interface BackendParts {
  readonly config: Config
  /** Wiped in any case: a back-end that needs it takes a subkey. */
  readonly keyEncryptionKey: Secret
  readonly installation: string
  readonly clock: Clock
  observeKms?(call: BackendCall): void
  /** For keys that somebody keeps as words. */
  readonly words?: Words
}

export async function loadBackends(parts: BackendParts): Promise<readonly KeyBackend[]> {
  try {
    return await Promise.all(parts.config.backends.map((name) => loadBackend(name, parts)))
  } finally {
    parts.keyEncryptionKey.wipe()
  }
}

async function loadBackend(name: Config['backends'][number], parts: BackendParts): Promise<KeyBackend> {
  const { keyEncryptionKey, clock, config } = parts
  const addon = config.validatorsAddon
  if (name === 'sealed') return (await keyBackends.sealed()).createSealed({ keyEncryptionKey, clock, addon })
  if (name === 'aws-ssm') return (await keyBackends['aws-ssm']()).createAwsSsm(localOptions(parts))
  if (name === 'aws-data-key') return loadDataKeys(parts)
  return (await keyBackends['aws-kms']()).createAwsKms({ ...awsOptions(parts), multiRegion: config.aws.multiRegion })
}

async function loadDataKeys(parts: BackendParts): Promise<KeyBackend> {
  const { dataKeys } = parts.config.aws
  if (dataKeys === undefined) throw new Failed('not-configured', 'aws-data-key needs aws.dataKey and aws.dataKeyCopies')
  return (await keyBackends['aws-data-key']()).createAwsDataKey({ ...localOptions(parts), ...dataKeys })
}

function awsOptions({ config, installation, clock, observeKms }: BackendParts) {
  const { region, endpoint, quota, keyQuota, dataKeyQuota } = config.aws
  return {
    region: region ?? '',
    ...(endpoint && { endpoint: textOf(endpoint.url) }),
    quota,
    keyQuota,
    dataKeyQuota,
    installation,
    clock,
    ...(observeKms && { observe: observeKms }),
  }
}

/** Of back-ends whose secrets AWS decrypts into a process of ours. */
function localOptions(parts: BackendParts) {
  const { cacheSeconds } = parts.config.aws
  return { ...awsOptions(parts), cacheSeconds, ...(parts.words && { words: parts.words }) }
}

export function textOf(secret: Secret): string {
  return secret.use((bytes) => Buffer.from(bytes).toString('utf8'))
}
