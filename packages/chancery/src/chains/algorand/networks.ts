/** Networks by their genesis. CAIP-2 cuts the genesis hash to its first 32 characters of base64url. */
import { equal } from '../../base/bytes.ts'
import { Refused } from '../../core/errors.ts'
import type { Network } from '../../core/names.ts'
import { shown } from '../../core/refusals.ts'
import { base64 } from './base64.ts'

/** https://developer.algorand.org/docs/get-details/algorand-networks/ */
const known: readonly { readonly id: string; readonly hash: string }[] = [
  { id: 'mainnet-v1.0', hash: 'wGHE2Pwdvd7S12BL5FaOP20EGYesN73ktiC1qzkkit8=' },
  { id: 'testnet-v1.0', hash: 'SGO1GKSzyE7IEPItTxCByw9x8FmnrCDexi9/cOUJOiI=' },
  { id: 'betanet-v1.0', hash: 'mFgazF+2uRS1tMiL9dsj01hJGySEmPN28B/TjjvpVW0=' },
]

const namespace = 'algorand:'

/** `mainnet`, `testnet`, … as people say, and as labels of keys do. */
export function networkName(network: Network): string {
  const found = knownAs(network)
  return found?.id.replace(/-v.*$/, '') ?? network.slice(namespace.length)
}

function knownAs(network: Network): (typeof known)[number] | undefined {
  return known.find(({ hash }) => networkOfHash(Buffer.from(hash, 'base64')) === network)
}

function networkOfHash(genesisHash: Uint8Array): Network {
  return `${namespace}${Buffer.from(genesisHash).toString('base64url').slice(0, 32)}`
}

/** @throws RangeError for what is no network of this chain. */
export function assertNetwork(network: Network): void {
  if (/^algorand:[-_A-Za-z0-9]{32}$/.test(network)) return
  throw new RangeError(`${network} is not algorand: and 32 characters of a genesis hash in base64url`)
}

/** @throws Refused `not-configured` for a network whose whole genesis hash only a node could tell. */
export function genesisOf(network: Network): { readonly genesisHash: string; readonly genesisID: string } {
  const found = knownAs(network)
  if (found) return { genesisHash: found.hash, genesisID: found.id }
  throw new Refused('not-configured', `Only a node can tell the genesis of ${network}: configure its rpc`)
}

interface Genesis {
  readonly genesisHash?: Uint8Array
  readonly genesisID?: string
}

/**
 * The hash is required although the protocol has it only since its first year: without one a transaction is for no network.
 * @throws Refused `wrong-network`
 */
export function checkGenesis({ genesisHash, genesisID }: Genesis, network: Network, where: string): void {
  const wanted = knownAs(network)
  if (genesisHash === undefined || !isHashOf(genesisHash, network, wanted?.hash)) {
    throw wrong(`${where}.genesisHash`, genesisHash && base64(genesisHash), wanted?.hash ?? network)
  }
  if (genesisID === undefined || wanted === undefined || genesisID === wanted.id) return
  throw wrong(`${where}.genesisID`, genesisID, wanted.id)
}

function isHashOf(hash: Uint8Array, network: Network, whole: string | undefined): boolean {
  return networkOfHash(hash) === network && (whole === undefined || equal(hash, Buffer.from(whole, 'base64')))
}

function wrong(where: string, got: string | undefined, wanted: string) {
  return new Refused('wrong-network', 'The transaction belongs to another network', {
    where,
    got: shown(got),
    wanted,
    hint: 'Make it with the parameters of a node of the network that is named, or name its own network',
  })
}
