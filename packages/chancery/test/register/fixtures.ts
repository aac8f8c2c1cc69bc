/** A register over a real SQLite file or PostgreSQL database, and items to put into it. */
import { randomBytes } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { onTestFinished } from 'vitest'
import { sha256, toHex, uint64, utf8, type Hex } from '../../src/base/bytes.ts'
import { systemClock, type Clock } from '../../src/base/clock.ts'
import { deadlineIn, type Deadline } from '../../src/base/deadline.ts'
import { newId } from '../../src/base/id.ts'
import { Secret } from '../../src/base/secret.ts'
import { entryDuty, entryWindow, type DutyClaim, type WindowRow } from '../../src/core/claim.ts'
import type { AttemptEntry, OutcomeEntry, ProtectionEntry } from '../../src/core/entries.ts'
import type { Failed } from '../../src/core/errors.ts'
import type { KeyRecord } from '../../src/core/key.ts'
import type { AttemptId, KeyId } from '../../src/core/names.ts'
import { dayOf } from '../../src/core/period.ts'
import { entryRaise, type ProtectionRaise } from '../../src/core/protection.ts'
import type { RecordItem } from '../../src/core/recorder.ts'
import type { Store } from '../../src/core/store.ts'
import { openState } from '../../src/register/state.ts'
import { openWitness, type Witness } from '../../src/register/witness.ts'
import { openWriter, type Writer, type WriterLimits } from '../../src/register/writer.ts'
import { openPostgres } from '../../src/store/postgres/open.ts'
import { openSqlite } from '../../src/store/sqlite/open.ts'

export const clock = systemClock

export function soon(milliseconds = 5_000): Deadline {
  return deadlineIn(milliseconds, clock)
}

export function stateKey(): Secret {
  return new Secret(sha256(utf8('a state key for tests')))
}

/** A fresh folder, gone when the test ends. */
export async function folder(): Promise<string> {
  const made = await mkdtemp(path.join(tmpdir(), 'chancery-register-'))
  onTestFinished(() => rm(made, { recursive: true, force: true }))
  return made
}

export async function sqlite(file: string): Promise<Store> {
  return closedAtEnd(await openSqlite({ path: file, clock }))
}

export async function postgres(url: string): Promise<Store> {
  return closedAtEnd(await openPostgres({ url, poolSize: 4, clock }))
}

function closedAtEnd(store: Store): Store {
  onTestFinished(() => store.close().catch(() => {}))
  return store
}

export interface Opened {
  readonly store: Store
  readonly witness: Witness
  readonly writer: Writer
  readonly fatal: Failed[]
}

export interface OpenOptions {
  readonly store?: Store
  readonly witness?: Witness
  readonly limits?: Partial<WriterLimits>
  /** The writer's clock. */
  readonly clock?: Clock
  readonly roomForRefusals?: () => boolean
}

export async function openRegister(directory: string, options: OpenOptions = {}): Promise<Opened> {
  const store = options.store ?? (await sqlite(path.join(directory, 'store.db')))
  const witness = options.witness ?? (await openWitness({ path: path.join(directory, 'witness') }))
  const fatal: Failed[] = []
  const { limits = {} } = options
  const time = options.clock ?? clock
  const onFatal = (error: Failed) => void fatal.push(error)
  const writer = await openWriter({
    store,
    clock: time,
    stateKey: stateKey(),
    witness,
    binary: 'test',
    onFatal,
    limits,
    ...(options.roomForRefusals && { roomForRefusals: options.roomForRefusals }),
  })
  onTestFinished(() => writer.close(soon(1)).catch(() => {}))
  return { store, witness, writer, fatal }
}

/** A register with its installation: the epoch is 1. */
export async function openWhole(directory: string, options: OpenOptions = {}) {
  const opened = await openRegister(directory, options)
  const { store, writer: recorder } = opened
  return { ...opened, state: await openState({ store, recorder, stateKey: stateKey(), clock }) }
}

export function randomHash(): Hex {
  return toHex(randomBytes(32))
}

export interface AttemptOptions {
  readonly epoch?: number
  readonly root?: Hex
  readonly replaces?: Hex
  readonly scope?: string
  readonly windows?: readonly WindowRow[]
}

/** A use of today's window. */
export function windowRow(amount: bigint, limit: bigint, parts: Partial<WindowRow> = {}): WindowRow {
  return { scope: 'fees', period: dayOf(clock.now()), root: randomHash(), amount, limit, ...parts }
}

/** An attempt that claims one nonce. */
export function attempt(nonce: number, options: AttemptOptions = {}): RecordItem & { readonly id: AttemptId } {
  const { epoch = 1, root = randomHash(), scope = 'eip155:1 0xabc', replaces, windows } = options
  const row = { kind: 'nonce' as const, scope, item: toHex(uint64(BigInt(nonce))), root, ...(replaces && { replaces }) }
  const id = newId('att', clock.now())
  const entry: AttemptEntry = {
    kind: 'attempt',
    id,
    time: new Date().toISOString(),
    client: 'cli_1',
    key: 'key_1',
    publicKey: '0x02',
    operation: 'sign:transaction',
    summary: { nonce },
    payloads: [root],
    guards: [row],
    ...(windows && { windows: windows.map(entryWindow) }),
    rules: { version: 1 },
    epoch,
  }
  return { id, bodies: [entry], guards: [row], ...(windows && { windows }), epoch, signs: true }
}

/** An attempt at these duties. */
export function signing(...duties: readonly DutyClaim[]): RecordItem {
  const item = attempt(0)
  const [body] = item.bodies
  if (body === undefined) throw new Error('an attempt has an entry')
  const named = { ...body, guards: [], payloads: [randomHash()], duties: duties.map(entryDuty) }
  return { ...item, bodies: [named], guards: [], duties }
}

/** Raises as an import records them. */
export function raising(...raises: readonly ProtectionRaise[]): RecordItem {
  const history = raises.reduce((sum, raise) => sum + (raise.history?.length ?? 0), 0)
  const entry: ProtectionEntry = {
    kind: 'protection',
    time: new Date().toISOString(),
    actor: 'operator',
    reason: 'import',
    raises: raises.map(entryRaise),
    ...(history > 0 && { history }),
  }
  return { bodies: [entry], guards: [], raises, signs: false }
}

export function outcome(attempt: AttemptId, payload: Hex): RecordItem {
  const entry: OutcomeEntry = {
    kind: 'outcome',
    attempt,
    signatures: [{ publicKey: '0x02', payload, hash: randomHash() }],
  }
  return { bodies: [entry], guards: [], signs: false }
}

export function notice(text: string): RecordItem {
  return { bodies: [{ kind: 'notice', text }], guards: [], signs: false }
}

export function keyRecord(part: Partial<KeyRecord> = {}): KeyRecord {
  const id: KeyId = newId('key', clock.now())
  return {
    id,
    algorithm: 'secp256k1-ecdsa',
    publicKey: toHex(Uint8Array.of(2, ...randomBytes(32))),
    backend: 'sealed',
    ref: { sealed: '0x01' },
    family: 'evm',
    kind: 'decoded',
    state: 'enabled',
    frozen: false,
    createdAt: new Date().toISOString(),
    ...part,
  }
}
