/** Ethereum's consensus layer, and Gnosis's: every duty of a validator, exits, deposits, changes of credentials, bare roots. */
import type { Chain } from '../../core/chain.ts'
import { dutyOperations } from '../../core/names.ts'
import { noRules } from '../../core/rules.ts'
import { addressOf, parseAddress } from './address.ts'
import { assemble } from './assemble.ts'
import { exitValue } from './exit.ts'
import { facts } from './facts.ts'
import type { ConsensusIntent } from './intent.ts'
import { beaconOf, type ConsensusConfig, readNetworks } from './networks.ts'
import { parse } from './parse.ts'
import { parseOnce } from './parse-once.ts'
import { payloads } from './payloads.ts'
import { schemas } from './schema.ts'

export type { ConsensusIntent } from './intent.ts'
export type { ConsensusConfig } from './networks.ts'

/** @throws RangeError for a network nobody here knows, or whose file makes no sense. */
export function createConsensus(config: ConsensusConfig): Chain<ConsensusIntent> {
  const all = readNetworks(config)
  const byGenesisValidatorsRoot = new Map(all.map((one) => [String(one.genesisValidatorsRoot), one]))
  const networks = all.map(({ network }) => network)
  return {
    id: 'consensus',
    algorithms: ['bls12-381'],
    schemas,
    networks,
    parse: parseOnce((request) => parse(request, { all, byGenesisValidatorsRoot })),
    facts,
    payloads,
    address: addressOf,
    parseAddress,
    assemble,
    // Which of them a key signs is said by its kind: duties, or bare roots.
    usualRules: { ...noRules, operations: [...dutyOperations, 'sign:opaque-root'], networks, recipients: '*' },
    beacon: all.map(beaconOf),
    exitValue(network, exit) {
      const beacon = all.find((one) => one.network === network)
      return beacon && exitValue(beacon, exit)
    },
  }
}
