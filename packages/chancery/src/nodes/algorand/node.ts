/** An Algorand node as the service sees it: algod's REST API, version 2, and an indexer beside it where there is one. */
import type { Deadline } from '../../base/deadline.ts'
import type { Network } from '../../core/names.ts'
import type { LedgerNode, NodeCall } from '../../core/node.ts'
import { createEndpoints, type Endpoints } from '../../endpoints/endpoints.ts'
import { account, controlledBy, indexedGenesis } from './accounts.ts'
import { requireAlgorand, requireNetwork } from './genesis.ts'
import { ask, type Ask } from './rest.ts'
import { head, parameters } from './rounds.ts'
import { simulate } from './simulate.ts'
import { broadcast, confirmation, settled } from './transactions.ts'
import { member } from './wire.ts'

export interface AlgorandNodeOptions {
  readonly network: Network
  /** In order of preference. A token stands as user or password in the URL. */
  readonly urls: readonly URL[]
  readonly indexer?: URL
  /** The longest one endpoint may take, in milliseconds. */
  readonly patience?: number
  observe?(call: NodeCall): void
}

/** @throws Refused `unknown-network` when it is no Algorand network */
export function createAlgorandNode(options: AlgorandNodeOptions): LedgerNode {
  const { network } = options
  requireAlgorand(network)
  const nodes = algods(options)
  const index = indexers(options)
  return {
    network,
    check: async (deadline) => {
      await nodes.each(head, deadline)
      await index?.each(async () => {}, deadline)
    },
    parameters: (deadline) => nodes.first((ask) => parameters(network, ask), deadline),
    account: (address, deadline) => nodes.first((ask) => account(address, ask), deadline),
    controlledBy: async (address, deadline) => index && allControlledBy(address, nodes, index, deadline),
    broadcast: (group, deadline) => nodes.first((ask) => broadcast(group, ask), deadline),
    confirmation: (id, deadline) => nodes.first((ask) => confirmation(id, ask), deadline),
    settled: (id, lastValid, deadline) => settled(id, lastValid, nodes, deadline),
    simulate: (group, deadline) => nodes.first((ask) => simulate(group, ask), deadline),
    close: () => {},
  }
}

async function allControlledBy(address: string, nodes: Endpoints<Ask>, index: Endpoints<Ask>, deadline: Deadline) {
  const round = await nodes.first(head, deadline)
  return index.first((ask) => controlledBy(address, round, ask), deadline)
}

type Shared = Pick<AlgorandNodeOptions, 'patience' | 'observe'>

function algods({ network, urls, ...shared }: AlgorandNodeOptions): Endpoints<Ask> {
  const identify = async (asking: Ask, host: string) => {
    const { value } = await asking({ name: 'versions', path: '/versions' })
    requireNetwork(member(value, 'genesis_hash_b64'), network, host)
  }
  return endpointsAt(urls, 'X-Algo-API-Token', identify, shared)
}

function indexers({ network, indexer, ...shared }: AlgorandNodeOptions): Endpoints<Ask> | undefined {
  if (indexer === undefined) return undefined
  const identify = async (asking: Ask, host: string) => requireNetwork(await indexedGenesis(asking), network, host)
  return endpointsAt([indexer], 'X-Indexer-API-Token', identify, shared)
}

function endpointsAt(
  urls: readonly URL[],
  tokenHeader: string,
  identify: (asking: Ask, host: string) => Promise<void>,
  { patience = 5_000, observe = () => {} }: Shared,
): Endpoints<Ask> {
  return createEndpoints(
    urls.map((url) => ({
      host: url.host,
      open: (deadline) => (call) => ask(call, { url, tokenHeader, patience, observe }, deadline),
      identify: (asking) => identify(asking, url.host),
    })),
  )
}
