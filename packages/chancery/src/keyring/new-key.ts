/** What a new key is asked for with, and what is recorded of it. */
import { isoTime } from '../base/clock.ts'
import { toHex, utf8 } from '../base/bytes.ts'
import { newId } from '../base/id.ts'
import { Secret } from '../base/secret.ts'
import type { ImportedSecret, NewKey, NewKeyRequest } from '../core/backend.ts'
import type { Chain } from '../core/chain.ts'
import { Refused } from '../core/errors.ts'
import type { Algorithm, KeyRecord } from '../core/key.ts'
import type { CreateKey, ImportSecret } from '../core/keyring.ts'
import type { Network } from '../core/names.ts'
import { isTreeName, treeName, treePrefix } from '../core/tree-name.ts'
import { placeOf } from './place.ts'
import type { KeyringRooms } from './rooms.ts'

export function newKeyRequest(rooms: KeyringRooms, request: CreateKey): NewKeyRequest {
  const { family, algorithm, alias, network } = request
  const chain = chainOf(rooms, family)
  if (network !== undefined) requireNetwork(chain, network)
  if (network !== undefined && request.kind === 'opaque') throw boundDigests(network)
  if (chain.bindsKeys && network === undefined && request.kind === 'decoded' && !request.tree) throw unbound(chain)
  const chosen = algorithm ?? (request.tree === undefined ? chain.algorithms[0] : 'secp256k1-ecdsa')
  if (chosen === undefined || !chain.algorithms.includes(chosen)) throw wrongAlgorithm(chain, algorithm)
  if (alias !== undefined) refuseReserved(alias, request)
  if (alias !== undefined) refuseTaken(rooms, alias, 'alias')
  if (request.tree !== undefined && request.kind === 'opaque') throw opaqueTree()
  return {
    id: request.id ?? newId('key', rooms.clock.now()),
    algorithm: chosen,
    ...(alias && { alias }),
    ...(request.tree && { tree: request.tree }),
    ...(chain.words && { words: chain.words }),
    ...(request.labels && { labels: request.labels }),
    ...(request.unseen && { unseen: request.unseen }),
    ...placeOf(chain, request),
  }
}

/** A key of another kind under the name of the wallets' next tree would stand in the way of every new wallet. */
function refuseReserved(got: string, { tree, family }: CreateKey): void {
  if (!got.startsWith(treePrefix) || (tree !== undefined && isTreeName(got, family))) return
  const hint = `A seed of wallets is called ${treeName(family)}, the one after an accepted gap ${treeName(family, 2)}`
  const particulars = { where: 'alias', got, wanted: `a name that does not begin with ${treePrefix}`, hint }
  throw new Refused('invalid-request', 'Such names are kept for the seeds of wallets', particulars)
}

/** A digest belongs to no network, so such a key could never sign. */
function boundDigests(got: Network): Refused {
  const particulars = { where: 'network', got, wanted: 'none for an opaque key' }
  return new Refused('invalid-request', 'An opaque key signs digests, which belong to no network', particulars)
}

/** What is signed for a test network would move money on the main one. */
function unbound({ id, networks }: Chain): Refused {
  const particulars = { where: 'network', got: 'none', wanted: networks.join(', ') || 'a configured network' }
  return new Refused('invalid-request', `A key of ${id} signs for one network: its transactions name none`, particulars)
}

function opaqueTree(): Refused {
  const particulars = { where: 'kind', got: 'opaque', wanted: 'decoded' }
  return new Refused('invalid-request', 'A tree of keys signs for its wallets, never bare digests', particulars)
}

function requireNetwork(chain: Chain, network: Network): void {
  if (chain.networks.includes(network)) return
  const particulars = { where: 'network', got: network, wanted: chain.networks.join(', ') || 'a configured network' }
  throw new Refused('unknown-network', `${chain.id} does not serve this network here`, particulars)
}

/** The change that records the key decides; but by then a back-end may have made a key that nobody ends. */
export function refuseTaken(rooms: KeyringRooms, name: string, where: string): void {
  const taken = rooms.state.current().findKey(name)
  if (taken === undefined) return
  throw new Refused('already-exists', `${name} names the key ${taken.id} already`, {
    where,
    got: name,
    hint: 'Use that key, or give this one another name',
  })
}

function wrongAlgorithm(chain: Chain, got: Algorithm | undefined): Refused {
  const particulars = { where: 'algorithm', got: got ?? 'none', wanted: chain.algorithms.join(', ') }
  return new Refused('invalid-request', `${chain.id} does not use this algorithm`, particulars)
}

export function chainOf(rooms: KeyringRooms, family: string): Chain {
  const chain = rooms.chains.get(family)
  if (chain !== undefined) return chain
  const wanted = [...rooms.chains.keys()].join(', ')
  throw new Refused('not-supported', 'This chain is not configured', { where: 'family', got: family, wanted })
}

export function keyRecord(
  rooms: KeyringRooms,
  request: CreateKey & { readonly derivation?: string },
  wanted: NewKeyRequest,
  made: NewKey,
): KeyRecord {
  const chain = chainOf(rooms, request.family)
  return {
    id: wanted.id,
    algorithm: wanted.algorithm,
    publicKey: toHex(made.publicKey.bytes),
    ...(wanted.tree ? { tree: wanted.tree } : { address: chain.address(made.publicKey, request.network) }),
    backend: request.backend,
    ref: made.data,
    family: request.family,
    ...(request.network && { network: request.network }),
    kind: request.kind,
    state: 'enabled',
    frozen: false,
    createdAt: isoTime(rooms.clock.now()),
    ...(request.alias && { alias: request.alias }),
    ...(request.derivation && { derivation: request.derivation }),
  }
}

/** As bytes that can be wiped. The texts they came as are the caller's, and end with the request. */
export function materialOf(given: ImportSecret): ImportedSecret {
  switch (given.format) {
    case 'hex':
      return { format: 'hex', hex: secretOf(given.hex) }
    case 'words':
      return { format: 'words', words: secretOf(given.words) }
    case 'mnemonic':
      return mnemonicOf(given)
    case 'keystore-v3':
    case 'keystore-v4':
      return { format: given.format, keystore: secretOf(given.keystore), password: secretOf(given.password) }
  }
}

function mnemonicOf({ mnemonic, path, passphrase }: Extract<ImportSecret, { format: 'mnemonic' }>): ImportedSecret {
  const phrase = passphrase === undefined ? {} : { passphrase: secretOf(passphrase) }
  return { format: 'mnemonic', mnemonic: secretOf(mnemonic), path, ...phrase }
}

const secretOf = (text: string): Secret => new Secret(utf8(text))
