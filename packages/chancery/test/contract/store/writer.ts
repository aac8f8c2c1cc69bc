/** A writer of one stream, as the register's is, with nothing but what a store looks at. */
import { concat, sha256, toHex, utf8, type Hex } from '../../../src/base/bytes.ts'
import { systemClock } from '../../../src/base/clock.ts'
import { deadlineIn, type Deadline } from '../../../src/base/deadline.ts'
import { canonical, type JsonObject } from '../../../src/base/json.ts'
import type { DutyClaim, GuardRow, WindowRow } from '../../../src/core/claim.ts'
import { dayOf } from '../../../src/core/period.ts'
import type { ProtectionRaise } from '../../../src/core/protection.ts'
import type { StoredSignature } from '../../../src/core/payload.ts'
import type { Entry, Fence, Round, RoundItem, RoundResult, StateRecord, Store } from '../../../src/core/store.ts'

export function soon(): Deadline {
  return deadlineIn(10_000, systemClock)
}

/** A 32-byte hash of some text: roots, items and public keys whose value does not matter. */
export function hash(text: string): Hex {
  return toHex(sha256(utf8(text)))
}

/** The same bytes in another spelling. */
export function capitals(hex: `0x${string}`): `0x${string}` {
  return `0x${hex.slice(2).toUpperCase()}`
}

export function entry(body: JsonObject): Entry {
  const text = canonical(body)
  return { leaf: toHex(sha256(concat(Uint8Array.of(0), utf8(text)))), body: text }
}

export function item(parts: Partial<RoundItem> = {}): RoundItem {
  return { entries: [entry({ kind: 'attempt' })], guards: [], ...parts }
}

export function guard(item: string, root: string, replaces?: string): GuardRow {
  const row = { kind: 'nonce', scope: 'eip155:1 0xsender', item: hash(item), root: hash(root) } as const
  return replaces === undefined ? row : { ...row, replaces: hash(replaces) }
}

export function taking(...guards: readonly GuardRow[]): RoundItem {
  return item({ guards })
}

/** A use of today's window; `amount` of `limit`. */
export function windowRow(root: string, amount: bigint, limit: bigint, parts: Partial<WindowRow> = {}): WindowRow {
  return { scope: 'sponsor fees', period: dayOf(systemClock.now()), root: hash(root), amount, limit, ...parts }
}

export function counting(...windows: readonly WindowRow[]): RoundItem {
  return item({ windows })
}

/** A scope of the network that all validators of these tests are of, or of another. */
export function validator(name: string, genesis = genesisValidatorsRoot): string {
  return `${hash(name)}@${genesis}`
}

export const genesisValidatorsRoot = hash('genesis')

export function block(slot: number | bigint, root: string, scope = validator('a')) {
  return { kind: 'block', scope, slot: BigInt(slot), root: hash(root) } as const
}

export function attestation(source: number | bigint, target: number | bigint, root: string, scope = validator('a')) {
  return { kind: 'attestation', scope, source: BigInt(source), target: BigInt(target), root: hash(root) } as const
}

export function signing(...duties: readonly DutyClaim[]): RoundItem {
  return item({ duties })
}

export function raising(...raises: readonly ProtectionRaise[]): RoundItem {
  return item({ raises })
}

export function signature(publicKey: string, payload: string, byte: number): StoredSignature {
  const bytes = new Uint8Array(64).fill(byte)
  return { publicKey: hash(publicKey), payload: hash(payload), signature: { algorithm: 'ed25519', bytes } }
}

export function fenceAt(epoch: number, halted = false): Fence {
  return { epoch, halted, root: hash(`root ${epoch}`), mac: hash(`mac ${epoch}`) }
}

export function change(epoch: number, records: readonly StateRecord[] = [], halted = false): RoundItem {
  return item({ entries: [entry({ kind: 'change', epoch })], change: { fence: fenceAt(epoch, halted), records } })
}

export function record(id: string, version: number): StateRecord {
  return { kind: 'client', id, version, body: { name: id, version }, mac: hash(`${id} ${version}`) }
}

export class Writer {
  readonly stream: string
  epoch: number
  seq = 0
  prev: Hex = '0x'
  time = 1_700_000_000_000

  constructor(stream: string, epoch = 1) {
    this.stream = stream
    this.epoch = epoch
  }

  /** The next round, under the epoch a change in it makes; the writer moves on only when it is committed. */
  round(items: readonly RoundItem[], over: Partial<Round> = {}): Round {
    const seq = this.seq + 1
    const hashed = hash(`${this.stream} ${seq} ${JSON.stringify(items, bigintText)}`)
    const changed = items[0]?.change
    const under =
      changed === undefined ? { epoch: this.epoch, signs: true } : { epoch: changed.fence.epoch, signs: false }
    const { stream, prev, time } = this
    return { stream, seq, prev, hash: hashed, mac: hash('mac'), time: time + seq, items, ...under, ...over }
  }

  async commit(store: Store, items: readonly RoundItem[], over: Partial<Round> = {}): Promise<RoundResult> {
    const round = this.round(items, over)
    const result = await store.commit(round, soon())
    if (result.status === 'committed') this.follow(round)
    return result
  }

  follow(round: Round): void {
    this.seq = round.seq
    this.prev = round.hash
    const changed = round.items[0]?.change
    if (changed !== undefined) this.epoch = changed.fence.epoch
  }
}

function bigintText(_: string, value: unknown): unknown {
  return typeof value === 'bigint' ? String(value) : value
}

/** A writer in a store whose state was made: epoch 1, not halted. */
export async function begin(store: Store, stream = 'stream-a', records: readonly StateRecord[] = []): Promise<Writer> {
  const writer = new Writer(stream, 0)
  const result = await writer.commit(store, [change(1, records)])
  if (result.status !== 'committed') throw new Error(`the first change was ${result.status}`)
  return writer
}
