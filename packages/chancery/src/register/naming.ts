/** What entries name of the rows an item takes, read back from their bodies, and held against the item. */
import type { JsonObject } from '../base/json.ts'
import {
  eachKey,
  entryDuty,
  entryWindow,
  type DutyClaim,
  type EntryDuty,
  type EntryWindow,
  type GuardRow,
} from '../core/claim.ts'
import { Failed } from '../core/errors.ts'
import { entryRaise, type EntryRaise } from '../core/protection.ts'
import type { EntryBody, RecordItem } from '../core/recorder.ts'
import type { WalletRow } from '../core/wallet-store.ts'
import { walletHash } from './records.ts'

/** @throws Failed `internal` for an item whose entries do not say exactly what it takes */
export function requireNamed({
  bodies,
  guards,
  windows = [],
  duties = [],
  raises = [],
  wallets = [],
}: RecordItem): void {
  if (!sameGuards(named(bodies, guardsIn), guards)) throw unnamed('guard')
  if (!sameTexts(named(bodies, windowsIn), windows, windowText, (row) => windowText(entryWindow(row)))) {
    throw unnamed('window')
  }
  if (!sameDuties(named(bodies, dutiesIn), duties)) throw unnamed('duty')
  if (!sameTexts(named(bodies, raisesIn), raises, raiseText, (row) => raiseText(entryRaise(row))))
    throw unnamed('raise')
  if (!sameTexts(named(bodies, walletsIn), wallets, walletText, rowText)) throw unnamed('wallet')
}

function unnamed(what: string): Failed {
  return new Failed('internal', `The ${what} rows of an item are not those its entries name`)
}

/** Nearly every item has one entry. */
function named<T>(bodies: readonly EntryBody[], rowsIn: (body: JsonObject) => readonly T[]): readonly T[] {
  const [only] = bodies
  return bodies.length === 1 && only !== undefined ? rowsIn(only) : bodies.flatMap(rowsIn)
}

/** Entries name rows in the order the item has them, nearly always: texts of both would cost more than the rest of `admit`. */
function sameGuards(entries: readonly GuardRow[], rows: readonly GuardRow[]): boolean {
  return isEach(entries, rows, isGuard) || sameTexts(entries, rows, guardText, guardText)
}

function sameDuties(entries: readonly EntryDuty[], duties: readonly DutyClaim[]): boolean {
  return isEach(entries, duties, isDuty) || sameTexts(entries, duties, dutyText, (one) => dutyText(entryDuty(one)))
}

function isEach<E, R>(entries: readonly E[], rows: readonly R[], is: (entry: E, row: R) => boolean): boolean {
  if (entries.length !== rows.length) return false
  return entries.every((entry, at) => {
    const row = rows[at]
    return row !== undefined && is(entry, row)
  })
}

function isGuard(entry: GuardRow, { kind, scope, item, root, replaces }: GuardRow): boolean {
  const sameRow = entry.kind === kind && entry.scope === scope && entry.item === item
  return sameRow && entry.root === root && entry.replaces === replaces
}

function isDuty(entry: EntryDuty, duty: DutyClaim): boolean {
  if (entry.root !== duty.root || entry.scope !== duty.scope) return false
  if (entry.kind === 'block') return duty.kind === 'block' && entry.slot === String(duty.slot)
  return duty.kind === 'attestation' && entry.source === String(duty.source) && entry.target === String(duty.target)
}

function sameTexts<E, R>(
  entries: readonly E[],
  rows: readonly R[],
  entryText: (entry: E) => string,
  rowText: (row: R) => string,
): boolean {
  if (entries.length !== rows.length) return false
  return rows.length === 0 || entries.map(entryText).toSorted().join() === rows.map(rowText).toSorted().join()
}

function windowText({ scope, period, root, amount, limit }: EntryWindow): string {
  return JSON.stringify([scope, period, root, amount, limit])
}

function guardText({ kind, scope, item, root, replaces }: GuardRow): string {
  return JSON.stringify([kind, scope, item, root, replaces])
}

function dutyText(duty: EntryDuty): string {
  const numbers = duty.kind === 'block' ? [duty.slot] : [duty.source, duty.target]
  return JSON.stringify([duty.kind, duty.scope, ...numbers, duty.root])
}

function raiseText({ scope, block, attestation }: EntryRaise): string {
  return JSON.stringify([scope, block?.slot, block?.root, attestation?.source, attestation?.target, attestation?.root])
}

/** The bodies of entries that write a row of a wallet. */
function walletsIn(body: JsonObject): readonly JsonObject[] {
  return body['kind'] === 'wallet' ? [body] : none
}

function walletText({ id, version, hash }: JsonObject): string {
  return JSON.stringify([id, version, hash])
}

function rowText(row: WalletRow): string {
  return walletText({ id: row.id, version: row.version, hash: walletHash(row) })
}

const none: readonly never[] = []

function listIn(body: JsonObject, name: string): readonly unknown[] {
  const list: unknown = body[name]
  return Array.isArray(list) ? list : none
}

function hasTexts(value: object, names: readonly string[]): boolean {
  for (const name of names) if (typeof Reflect.get(value, name) !== 'string') return false
  return true
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null
}

/** Guard rows as an entry's body names them. */
export function guardsIn(body: JsonObject): readonly GuardRow[] {
  return listIn(body, 'guards').filter(isGuardRow)
}

const guardKinds: readonly unknown[] = ['block', 'attestation', 'nonce', 'outpoint', 'once', 'window']
const guardTexts = ['scope', 'item', 'root']

function isGuardRow(value: unknown): value is GuardRow {
  return isObject(value) && guardKinds.includes(Reflect.get(value, 'kind')) && hasTexts(value, guardTexts)
}

/** Window rows as an entry's body names them. */
export function windowsIn(body: JsonObject): readonly EntryWindow[] {
  return listIn(body, 'windows').filter(isEntryWindow)
}

function isEntryWindow(value: unknown): value is EntryWindow {
  if (!isObject(value) || !hasTexts(value, ['scope', 'period', 'root'])) return false
  return ['amount', 'limit'].every((name) => isAmount(Reflect.get(value, name)))
}

/** Duties as an entry's body names them: `*` in a scope stands for the entry's public key, or each of them. */
export function dutiesIn(body: JsonObject): readonly EntryDuty[] {
  const duties = listIn(body, 'duties').filter(isEntryDuty)
  return duties.some(isOfEach) ? duties.flatMap((duty) => ofEach(duty, body)) : duties
}

function isOfEach({ scope }: EntryDuty): boolean {
  return scope.startsWith(eachKey)
}

function ofEach(duty: EntryDuty, body: JsonObject): readonly EntryDuty[] {
  if (!isOfEach(duty)) return [duty]
  const network = duty.scope.slice(eachKey.length - 1)
  const publicKeys = body['publicKey'] === undefined ? listIn(body, 'publicKeys') : [body['publicKey']]
  return publicKeys.map((publicKey) => ({ ...duty, scope: `${String(publicKey)}${network}` }))
}

const dutyTexts = ['scope', 'root']

function isEntryDuty(value: unknown): value is EntryDuty {
  if (!isObject(value) || !hasTexts(value, dutyTexts)) return false
  const kind: unknown = Reflect.get(value, 'kind')
  if (kind === 'block') return isAmount(Reflect.get(value, 'slot'))
  return kind === 'attestation' && isAmount(Reflect.get(value, 'source')) && isAmount(Reflect.get(value, 'target'))
}

/** Raises of protection as an entry's body names them. */
export function raisesIn(body: JsonObject): readonly EntryRaise[] {
  return listIn(body, 'raises').filter(isEntryRaise)
}

export function isEntryRaise(value: unknown): value is EntryRaise {
  if (!isObject(value) || !hasTexts(value, ['scope'])) return false
  return isLast(value, 'block', ['slot']) && isLast(value, 'attestation', ['source', 'target'])
}

function isLast(value: object, name: string, numbers: readonly string[]): boolean {
  const last: unknown = Reflect.get(value, name)
  if (last === undefined) return true
  if (!isObject(last) || !numbers.every((number) => isAmount(Reflect.get(last, number)))) return false
  return ['string', 'undefined'].includes(typeof Reflect.get(last, 'root'))
}

/** Decimal text: JSON's numbers end at 2^53. */
export function isAmount(value: unknown): value is string {
  return typeof value === 'string' && /^(?:0|[1-9]\d*)$/.test(value)
}
