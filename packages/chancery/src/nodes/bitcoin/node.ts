/** A chain of the Bitcoin family as the service sees it: bitcoind-compatible nodes, Esplora servers, or both. */
import type { Deadline } from '../../base/deadline.ts'
import { Failed, Refused } from '../../core/errors.ts'
import type { Network } from '../../core/names.ts'
import type { CoinNode, FoundPayment, NodeCall } from '../../core/node.ts'
import { createEndpoints, type Endpoints } from '../../endpoints/endpoints.ts'
import { esploraSource } from './esplora.ts'
import { requireBitcoin, requireGenesis } from './genesis.ts'
import { rpcSource } from './rpc-source.ts'
import type { OpenSource, Source } from './source.ts'

export interface BitcoinNodeOptions {
  readonly network: Network
  /**
   * Of JSON-RPC, in order of preference; user and password stand in the URL. A path such as `/wallet/<name>` names a
   * watch-only wallet that coins are asked of; without one, all unspent outputs are looked through.
   */
  readonly urls: readonly URL[]
  /** Of Esplora's REST API, in order of preference. Either list may be empty. */
  readonly esplora?: readonly URL[]
  /** Seconds since 1970 before which no address held anything: where a wallet begins to look. The first block unless given. */
  readonly since?: number
  /** The longest one answer may take, in milliseconds; looking through outputs or blocks may take ten minutes. */
  readonly patience?: number
  observe?(call: NodeCall): void
}

/** @throws Refused `unknown-network` when it is no network of the family, `not-configured` without any endpoint */
export function createBitcoinNode(options: BitcoinNodeOptions): CoinNode {
  const { network, urls, esplora = [], since = 0, patience = 5_000, observe = () => {} } = options
  requireBitcoin(network)
  if (urls.length + esplora.length === 0)
    throw new Refused('not-configured', 'The network has no node', {
      got: network,
      wanted: 'a JSON-RPC or Esplora URL',
    })
  const closing = new AbortController()
  const usual = { patience, observe, closing: closing.signal }
  const rpc = endpointsAt(network, urls, (url) => rpcSource({ url, ...usual, since }))
  const rest = endpointsAt(network, esplora, (url) => esploraSource({ url, ...usual }))
  const [rpcFirst, restFirst] = [[rpc, rest].filter(isThere), [rest, rpc].filter(isThere)]
  return {
    network,
    check: async (deadline) => {
      for (const endpoints of rpcFirst) await endpoints.each(async () => {}, deadline)
    },
    coins: (addresses, deadline) => firstOf(restFirst, (source) => source.coins(addresses), deadline),
    received: (addresses, deadline) => received(restFirst, addresses, deadline),
    transaction: (txid, deadline) => firstThat(isKnown, rpcFirst, (source) => source.transaction(txid), deadline),
    feeRate: (blocks, deadline) => firstThat(isKnown, rpcFirst, (source) => source.feeRate(blocks), deadline),
    send: (raw, deadline) => firstOf(rpcFirst, (source) => source.send(raw), deadline),
    sighting: (txid, deadline) =>
      firstThat(
        ({ seen }) => seen !== 'nowhere',
        rpcFirst,
        (source) => source.sighting(txid),
        deadline,
      ),
    close: () => closing.abort(),
  }
}

function endpointsAt(network: Network, urls: readonly URL[], openAt: (url: URL) => OpenSource): Endpoints<Source> {
  return createEndpoints(
    urls.map((url) => ({
      host: url.host,
      open: openAt(url),
      identify: async (source) => requireGenesis(await source.genesis(), network, url.host),
    })),
  )
}

function isThere({ count }: Endpoints<Source>): boolean {
  return count > 0
}

function isKnown(value: unknown): boolean {
  return value !== undefined
}

type Work<T> = (source: Source) => Promise<T>

/** The other kind where none of the first answers. */
function firstOf<T>(kinds: readonly Endpoints<Source>[], work: Work<T>, deadline: Deadline): Promise<T> {
  return firstThat(() => true, kinds, work, deadline)
}

/** The other kind as well where the first knows nothing; what one knew counts where the other fails. */
async function firstThat<T>(
  enough: (value: T) => boolean,
  kinds: readonly Endpoints<Source>[],
  work: Work<T>,
  deadline: Deadline,
): Promise<T> {
  const answers: { readonly value: T }[] = []
  const failures: unknown[] = []
  for (const kind of kinds) {
    try {
      const value = await kind.first(work, deadline)
      if (enough(value)) return value
      answers.push({ value })
    } catch (error) {
      failures.push(error)
    }
  }
  if (answers[0]) return answers[0].value
  throw worst(failures)
}

/**
 * Of the first kind that answers. One that did not may remember what a later one forgot: where that knows of none of them,
 * nobody can say that they were never paid.
 */
async function received(
  kinds: readonly Endpoints<Source>[],
  addresses: readonly string[],
  deadline: Deadline,
): Promise<readonly FoundPayment[]> {
  const failures: unknown[] = []
  for (const kind of kinds) {
    try {
      const found = await kind.first((source) => source.received(addresses), deadline)
      if (failures.length === 0 || found.length > 0) return found
    } catch (error) {
      failures.push(error)
    }
  }
  throw worst(failures)
}

/** Where one kind may have acted without answering, the whole may have. */
function worst(failures: readonly unknown[]): unknown {
  const inDoubt = failures.find((error) => error instanceof Failed && error.code === 'node-unavailable')
  return inDoubt ?? failures[0]
}
