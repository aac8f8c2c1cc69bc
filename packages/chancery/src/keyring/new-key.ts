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
import { placeOf } from './place.ts'
import type { KeyringRooms } from './rooms.ts'

export function newKeyRequest(rooms: KeyringRooms, request: CreateKey): NewKeyRequest {
  const { family, algorithm, alias, network } = request
  const chain = chainOf(rooms, family)
  if (network !== undefined) requireNetwork(chain, network)
  if (network !== undefined && request.kind === 'opaque') throw boundDigests(network)
  const chosen = algorithm ?? chain.algorithms[0]
  if (chosen === undefined || !chain.algorithms.includes(chosen)) throw wrongAlgorithm(chain, algorithm)
  if (alias !== undefined) refuseTaken(rooms, alias, 'alias')
  return {
    id: newId('key', rooms.clock.now()),
    algorithm: chosen,
    ...(alias && { alias }),
    ...(chain.words && { words: chain.words }),
    ...placeOf(chain, request),
  }
}

/** A digest belongs to no network, so such a key could never sign. */
function boundDigests(got: Network): Refused {
  const particulars = { where: 'network', got, wanted: 'none for an opaque key' }
  return new Refused('invalid-request', 'An opaque key signs digests, which belong to no network', particulars)
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
    address: chain.address(made.publicKey, request.network),
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
