/** Algorand: transactions alone and in groups, messages, delegated logic signatures and data for programs. */
import type { JsonObject } from '../../base/json.ts'
import type { Chain } from '../../core/chain.ts'
import type { Network } from '../../core/names.ts'
import { accounts } from './accounts.ts'
import { addressOf, parseAddress, parseContract } from './address.ts'
import { knownCoins, readAddress } from './address-reading.ts'
import { readInterface } from './applications.ts'
import { assemble } from './assemble.ts'
import { facts } from './facts.ts'
import type { AlgorandIntent } from './intent.ts'
import { assertNetwork, networkName } from './networks.ts'
import { parse } from './parse.ts'
import { payloads } from './payloads.ts'
import { schemas } from './schema.ts'
import { sponsoring } from './sponsor.ts'
import { words } from './words.ts'

export type { AlgorandIntent } from './intent.ts'

export interface AlgorandConfig {
  readonly networks: readonly { readonly network: Network }[]
  /** ARC-4 or ARC-56 descriptions of applications, by number. */
  readonly applications?: readonly { readonly network: Network; readonly id: bigint; readonly interface: JsonObject }[]
}

/** @throws RangeError for a network or an interface nobody here can read. */
export function createAlgorand(config: AlgorandConfig): Chain<AlgorandIntent> {
  const networks = config.networks.map(({ network }) => network)
  networks.forEach(assertNetwork)
  const applications = (config.applications ?? []).map((one) => readInterface(one.network, one.id, one.interface))
  return {
    id: 'algorand',
    algorithms: ['ed25519'],
    schemas,
    networks,
    parse: (request) => parse(request, { networks, applications }),
    facts,
    payloads,
    address: addressOf,
    parseAddress,
    readAddress,
    knownCoins,
    parseContract,
    assemble,
    accounts,
    sponsoring,
    networkName,
    words,
  }
}
