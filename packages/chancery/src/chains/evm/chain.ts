/** The EVM: transactions, personal messages, typed data and bare digests. */
import type { Chain } from '../../core/chain.ts'
import { addressOf, parseAddress } from './address.ts'
import { readAddress } from './address-reading.ts'
import { assemble } from './assemble.ts'
import { chainIdOf, type EvmConfig, readAssets } from './assets.ts'
import { facts } from './facts.ts'
import type { EvmIntent } from './intent.ts'
import { knownCoins, nativesOf } from './natives.ts'
import { parse } from './parse.ts'
import { payloads } from './payloads.ts'
import { schemas } from './schema.ts'
import { readSigned } from './signed-transaction.ts'
import { transfer } from './transfer.ts'

export type { EvmConfig } from './assets.ts'
export type { EvmIntent } from './intent.ts'

/** @throws RangeError for a network or asset nobody here can read, Refused for an address with a wrong checksum. */
export function createEvm(config: EvmConfig): Chain<EvmIntent> {
  const networks = config.networks.map(({ network }) => network)
  networks.forEach(chainIdOf)
  const assets = readAssets(config)
  return {
    id: 'evm',
    algorithms: ['secp256k1-ecdsa'],
    schemas,
    networks,
    parse: (request) => parse(request, networks),
    facts: (intent, publicKey) => facts(intent, publicKey, assets),
    payloads,
    address: addressOf,
    parseAddress,
    readAddress,
    natives: nativesOf(networks),
    collectiveName: 'EVM',
    knownCoins,
    transfer,
    tokens: assets.tokens,
    assemble,
    readSigned: (raw, network) => readSigned(raw, chainIdOf(network)),
  }
}
