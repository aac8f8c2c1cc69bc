/** What the verifier reads: a store, a copy of one, or an export file. */
import type { Clock } from '../base/clock.ts'
import { deadlineIn, type Deadline } from '../base/deadline.ts'
import type { Hex } from '../base/bytes.ts'
import type { Secret } from '../base/secret.ts'
import type { GuardRow } from '../core/claim.ts'
import type { WalletId } from '../core/names.ts'
import type { Signature } from '../core/payload.ts'
import type { ProtectionRow, SignedDuty } from '../core/protection.ts'
import type {
  AcceptedGap,
  Checkpoint,
  Fence,
  PlacedEntry,
  Position,
  Segment,
  StateRecord,
  Store,
  WindowTotal,
  WindowUse,
} from '../core/store.ts'
import type { WalletRow } from '../core/wallet-store.ts'
import { loadState } from './loading.ts'

export interface KeptSignature {
  readonly publicKey: Hex
  readonly payload: Hex
  /** Absent in an export: signatures that were never sent stay where they are. */
  readonly signature?: Signature
}

/** Totals only grow: what was read of them before the uses and after bounds the sum of the uses, and equals it at rest. */
export interface WindowTables {
  readonly before: readonly WindowTotal[]
  readonly uses: readonly WindowUse[]
  readonly after: readonly WindowTotal[]
}

interface Rows<T> {
  readonly rows: readonly T[]
  readonly next?: string
}

export interface RegisterSource {
  streams(): Promise<readonly Position[]>
  segments(stream: string, afterSeq: number, limit: number): Promise<readonly Segment[]>
  entries(position: Position): Promise<readonly PlacedEntry[]>
  segmentHash(position: Position): Promise<Hex | undefined>
  integrated(from: number, limit: number): Promise<readonly Position[]>
  leaves(from: number, to: number): Promise<readonly Hex[]>
  checkpoints(afterSize: number, limit: number): Promise<readonly Checkpoint[]>
  guards(after: string | undefined, limit: number): Promise<Rows<GuardRow & Position>>
  windows(): Promise<WindowTables>
  acceptedGaps(): Promise<readonly AcceptedGap[]>
  protections(after: string | undefined, limit: number): Promise<Rows<ProtectionRow>>
  /** What validators signed; an export has none: `chancery slashing export` is for that. */
  history?(): AsyncIterable<SignedDuty>
  signatures(after: string | undefined, limit: number): Promise<Rows<KeptSignature>>
  /** An export has none: their rows say from which keys their addresses come. */
  wallets?(): AsyncIterable<WalletRow>
  /** The state and its fence; an export has none, for its records hold sealed references. */
  state?(): Promise<{ readonly fence: Fence | undefined; readonly records: readonly StateRecord[] }>
  /** @throws Failed `store-corrupt` when the state does not authenticate under the key. */
  authenticate?(stateKey: Secret): Promise<void>
  /** Where the streams stood when the tables were read; absent where that is now. */
  readonly asOf?: readonly Position[]
}

/** A page of a large register on a slow disk; beyond it something is wrong. */
const readMilliseconds = 30_000

export function sourceOf(store: Store, clock: Clock): RegisterSource {
  const until = (): Deadline => deadlineIn(readMilliseconds, clock)
  return {
    streams: () => store.streams(until()),
    segments: (stream, afterSeq, limit) => store.segments(stream, afterSeq, limit, until()),
    entries: (position) => store.entries([position], until()),
    segmentHash: (position) => store.segmentHash(position, until()),
    integrated: (from, limit) => store.integrated(from, limit, until()),
    leaves: (from, to) => store.leaves(from, to, until()),
    checkpoints: (afterSize, limit) => store.checkpoints(afterSize, limit, until()),
    guards: (after, limit) => store.guards(after, limit, until()),
    windows: () => readWindows(store, until),
    acceptedGaps: () => store.acceptedGaps(until()),
    protections: (after, limit) => store.protections(after, limit, until()),
    history: () => everyRow((after) => store.signedDuties(undefined, after, historyPage, until())),
    signatures: (after, limit) => store.signatures(after, limit, until()),
    wallets: () => readWallets(store, until),
    state: () => store.state(until()),
    authenticate: async (stateKey) => void (await loadState(store, stateKey, until())),
  }
}

const page = 1_000
/** Of duties: many share a row. */
const historyPage = 10_000

async function readWindows(store: Store, until: () => Deadline): Promise<WindowTables> {
  const totals = () => collect(everyRow((after) => store.windowTotals(after, page, until())))
  const before = await totals()
  const uses = await collect(everyRow((after) => store.windowUses(after, page, until())))
  return { before, uses, after: await totals() }
}

function readWallets(store: Store, until: () => Deadline): AsyncGenerator<WalletRow> {
  return everyItem<WalletRow, WalletId | undefined>(
    undefined,
    (after) => store.wallets({}, { limit: page, ...(after && { after }) }, until()),
    ({ id }) => id,
  )
}

/** Every row of a table that is read by cursor. */
export async function* everyRow<T>(read: (after: string | undefined) => Promise<Rows<T>>): AsyncGenerator<T> {
  let after: string | undefined
  do {
    const { rows, next } = await read(after)
    yield* rows
    after = next
  } while (after !== undefined)
}

/** Every item of a list that is read by position; `next` says where the following page begins. */
export async function* everyItem<T, P>(
  start: P,
  read: (from: P) => Promise<readonly T[]>,
  next: (last: T, from: P, count: number) => P,
): AsyncGenerator<T> {
  let from = start
  for (;;) {
    const items = await read(from)
    yield* items
    const last = items.at(-1)
    if (last === undefined) return
    from = next(last, from, items.length)
  }
}

export async function collect<T>(items: AsyncIterable<T>): Promise<readonly T[]> {
  const all: T[] = []
  for await (const item of items) all.push(item)
  return all
}
