/**
 * Rows of wallets as they are authenticated. Money is sent to the addresses a row shows, so a row is believed only as this
 * service wrote it: who can write to the database cannot put an address of his own in a user's wallet.
 */
import { createHmac } from 'node:crypto'
import { equal, fromHex, isHex, isLowerHex, sha256Hex, toHex, utf8, type Hex } from '../base/bytes.ts'
import { canonical, isJsonObject, type Json, type JsonObject } from '../base/json.ts'
import type { Secret } from '../base/secret.ts'
import type { ExtendedPublicKey } from '../core/backend.ts'
import type { WalletEntry } from '../core/entries.ts'
import { Failed } from '../core/errors.ts'
import type { Recorded, RecordItem } from '../core/recorder.ts'
import type { WalletAddress, WalletRow } from '../core/wallet-store.ts'
import type { WalletRooms } from './rooms.ts'

/**
 * Milliseconds a row may take to be recorded: nobody waits for a wallet as for a duty, and one that a slow disk left half
 * made waits for the job that finishes it.
 */
export const rowLimit = 10_000

/** What a wallet keeps of itself beside its columns. */
export interface WalletBody {
  readonly providerId: string
  readonly form: string
  /** The id its key will have, so that an interrupted creation never makes a second one; of a tree's branch, the tree's. */
  readonly keyId: string
  /** Of the first address, hex. */
  readonly publicKey?: Hex
  /** Of a branch: its node, from which every address is derived. */
  readonly xpub?: { readonly publicKey: Hex; readonly chainCode: Hex }
  /** As the original collection called its key, where the wallet was imported from one. */
  readonly importedKeyId?: string
  readonly deletion?: {
    readonly date: string
    readonly requestedBy: string
    /** The key was out of use before. */
    readonly disabled?: boolean
  }
  /** Of a branch: the highest index of a deposit address that was ever seen paid; absent before one was. */
  readonly paid?: number
  /** Of a wallet that pays from elsewhere: the version of its mark under which it was last found to sign the same. */
  readonly compared?: number
}

export function bodyOf({ id, body }: WalletRow): WalletBody {
  const { providerId, form, keyId, publicKey, xpub, importedKeyId, deletion, paid, compared } = body
  if (typeof providerId !== 'string' || typeof form !== 'string' || typeof keyId !== 'string') throw unreadable(id)
  return {
    providerId,
    form,
    keyId,
    ...(isHex(publicKey) && { publicKey }),
    ...(isJsonObject(xpub) && { xpub: xpubOf(id, xpub) }),
    ...(typeof importedKeyId === 'string' && { importedKeyId }),
    ...(isJsonObject(deletion) && { deletion: deletionOf(id, deletion) }),
    ...(typeof paid === 'number' && { paid }),
    ...(typeof compared === 'number' && { compared }),
  }
}

function xpubOf(id: string, { publicKey, chainCode }: JsonObject): NonNullable<WalletBody['xpub']> {
  if (!isHex(publicKey, 33) || !isHex(chainCode, 32)) throw unreadable(id)
  return { publicKey, chainCode }
}

function deletionOf(id: string, { date, requestedBy, disabled }: JsonObject): NonNullable<WalletBody['deletion']> {
  if (typeof date !== 'string' || typeof requestedBy !== 'string') throw unreadable(id)
  return { date, requestedBy, ...(disabled === true && { disabled }) }
}

function unreadable(id: string): Failed {
  return new Failed('store-corrupt', `The wallet ${id} does not say what a wallet says`)
}

export function extendedOf({ xpub }: WalletBody): ExtendedPublicKey | undefined {
  if (xpub === undefined) return undefined
  const publicKey = { algorithm: 'secp256k1-ecdsa', bytes: fromHex(xpub.publicKey) } as const
  return { publicKey, chainCode: fromHex(xpub.chainCode) }
}

/** The next version of a row. Members of `body` are added; `undefined` ones are taken out. */
export function nextRow(
  row: WalletRow,
  now: number,
  {
    body,
    ...columns
  }: Partial<Pick<WalletRow, 'state' | 'address' | 'key'>> & {
    readonly body?: Readonly<Record<string, Json | undefined>>
  },
): WalletRow {
  const members = Object.entries({ ...row.body, ...body }).filter(
    (pair): pair is [string, Json] => pair[1] !== undefined,
  )
  return { ...row, ...columns, body: Object.fromEntries(members), version: row.version + 1, updatedAt: now }
}

/** One row's next version with its new addresses, and the entry that says so. */
export function walletItem(
  { stateKey }: Pick<WalletRooms, 'stateKey'>,
  row: WalletRow,
  addresses: readonly Omit<WalletAddress, 'mac'>[] = [],
): RecordItem {
  const sealed = addresses.map((one) => ({ ...one, mac: macOf('address', { ...one }, stateKey) }))
  const wallets = [{ ...row, body: { ...row.body, mac: macOf('wallet', asJson(row), stateKey) } }]
  return { bodies: [walletEntry(row)], guards: [], signs: false, wallets, addresses: sealed }
}

function walletEntry(row: WalletRow): WalletEntry {
  const { id, version, user, asset, network, tier, state, address, key } = row
  return {
    kind: 'wallet',
    id,
    version,
    user,
    asset,
    network,
    tier,
    state,
    ...(address && { address }),
    ...(key && { key }),
    hash: sha256Hex(utf8(canonical(asJson(row)))),
  }
}

/** Another change of the row, or another row in the same place, came first: to be tried again on what stands now. */
export function isOvertaken(recorded: Recorded): boolean {
  return recorded.status === 'refused' && ['version', 'wallet'].includes(recorded.fault.reason)
}

/** A provider id is said by the body: the column is there to be unique. */
function asJson({ provider, ...row }: WalletRow): JsonObject {
  const { address, key, account, ...rest } = row
  const other = provider !== undefined && provider !== row.body['providerId']
  const given = { ...(address && { address }), ...(key && { key }), ...(account !== undefined && { account }) }
  return { ...rest, ...given, ...(other && { provider }) }
}

/** The row without its MAC. @throws Failed `store-corrupt` for a row that was not written with this key, or was changed */
export function genuineRow(row: WalletRow, stateKey: Secret): WalletRow {
  const { mac, ...body } = row.body
  const bare = { ...row, body }
  if (isLowerHex(mac, 32) && equal(fromHex(mac), fromHex(macOf('wallet', asJson(bare), stateKey)))) return bare
  throw new Failed('store-corrupt', `The wallet ${row.id} is not as this service wrote it`)
}

/** @throws Failed `store-corrupt` */
export function genuineAddress({ mac, ...row }: WalletAddress, stateKey: Secret): WalletAddress {
  if (equal(fromHex(mac), fromHex(macOf('address', { ...row }, stateKey)))) return { ...row, mac }
  throw new Failed('store-corrupt', `An address of ${row.wallet} is not as this service wrote it`)
}

function macOf(what: 'wallet' | 'address', row: JsonObject, stateKey: Secret): Hex {
  const text = `chancery ${what} row 1\n${canonical(row)}`
  return toHex(stateKey.use((key) => createHmac('sha256', key).update(text).digest()))
}
