/** Wallets that were kept elsewhere: each record is held against its key, and taken in only where the two agree. */
import { isoTime } from '../base/clock.ts'
import { atMost } from '../base/deadline.ts'
import { newId } from '../base/id.ts'
import { toHex } from '../base/bytes.ts'
import type { Call } from '../core/call.ts'
import type { AddressForm } from '../core/chain.ts'
import { Failed, Refused } from '../core/errors.ts'
import type { KeyRecord, PublicKey } from '../core/key.ts'
import type { WalletRow } from '../core/wallet-store.ts'
import type { EnrolKey } from '../core/keyring.ts'
import type { ImportedWallet, WalletView } from '../core/wallets.ts'
import { checkedAddress, destinationOf } from './address.ts'
import { placeOf, requireMeaning, type Place } from './assets.ts'
import { refuseOtherMeaning } from './meaning.ts'
import { putMark } from './migration/mark.ts'
import type { WalletRooms } from './rooms.ts'
import { providerTaken, refuseProviderTaken } from './provider.ts'
import { bodyOf, rowLimit, walletItem } from './row.ts'
import { viewOf } from './view.ts'

const backend = 'aws-kms'

/** The same record again gives the same wallet. Needs `admin`: whoever names a key of the account takes it into use. */
export async function importWallet(
  rooms: WalletRooms,
  record: ImportedWallet,
  call: Call,
  { shadow = false }: { readonly shadow?: boolean } = {},
): Promise<WalletView> {
  rooms.requirePermit(call.principal, 'admin', {})
  const read = readRecord(rooms, record)
  const { place, address } = read
  const standing = await standingFor(rooms, record, read, call)
  if (standing !== undefined) return viewOf(rooms, standing, call)
  await refuseProviderTaken(rooms, record.providerId, call)
  await refuseOtherMeaning(rooms, place, call.deadline)
  const { key, form } = await enrol(rooms, record, place, address, call)
  const row = rowOf(rooms, record, place, address, key, form)
  // Before there is a wallet that could pay.
  if (shadow) await putMark(rooms, row.id, true, call)
  const { id: wallet, network, createdAt } = row
  const item = walletItem(rooms, row, [{ network, address, wallet, branch: 0, index: 0, createdAt }])
  const recorded = await rooms.recorder.record(item, atMost(call.deadline, rowLimit))
  if (recorded.status === 'recorded') return viewOf(rooms, row, call)
  if (recorded.status === 'refused' && recorded.fault.reason === 'wallet') {
    if (recorded.fault.taken === 'provider') throw providerTaken(record.providerId)
    throw new Refused('already-exists', `Another wallet has this ${recorded.fault.taken}`, { got: address })
  }
  throw new Failed('internal', 'The wallet could not be recorded')
}

export interface ReadRecord {
  readonly place: Place
  /** In its one text form. */
  readonly address: string
}

/** @throws Refused what no import of this record could mend */
export function readRecord(rooms: WalletRooms, record: ImportedWallet): ReadRecord {
  const place = placeOf(rooms, record.asset, record.network)
  requireUsable(record)
  createdIn(record)
  return { place, address: destinationOf(rooms, place, record.address, 'address') }
}

function requireUsable({ status }: ImportedWallet): void {
  if (status === 'CREATED') return
  const particulars = { where: 'status', got: status, wanted: 'CREATED' }
  throw new Refused('wallet-state', 'Only wallets in use are taken in', particulars)
}

/** The wallet of the same user and asset, where it is this one. @throws Refused `already-exists` */
export async function standingFor(
  { store }: WalletRooms,
  { userId, providerId }: ImportedWallet,
  { place, address }: ReadRecord,
  { deadline }: Call,
): Promise<WalletRow | undefined> {
  const row = await store.walletOf(userId, place.symbol, place.network, deadline)
  if (row === undefined) return undefined
  requireMeaning(row, place)
  if (row.address === address) return refuseRenamed(row, providerId)
  throw new Refused('already-exists', 'The user has another wallet of this asset already', {
    where: 'address',
    got: address,
    wanted: row.address ?? 'none yet',
  })
}

/** A record changed since it was taken in is another one. @throws Refused `already-exists` */
function refuseRenamed(row: WalletRow, got: string): WalletRow {
  const { providerId: wanted } = bodyOf(row)
  if (got === wanted) return row
  const particulars = { where: 'providerId', got, wanted }
  throw new Refused('already-exists', `The wallet ${row.id} is here with another provider id`, particulars)
}

interface Enrolled {
  readonly key: KeyRecord
  readonly form: AddressForm
}

/** A key whose address is not the record's is not taken into use at all (P-10). */
async function enrol(
  rooms: WalletRooms,
  { kmsKeyId }: ImportedWallet,
  place: Place,
  address: string,
  call: Call,
): Promise<Enrolled> {
  const found: { form?: AddressForm } = {}
  const accept = (publicKey: PublicKey) => void (found.form = formFor(rooms, place, address, publicKey))
  const key = keyHere(rooms, kmsKeyId) ?? (await rooms.keyring.enrol({ ...enrolment(place, kmsKeyId), accept }, call))
  refuseOther(key, place)
  refuseRuled(rooms, key)
  const form = found.form ?? formFor(rooms, place, address, publicKeyIn(key))
  return { key, form }
}

/** A key that is here already may be another kind of key: one that signs bare digests, or for another network (safety rule 14). */
function refuseOther({ kind, family, network, state }: KeyRecord, place: Place): void {
  const said = (...words: readonly (string | undefined)[]) => words.map((word) => word ?? 'any network').join(' ')
  const [got, wanted] = [said(kind, family, network, state), said('decoded', place.chain.id, place.network, 'enabled')]
  if (got === wanted) return
  throw new Refused('key-state', 'This key is here as another kind of key, or out of use', {
    where: 'kmsKeyId',
    got,
    wanted,
  })
}

/** One that was in use by itself before would go on paying past the policy of wallets. */
function refuseRuled({ state }: WalletRooms, { id }: KeyRecord): void {
  const operations = state.current().rules.get(id)?.value.operations ?? []
  if (operations.length === 0) return
  throw new Refused('key-state', 'This key has rules of its own: it would pay past the policy of wallets', {
    where: 'kmsKeyId',
    got: operations.join(', '),
    wanted: 'a key without rules',
    hint: `Take them back first: chancery rules put ${id}, with no operations`,
  })
}

export function enrolment({ chain, network }: Place, name: string): EnrolKey {
  return { backend, family: chain.id, kind: 'decoded', network, name }
}

/** One that an import before this one, which was interrupted, has taken into use. */
export function keyHere({ state, backends }: WalletRooms, kmsKeyId: string): KeyRecord | undefined {
  const describe = backends.get(backend)?.describe
  const keys = Array.from(state.current().keys.values(), ({ value }) => value)
  // Old records name keys by their ARN, or by its last part.
  const isNamed = (arn = '') => arn === kmsKeyId || arn.endsWith(`:key/${kmsKeyId}`)
  return keys.find((key) => key.backend === backend && isNamed(describe?.(key.ref)['kmsKey']))
}

export function publicKeyIn({ algorithm, publicKey }: KeyRecord): PublicKey {
  return { algorithm, bytes: Uint8Array.from(Buffer.from(publicKey.slice(2), 'hex')) }
}

/** @throws Refused `invalid-payload` unless the key has this address in one of the network's forms */
export function formFor(rooms: WalletRooms, place: Place, address: string, publicKey: PublicKey): AddressForm {
  const forms = place.native.forms.filter(({ algorithm }) => algorithm === publicKey.algorithm)
  const addresses = forms.map((form) => ({ form, address: checkedAddress(rooms, place, form, publicKey) }))
  const found = addresses.find((one) => one.address === address)
  if (found !== undefined) return found.form
  const wanted = addresses.map((one) => one.address).join(' or ')
  throw new Refused('invalid-payload', 'The key has another address than the record says; nothing was taken in', {
    where: 'address',
    got: address,
    wanted,
    hint: 'Nobody can spend what is paid there with this key: find the right key before anything else',
  })
}

function rowOf(
  { clock }: WalletRooms,
  record: ImportedWallet,
  { symbol, network, asset: assetId }: Place,
  address: string,
  key: KeyRecord,
  { name }: AddressForm,
): WalletRow {
  const now = clock.now()
  const { providerId, kmsKeyId } = record
  const body = {
    providerId,
    assetId,
    form: name,
    keyId: key.id,
    publicKey: toHex(publicKeyIn(key).bytes),
    importedKeyId: kmsKeyId,
  }
  return {
    id: newId('wal', now),
    version: 1,
    user: record.userId,
    asset: symbol,
    network,
    tier: 'native',
    state: 'CREATED',
    address,
    key: key.id,
    provider: providerId,
    body: { ...body, importedAt: isoTime(now) },
    createdAt: createdIn(record),
    updatedAt: now,
  }
}

function createdIn({ createdAt }: ImportedWallet): number {
  const created = Date.parse(createdAt)
  if (!Number.isNaN(created)) return created
  throw new Refused('invalid-request', 'The time is not one', { where: 'createdAt', got: createdAt })
}
