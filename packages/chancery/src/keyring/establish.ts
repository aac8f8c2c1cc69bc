/** How a key comes to be here: made, imported, or taken over where it already is. */
import { fromHex, toHex } from '../base/bytes.ts'
import { actorOf } from '../core/access.ts'
import { canCreate, canEnrol, canImport, type NewKey, type NewKeyRequest } from '../core/backend.ts'
import type { Call } from '../core/call.ts'
import { Failed, Refused } from '../core/errors.ts'
import type { KeyRecord, PublicKey } from '../core/key.ts'
import type { BackedUpKey, CreateKey, EnrolKey, ImportKey, Keyring } from '../core/keyring.ts'
import type { KeyId } from '../core/names.ts'
import { noting } from './evidence.ts'
import { backendOf, notSupported, recordOf } from './find.ts'
import type { Words } from '../core/words.ts'
import { chainOf, keyRecord, materialOf, newKeyRequest, refuseTaken } from './new-key.ts'
import { thatItIs } from './returning.ts'
import type { KeyringRooms } from './rooms.ts'

export async function createKey(rooms: KeyringRooms, request: CreateKey, call: Call): Promise<KeyRecord> {
  rooms.requirePermit(call.principal, 'keys:create', {})
  const backend = backendOf(rooms, request.backend)
  if (!canCreate(backend)) throw notSupported(backend, 'create keys')
  const standing = madeBefore(rooms, request)
  if (standing !== undefined) return standing
  const wanted = newKeyRequest(rooms, request)
  const made = await noting(rooms, { key: wanted.id, action: 'key.create' }, call, (heard) =>
    backend.create({ ...wanted, heard }, call.deadline),
  )
  return establish(rooms, 'key.create', request, wanted, made, call)
}

/** A creation that was interrupted is asked for again with its id. @throws Refused `already-exists` for another kind of key */
function madeBefore(rooms: KeyringRooms, request: CreateKey): KeyRecord | undefined {
  const standing = request.id && rooms.state.current().keys.get(request.id)?.value
  if (standing === undefined) return undefined
  const [asked, wanted] = [`${thatItIs(request)} in ${request.backend}`, `${thatItIs(standing)} in ${standing.backend}`]
  if (asked === wanted && standing.algorithm === (request.algorithm ?? standing.algorithm)) return standing
  throw new Refused('already-exists', `The key ${standing.id} was made as another kind of key`, { got: asked, wanted })
}

/** The words are encrypted where the key is made: this process passes them on and cannot read them. */
export async function createBackedUpKey(
  rooms: KeyringRooms,
  request: Parameters<Keyring['createBackedUp']>[0],
  call: Call,
): Promise<BackedUpKey> {
  rooms.requirePermit(call.principal, 'admin', {})
  const backend = backendOf(rooms, request.backend)
  if (!canCreate(backend)) throw notSupported(backend, 'create keys')
  const wanted = newKeyRequest(rooms, request)
  const backup = { ...wordsFor(request, wanted), recipient: fromHex(request.recipient) }
  const made = await noting(rooms, { key: wanted.id, action: 'key.create' }, call, (heard) =>
    backend.create({ ...wanted, backup, heard }, call.deadline),
  )
  if (made.backup === undefined)
    throw new Failed('internal', `${backend.name} made a key without the backup it was asked for`)
  return { key: await establish(rooms, 'key.create', request, wanted, made, call), backup: toHex(made.backup) }
}

/** Those of a tree are BIP-39's, whichever family it is for. */
function wordsFor({ family }: CreateKey, { words, tree }: NewKeyRequest): { readonly words?: Words } {
  if (tree !== undefined) return {}
  if (words !== undefined) return { words }
  throw new Refused('not-supported', `${family} writes no private keys as words`)
}

/** A tree needs `admin`: wallets of all users become branches of it, and whoever has its words can spend what they hold. */
export async function importKey(rooms: KeyringRooms, request: ImportKey, call: Call): Promise<KeyRecord> {
  rooms.requirePermit(call.principal, request.tree === undefined ? 'keys:create' : 'admin', {})
  const { backend, wanted } = importing(rooms, request)
  if (request.expectAddress !== undefined) await expectAddress(rooms, request, request.expectAddress, call)
  const key = await noting(rooms, { key: wanted.id, action: 'key.import' }, call, (heard) =>
    backend.import({ ...wanted, heard }, materialOf(request.secret), call.deadline),
  )
  return establish(rooms, 'key.import', request, wanted, key, call)
}

export async function previewImport(rooms: KeyringRooms, request: ImportKey, call: Call): Promise<{ address: string }> {
  rooms.requirePermit(call.principal, 'keys:create', {})
  const { address } = await look(rooms, request, call)
  return { address }
}

async function look(rooms: KeyringRooms, request: ImportKey, call: Call) {
  const { backend, wanted } = importing(rooms, request)
  if (wanted.tree !== undefined) throw new Refused('not-supported', 'A tree of keys has no address', { where: 'tree' })
  const publicKey = await backend.preview(wanted, materialOf(request.secret), call.deadline)
  return { publicKey, address: chainOf(rooms, request.family).address(publicKey, request.network) }
}

function importing(rooms: KeyringRooms, request: ImportKey) {
  const backend = backendOf(rooms, request.backend)
  if (!canImport(backend)) throw notSupported(backend, 'import keys')
  return { backend, wanted: newKeyRequest(rooms, request) }
}

/** Looked at first: a back-end that keeps keys outside would have kept the wrong one by now, or one that is here already. */
async function expectAddress(rooms: KeyringRooms, request: ImportKey, expected: string, call: Call): Promise<void> {
  const wanted = chainOf(rooms, request.family).parseAddress(expected, 'expectAddress')
  const { address, publicKey } = await look(rooms, request, call)
  if (address === wanted) return refuseTaken(rooms, toHex(publicKey.bytes), 'secret')
  const particulars = { where: 'expectAddress', got: address, wanted }
  throw new Refused(
    'invalid-payload',
    'The private key is of another address than expected; nothing was imported',
    particulars,
  )
}

export async function previewEnrol(rooms: KeyringRooms, request: EnrolKey, call: Call): Promise<PublicKey> {
  rooms.requirePermit(call.principal, 'admin', {})
  const { publicKey } = await found(rooms, request, newKeyRequest(rooms, request), call)
  refuseTaken(rooms, toHex(publicKey.bytes), 'name')
  return publicKey
}

/** The key as the back-end has it, which changes nothing there. */
function found(rooms: KeyringRooms, { backend: name, ...request }: EnrolKey, wanted: NewKeyRequest, call: Call) {
  const backend = backendOf(rooms, name)
  if (!canEnrol(backend)) throw notSupported(backend, 'take over existing keys')
  return noting(rooms, { key: wanted.id, action: 'key.enrol' }, call, (heard) =>
    backend.enrol({ ...wanted, name: request.name, heard }, call.deadline),
  )
}

/** Needs `admin`: whoever names a key of the account could otherwise use one that was meant for something else. */
export async function enrolKey(rooms: KeyringRooms, request: EnrolKey, call: Call): Promise<KeyRecord> {
  rooms.requirePermit(call.principal, 'admin', {})
  const wanted = newKeyRequest(rooms, request)
  const key = await found(rooms, request, wanted, call)
  request.accept?.(key.publicKey)
  return establish(rooms, 'key.enrol', request, wanted, key, call)
}

/**
 * For a key that the configuration itself names: no grant is asked for, because whoever configures the service decides.
 * @throws Refused `already-exists` when its public key is in use here
 */
export function adoptKey(
  rooms: KeyringRooms,
  request: CreateKey & { readonly id: KeyId },
  key: NewKey,
  call: Call,
): Promise<KeyRecord> {
  const wanted = { ...newKeyRequest(rooms, request), id: request.id }
  return establish(rooms, 'key.adopt', request, wanted, key, call)
}

/** Only a key that has signed is recorded, so only such a key's address is ever shown. */
async function establish(
  rooms: KeyringRooms,
  action: string,
  request: CreateKey & { readonly derivation?: string },
  wanted: NewKeyRequest,
  made: NewKey,
  call: Call,
): Promise<KeyRecord> {
  const backend = backendOf(rooms, request.backend)
  const key = keyRecord(rooms, request, wanted, made)
  await rooms.prove({ key, backend, client: call.principal.client, deadline: call.deadline })
  await rooms.protectNew?.([key], call.deadline)
  const about = {
    key: key.id,
    backend: key.backend,
    publicKey: key.publicKey,
    family: key.family,
    usage: key.kind,
    ...(key.tree && { tree: key.tree }),
    // Whoever holds the back-end's own log against the register needs the name that stands there.
    ...(backend.describe && { where: backend.describe(made.data) }),
  }
  const puts = [{ kind: 'key', value: key, expect: 0 }] as const
  await rooms.state.change({ actor: actorOf(call.principal), action, about, puts }, call.deadline)
  return recordOf(rooms, key.id)
}
