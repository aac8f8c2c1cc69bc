/** A relayed transaction as the relay keeps it: the row and the account in its body. */
import type { Hex } from '../base/bytes.ts'
import { isJsonObject, type Json, type JsonObject } from '../base/json.ts'
import type { Principal } from '../core/access.ts'
import { Failed, Refused } from '../core/errors.ts'
import type { EntryBody, RecordItem } from '../core/recorder.ts'
import type { TransactionRow, TransactionState } from '../core/store.ts'
import { neverSigned, onlyOnce, sealRow } from './genuine.ts'
import type { RelayRooms } from './rooms.ts'

/** States in which the relay still has something to do. */
export const openStates = ['accepted', 'assigned', 'signed', 'broadcast', 'mined'] as const

/** One at a time works on what an account has open: the name of its lane, of its lease, and of it in the log. */
export function laneName({ network, sender }: Pick<TransactionRow, 'network' | 'sender'>): string {
  return `lane ${network} ${sender}`
}

/** The next version of a row. Members of `body` are added to the account; `undefined` ones are taken out. */
export function nextRow(
  row: TransactionRow,
  now: number,
  change: {
    readonly state?: TransactionState
    readonly nonce?: bigint
    readonly body?: Readonly<Record<string, Json | undefined>>
  },
): TransactionRow {
  const { body, ...columns } = change
  return { ...row, ...columns, body: withMembers(row.body, body ?? {}), version: row.version + 1, updatedAt: now }
}

function withMembers(body: JsonObject, members: Readonly<Record<string, Json | undefined>>): JsonObject {
  const all = Object.entries({ ...body, ...members })
  return Object.fromEntries(all.filter((pair): pair is [string, Json] => pair[1] !== undefined))
}

/** Where it was asked for from: grants that are bound to sources hold there, long after the request ended. */
export function sourceMember({ address }: Principal): { readonly source?: string } {
  return address === undefined ? {} : { source: address }
}

export function sourceOf(row: TransactionRow): { readonly address?: string } {
  const address = row.body['source']
  return typeof address === 'string' ? { address } : {}
}

/** Where a client is concerns nobody else who may see its transactions. */
export function withoutSource(row: TransactionRow): TransactionRow {
  const { source: _, ...body } = row.body
  return { ...row, body }
}

/** The complete transaction, once prepared. */
export function preparedOf(row: TransactionRow): JsonObject | undefined {
  const prepared = row.body['prepared']
  return isJsonObject(prepared) ? prepared : undefined
}

export function hashOf(row: TransactionRow): Hex | undefined {
  const hash = row.body['hash']
  return typeof hash === 'string' && hash.startsWith('0x') ? (hash as Hex) : undefined
}

/** Hashes of everything that was signed for it, oldest first. */
export function versionsOf(row: TransactionRow): readonly Hex[] {
  const versions = row.body['versions']
  if (Array.isArray(versions)) return versions.filter((one): one is Hex => typeof one === 'string')
  const hash = hashOf(row)
  return hash === undefined ? [] : [hash]
}

/** One row's next version, with the entry that says so. */
export function rowItem({ stateKey }: RelayRooms, row: TransactionRow): RecordItem {
  return { bodies: [rowEntry(row)], guards: [], signs: false, transactions: [sealRow(row, stateKey)] }
}

/** For a row that fails with nothing signed for it: from then on nothing can be. */
export function failedItem(rooms: RelayRooms, row: TransactionRow): RecordItem {
  const { kind, scope, id: item } = onlyOnce(row.id)
  const guards = [{ kind, scope, item, root: neverSigned }]
  return { ...rowItem(rooms, row), guards, bodies: [{ ...rowEntry(row), guards }] }
}

export function rowEntry(row: TransactionRow): EntryBody {
  const { id, client, key, network, sender, state, nonce } = row
  const hash = hashOf(row)
  return {
    kind: 'transaction',
    id,
    client,
    key,
    network,
    sender,
    state,
    ...(nonce !== undefined && { nonce: nonce.toString() }),
    ...(hash && { hash }),
  }
}

/** What went wrong, for the row's reader. */
export function errorMember(error: unknown): JsonObject {
  if (!(error instanceof Refused || error instanceof Failed)) return { code: 'internal', detail: 'The service failed' }
  const { got, wanted, where, hint, checks } = error.particulars
  const words = { got, wanted, where, hint }
  const given = Object.entries(words).filter((pair): pair is [string, string] => pair[1] !== undefined)
  const failed = checks?.filter((check) => !check.ok).map((check) => ({ ...check }))
  return { code: error.code, detail: error.message, ...Object.fromEntries(given), ...(failed && { checks: failed }) }
}
