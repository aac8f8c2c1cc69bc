/** What both databases must know of a round before they touch it. */
import type { Hex } from '../base/bytes.ts'
import type { GuardRow } from '../core/claim.ts'
import { Failed } from '../core/errors.ts'
import type { Fence, Round, RoundItem, StateChange } from '../core/store.ts'
import { addressNames, walletNames } from '../core/wallet-names.ts'

export interface Owned<T> {
  /** Index of the item in its round. */
  readonly item: number
  readonly value: T
}

/** All things of one sort in a round, each with the item it belongs to. */
export function owned<T>(round: Round, of: (item: RoundItem) => readonly T[] | undefined): readonly Owned<T>[] {
  return round.items.flatMap((one, item) => (of(one) ?? []).map((value) => ({ item, value })))
}

/** In order of (kind, scope, item): writers that lock in one order cannot deadlock. */
export function guardsInOrder(round: Round): readonly Owned<GuardRow>[] {
  return owned(round, (item) => item.guards)
    .map((guard) => ({ ...guard, key: guardKey(guard.value) }))
    .toSorted((a, b) => (a.key < b.key ? -1 : 1))
}

/** NUL sorts before everything else and is refused inside text, so the joined text sorts as the three parts do. */
export function guardKey(row: { readonly kind: string; readonly scope: string; readonly item: Hex }): string {
  return `${row.kind}\0${row.scope}\0${row.item.toLowerCase()}`
}

export function entryCount(round: Round): number {
  return round.items.reduce((count, item) => count + item.entries.length, 0)
}

export function changeOf(round: Round): StateChange | undefined {
  return round.items.find((item) => item.change !== undefined)?.change
}

/**
 * Whether the fence forbids the round. A new store has no fence: its epoch is 0 and nothing is signed under it. A change
 * carries the epoch it makes, one above the fence's.
 */
export function isStale(round: Round, fence: Fence | undefined): boolean {
  const change = changeOf(round)
  const epoch = (fence?.epoch ?? 0) + (change === undefined ? 0 : 1)
  if (round.epoch !== epoch || (change !== undefined && change.fence.epoch !== epoch)) return true
  return round.signs && (fence === undefined || fence.halted)
}

/** @throws Failed `internal` for a round no writer may send; nothing was done with it. */
export function checkRound(round: Round): void {
  if (!Number.isSafeInteger(round.seq) || round.seq < 1) throw misuse(`seq is ${round.seq}`)
  if (changeOf(round) !== undefined && round.items.length !== 1) throw misuse('a change does not travel alone')
  refuseTwice(
    'guard row',
    owned(round, (item) => item.guards).map((guard) => guardKey(guard.value)),
  )
  refuseTwice(
    'window row',
    owned(round, (item) => item.windows).map(({ value: { scope, period, root } }) =>
      [scope, period, root.toLowerCase()].join('\0'),
    ),
  )
  refuseTwice('protection row', protectionKeys(round))
  refuseTwice('idempotency key', idempotencyKeys(round))
  refuseTwice(
    'transaction',
    owned(round, (item) => item.transactions).map((row) => row.value.id),
  )
  refuseTwice('name of a wallet', [
    ...owned(round, (item) => item.wallets).flatMap(({ value }) => walletNames(value)),
    ...owned(round, (item) => item.addresses).flatMap(({ value }) => addressNames(value)),
  ])
  textsOf(round).forEach(checkText)
}

/** A raise stands in the way of both kinds of duty. */
function protectionKeys(round: Round): readonly string[] {
  return round.items.flatMap(({ duties = [], raises = [] }) => [
    ...duties.map(({ kind, scope }) => `${kind}\0${scope}`),
    ...raises.flatMap(({ scope }) => [`block\0${scope}`, `attestation\0${scope}`]),
  ])
}

function idempotencyKeys(round: Round): readonly string[] {
  return round.items.flatMap(({ idempotency: row }) => (row ? [`${row.client}\0${row.route}\0${row.key}`] : []))
}

function refuseTwice(what: string, keys: readonly string[]): void {
  if (new Set(keys).size !== keys.length) throw misuse(`a ${what} is taken twice`)
}

function textsOf(round: Round): readonly string[] {
  const guards = owned(round, (item) => item.guards).map((guard) => guard.value.scope)
  const windows = owned(round, (item) => item.windows).flatMap(({ value }) => [value.scope, value.period])
  const scopes = round.items.flatMap(({ duties = [], raises = [] }) => [...duties, ...raises].map(({ scope }) => scope))
  const keys = round.items.flatMap(({ idempotency: row }) => (row ? [row.client, row.route, row.key] : []))
  const bodies = owned(round, (item) => item.entries).map((entry) => entry.value.body)
  const senders = owned(round, (item) => item.transactions).map((row) => row.value.sender)
  return [round.stream, ...guards, ...windows, ...scopes, ...keys, ...bodies, ...senders, ...walletTexts(round)]
}

function walletTexts(round: Round): readonly string[] {
  const rows = owned(round, (item) => item.wallets).flatMap(({ value }) => [
    value.user,
    value.asset,
    value.address ?? '',
    value.provider ?? '',
  ])
  const addresses = owned(round, (item) => item.addresses).map(({ value }) => value.address)
  const destinations = owned(round, (item) => item.destinations).flatMap(({ value }) => [value.scope, value.address])
  return [...rows, ...addresses, ...destinations]
}

/** PostgreSQL holds no NUL, and UTF-8 no lone surrogate: two different texts would become one. */
function checkText(text: string): void {
  if (text.includes('\0') || !text.isWellFormed()) throw misuse('text holds a NUL or a lone surrogate')
}

function misuse(detail: string): Failed {
  return new Failed('internal', `the round cannot be recorded: ${detail}`)
}
