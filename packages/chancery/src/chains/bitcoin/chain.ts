/** Bitcoin, Litecoin and Dogecoin: transactions as PSBTs. */
import type { Chain } from '../../core/chain.ts'
import type { Refused } from '../../core/errors.ts'
import type { Network } from '../../core/names.ts'
import { invalid } from '../../core/refusals.ts'
import { addressOf, parseAddress, readAddress } from './address.ts'
import { assemble } from './assemble.ts'
import { bitcoinCoins } from './coins/coins.ts'
import { facts } from './facts.ts'
import type { BitcoinIntent } from './intent.ts'
import { type BitcoinNetwork, knownCoins, native, networkOf } from './networks.ts'
import { parse } from './parse.ts'
import { payloads } from './payloads.ts'
import { schemas } from './schema.ts'
import { readSigned } from './signed-transaction.ts'

export type { BitcoinIntent } from './intent.ts'

export interface BitcoinConfig {
  readonly networks: readonly { readonly network: Network }[]
}

/** @throws RangeError for a network that is not known here. */
export function createBitcoin({ networks: configured }: BitcoinConfig): Chain<BitcoinIntent> {
  const networks = configured.map(({ network }) => network)
  const known = networks.map(networkOf)
  return {
    id: 'bitcoin',
    algorithms: ['secp256k1-ecdsa', 'secp256k1-schnorr'],
    schemas,
    bindsKeys: true,
    networks,
    parse: (request) => parse(request, networks),
    facts,
    payloads,
    address: (publicKey, network, form) => addressOf(publicKey, onNetwork(network, known), form),
    parseAddress: (text, where, network) =>
      parseAnywhere(text, where, network === undefined ? known : [networkOf(network)]),
    readAddress: (text, network) => readAddress(text, networkOf(network)),
    natives: known.map(native),
    collectiveName: 'UTXO',
    knownCoins,
    coins: bitcoinCoins(known),
    assemble,
    readSigned: (raw, _, previous) => readSigned(raw, previous),
    networkName: (network) => networkOf(network).networkName,
  }
}

/** Where nobody says which, the first that is configured: only names of keys are made so, never of wallets. */
function onNetwork(network: Network | undefined, [first]: readonly BitcoinNetwork[]): BitcoinNetwork {
  if (network !== undefined) return networkOf(network)
  if (first !== undefined) return first
  throw noNetwork()
}

/** On the first of these networks that has such an address. @throws Refused with the last one's reason. */
function parseAnywhere(text: string, where: string, networks: readonly BitcoinNetwork[]): string {
  const found = networks.find((one) => readAddress(text, one).valid) ?? networks.at(-1)
  if (found === undefined) throw noNetwork()
  return parseAddress(text, where, found)
}

function noNetwork(): Refused {
  return invalid('network', undefined, 'a configured network')
}
