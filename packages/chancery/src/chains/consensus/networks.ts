/** The validators' networks this instance serves. CAIP-2: `beacon:` and the name clients use, such as `beacon:mainnet`. */
import type { JsonObject } from '../../base/json.ts'
import type { Network } from '../../core/names.ts'
import type { BeaconNetwork } from '../../core/validators.ts'
import { containersOf, type Containers } from './containers/containers.ts'
import { forkNames, type NetworkSpec } from './forks.ts'
import { knownNetworks } from './known-networks.ts'
import { type Genesis, readSpec } from './spec-file.ts'

export interface ConsensusNetwork extends NetworkSpec {
  readonly network: Network
  readonly containers: Containers
  /** Domains by type and fork version, as far as they were needed. */
  readonly domains: Map<string, Uint8Array>
}

export interface ConsensusConfig {
  readonly networks: readonly (Genesis & {
    readonly network: Network
    /** What config.yaml of the consensus specs says, all values as text; for a network that is not known here. */
    readonly spec?: JsonObject
  })[]
}

const namespace = 'beacon:'

/** @throws RangeError for a network that is neither known nor described, or two with one genesis validators root. */
export function readNetworks({ networks }: ConsensusConfig): readonly ConsensusNetwork[] {
  const read = networks.map(readNetwork)
  for (const one of read) {
    const twin = read.find(({ genesisValidatorsRoot }) => genesisValidatorsRoot === one.genesisValidatorsRoot)
    if (twin !== one) throw new RangeError(`${one.network} and ${twin?.network} have one genesis validators root`)
  }
  return read
}

function readNetwork({ network, spec, ...genesis }: ConsensusConfig['networks'][number]): ConsensusNetwork {
  const found = specOf(network, spec, genesis)
  return {
    ...found,
    network,
    containers: containersOf(found.preset),
    domains: new Map(),
  }
}

function specOf(network: Network, spec: JsonObject | undefined, genesis: Genesis): NetworkSpec {
  const name = network.startsWith(namespace) ? network.slice(namespace.length) : ''
  const known = Object.hasOwn(knownNetworks, name) ? knownNetworks[name] : undefined
  const described =
    spec !== undefined || genesis.genesisTime !== undefined || genesis.genesisValidatorsRoot !== undefined
  if (known !== undefined && !described) return known
  if (known !== undefined)
    throw new RangeError(`${network} is known: it takes no spec, genesisValidatorsRoot or genesisTime`)
  if (spec !== undefined) return readSpec(spec, genesis)
  const names = Object.keys(knownNetworks).map((one) => namespace + one)
  throw new RangeError(`${network} is not known here: give it a spec (config.yaml), or name one of ${names.join(', ')}`)
}

export function beaconOf(one: ConsensusNetwork): BeaconNetwork {
  return {
    network: one.network,
    genesisValidatorsRoot: one.genesisValidatorsRoot,
    genesisTime: one.genesisTime * 1000,
    slotDuration: one.slotDuration,
    slotsPerEpoch: one.preset.slotsPerEpoch,
    forks: forkNames.flatMap((name) => {
      const fork = one.forks[name]
      return fork === undefined ? [] : [{ name, ...fork }]
    }),
  }
}

export function epochOf({ preset }: ConsensusNetwork, slot: bigint): bigint {
  return slot / BigInt(preset.slotsPerEpoch)
}
