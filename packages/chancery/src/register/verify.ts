/** Verifies a whole register and names everything that does not fit. */
import type { Secret } from '../base/secret.ts'
import type { ProtectionRow } from '../core/protection.ts'
import type { AcceptedGap, Checkpoint, Position } from '../core/store.ts'
import type { NoteVerifier } from './checkpoint.ts'
import { scanStreams, type ScanOptions, type Taking } from './scan.ts'
import { collect, everyItem, everyRow, type KeptSignature, type RegisterSource, type WindowTables } from './source.ts'
import { judgeGuards, judgeOutcomes, judgeSignatures, rowsByName } from './verify-guards.ts'
import { addDuty, judgeHistory, judgeProtection, type Unaccounted } from './verify-protection.ts'
import { judgeEpochs, judgeMacs, judgeState, type ReadState } from './verify-state.ts'
import { judgeGaps, judgeWindows } from './verify-windows.ts'
import { addWallet, judgeWallets, type WalletVersions } from './verify-wallets.ts'
import { judgeBeginnings, judgeOrder, judgePredecessors, judgeTree } from './verify-tree.ts'
import type { Witnessed } from './witness.ts'

export interface VerifyOptions extends ScanOptions {
  /** What a witness outside the store saw: without it a tail that was cut off is not missed. */
  readonly witness?: Witnessed
  /** Without it notes are read and not verified. */
  readonly noteKey?: NoteVerifier
  /** Without it the MACs of records, fence and streams are not verified. */
  readonly stateKey?: Secret
}

export interface Verification {
  readonly segments: number
  readonly entries: number
  /** By name, in no order of weight; empty when all is well. */
  readonly findings: readonly string[]
}

interface Tables {
  readonly asOf: readonly Position[]
  readonly guards: readonly Taking[]
  readonly windows: WindowTables
  readonly gaps: readonly AcceptedGap[]
  readonly protection: readonly ProtectionRow[]
  readonly history: Unaccounted
  readonly signatures: readonly KeptSignature[]
  /** Absent where the source has none. */
  readonly wallets: WalletVersions | undefined
  readonly integrated: readonly Position[]
  readonly state: ReadState | undefined
}

/**
 * Reads everything; a register that is written to meanwhile is fine, for what was recorded after the tables were read is
 * only asked for what it says of itself. Needs about 500 bytes of memory an attempt and a wallet, and 100 a
 * duty of the history.
 * @throws Failed store faults; never for what it finds
 */
export async function verifyRegister(source: RegisterSource, options: VerifyOptions = {}): Promise<Verification> {
  const tables = await readTables(source)
  const heads = await source.streams()
  const checkpoints = await collect(readCheckpoints(source))
  const scan = await scanStreams(source, heads, tables, options)
  const findings = [
    ...scan.findings,
    ...judgeOutcomes(scan),
    ...judgeGuards(rowsByName(tables.guards), scan, tables.asOf),
    ...judgeWindows(tables.windows, scan, tables.asOf),
    ...judgeGaps(tables.gaps, scan, tables.asOf),
    ...judgeProtection(tables.protection, scan.steps),
    ...judgeHistory(scan.history, scan.brought),
    ...judgeSignatures(tables.signatures, scan),
    ...(tables.wallets ? judgeWallets(tables.wallets, scan.wallets) : []),
    ...judgeOrder(tables.integrated, heads),
    ...judgeBeginnings(scan, checkpoints),
    ...judgePredecessors(scan),
    ...(await judgeTree(source, checkpoints, options.noteKey)),
    ...judgeEpochs(scan),
    ...(tables.state ? judgeState(tables.state, scan) : []),
    ...(await judgeMacs(source, options.stateKey)),
    ...(await judgeWitness(source, checkpoints, options.witness)),
  ]
  return { segments: scan.segments, entries: scan.entries, findings }
}

const page = 1_000

/** Read before the heads of the streams, so that every row's entry is among what is scanned. */
async function readTables(source: RegisterSource): Promise<Tables> {
  const asOf = source.asOf ?? (await source.streams())
  return {
    asOf,
    guards: await collect(everyRow((after) => source.guards(after, page))),
    windows: await source.windows(),
    gaps: await source.acceptedGaps(),
    protection: await collect(everyRow((after) => source.protections(after, page))),
    history: await readHistory(source),
    signatures: await collect(everyRow((after) => source.signatures(after, page))),
    wallets: await readWallets(source),
    integrated: await collect(readIntegrated(source)),
    state: await source.state?.(),
  }
}

async function readHistory(source: RegisterSource): Promise<Unaccounted> {
  const history: Unaccounted = { duties: new Map(), again: new Map() }
  for await (const duty of source.history?.() ?? []) addDuty(history, duty)
  return history
}

async function readWallets(source: RegisterSource): Promise<WalletVersions | undefined> {
  if (source.wallets === undefined) return undefined
  const rows: WalletVersions = new Map()
  for await (const row of source.wallets()) addWallet(rows, row)
  return rows
}

function readIntegrated(source: RegisterSource): AsyncGenerator<Position> {
  return everyItem<Position, number>(
    0,
    (from) => source.integrated(from, page),
    (_last, from, count) => from + count,
  )
}

function readCheckpoints(source: RegisterSource): AsyncGenerator<Checkpoint> {
  return everyItem<Checkpoint, number>(
    0,
    (after) => source.checkpoints(after, page),
    (last) => last.size,
  )
}

/** The store has what was witnessed: the head by its hash, the checkpoint by its root (the tree is built again above). */
async function judgeWitness(
  source: RegisterSource,
  checkpoints: readonly Checkpoint[],
  witness: Witnessed | undefined,
): Promise<readonly string[]> {
  const { head, checkpoint } = witness ?? {}
  const cut = head && (await source.segmentHash(head)) !== head.hash
  const kept = checkpoints.find(({ size }) => size === checkpoint?.size)
  return [
    ...(cut ? [`witness: segment ${head.stream}/${head.seq} was witnessed and is missing or another one`] : []),
    ...(checkpoint && kept?.root !== checkpoint.root
      ? [`witness: checkpoint ${checkpoint.size} was witnessed and is missing or another one`]
      : []),
  ]
}
