/** Reads every segment once, checks it by itself and against its predecessor, and gathers what entries say of each other. */
import type { KeyObject } from 'node:crypto'
import { isLowerHex, type Hex } from '../base/bytes.ts'
import { isJsonObject, type JsonObject } from '../base/json.ts'
import type { Secret } from '../base/secret.ts'
import type { GuardRow, WindowRow } from '../core/claim.ts'
import type { PlacedEntry, Position, Segment } from '../core/store.ts'
import { parseObject, textIn } from './json-object.ts'
import { dutiesIn, guardsIn, raisesIn, windowsIn } from './naming.ts'
import { stepOfDuty, stepOfRaise } from './protection-fold.ts'
import { checkpointHash, ed25519PublicKey, leafHash, placeName, segmentHash, verifySegment } from './segment.ts'
import { everyItem, type RegisterSource } from './source.ts'
import { isVouchedFor } from './stream.ts'
import { addStep, historyName, type Steps, type Unaccounted } from './verify-protection.ts'
import { addSaid, type Said } from './verify-wallets.ts'

/** A guard row as an entry took it. */
export type Taking = GuardRow & Position

/** A use of a window as an entry counted it. */
export interface Counting extends WindowRow, Position {}

export interface Place extends Position {
  readonly index: number
}

export interface SeenOutcome extends Place {
  readonly attempt: string
  readonly signatures: readonly { readonly pair: string; readonly hash: string }[]
}

/** Everything entries say that has to fit something elsewhere. */
export interface Scan {
  readonly findings: string[]
  segments: number
  entries: number
  /** Attempts by id, with the (public key, payload) pairs they may sign. */
  readonly attempts: Map<string, { readonly places: Place[]; readonly pairs: Set<string> }>
  readonly outcomes: SeenOutcome[]
  /** By `guardName`. */
  readonly takings: Map<string, Taking[]>
  readonly countings: Counting[]
  /** Of slashing protection, by scope. */
  readonly steps: Map<string, Steps>
  readonly history: Unaccounted
  /** Duties that imports brought into the history. */
  brought: number
  /** Of wallets, by id. */
  readonly wallets: Map<string, Said>
  readonly changes: { readonly place: Place; readonly body: JsonObject }[]
  /** Checkpoints that streams name as where they began, to be found among the checkpoints. */
  readonly began: { readonly stream: string; readonly size: number; readonly root: string }[]
  /** Segments that streams name as what was witnessed before them, and that are missing or others. */
  readonly lost: { readonly stream: string; readonly after: string }[]
  /** Streams in which an administrator accepted what is lost. */
  readonly gaps: Set<string>
  /** Where windows count as full since: an older program accepted gaps without that. */
  readonly fillings: Position[]
}

export function guardName({ kind, scope, item }: Pick<GuardRow, 'kind' | 'scope' | 'item'>): string {
  return `${kind} ${item} of ${scope}`
}

export function pairName(publicKey: unknown, payload: unknown): string {
  return `${String(publicKey)} ${String(payload)}`
}

export interface ScanOptions {
  readonly stateKey?: Secret
  readonly onProgress?: (done: { readonly segments: number; readonly entries: number }) => void
}

const page = 500

/** What was read of the tables before, and where the streams stood then. */
export interface Earlier {
  readonly asOf: readonly Position[]
  readonly history: Unaccounted
}

/** Reads no further than `heads`: a register that grows faster than it is read would never end. */
export async function scanStreams(
  source: RegisterSource,
  heads: readonly Position[],
  { asOf, history }: Earlier,
  options: ScanOptions,
): Promise<Scan> {
  const scan: Scan = {
    findings: [],
    segments: 0,
    entries: 0,
    attempts: new Map(),
    outcomes: [],
    takings: new Map(),
    countings: [],
    steps: new Map(),
    history,
    brought: 0,
    wallets: new Map(),
    changes: [],
    began: [],
    lost: [],
    gaps: new Set(),
    fillings: [],
  }
  const reach = new Map(asOf.map(({ stream, seq }) => [stream, seq]))
  for (const head of heads) await scanStream(source, head, reach.get(head.stream) ?? 0, scan, options)
  return scan
}

interface Reading {
  readonly last?: Segment
  readonly key?: KeyObject
}

async function scanStream(
  source: RegisterSource,
  head: Position,
  reach: number,
  scan: Scan,
  options: ScanOptions,
): Promise<void> {
  const { stream } = head
  let reading: Reading = {}
  const segments = everyItem(
    0,
    (after: number) => source.segments(stream, after, page),
    (last) => last.seq,
  )
  for await (const segment of segments) {
    if (segment.seq > head.seq) return
    const entries = await source.entries(segment)
    const bodies = readBodies(segment, entries, scan)
    const key = reading.key ?? (await beginning(source, segment, bodies[0], scan, options))
    checkSegment(segment, entries, { ...reading, ...(key && { key }) }, scan)
    for (const [index, body] of bodies.entries()) {
      if (body === undefined) continue
      gather({ stream, seq: segment.seq, index }, body, scan)
      gatherProtection(body, segment.seq <= reach, scan)
      addSaid(scan.wallets, body, segment.seq <= reach)
    }
    scan.segments += 1
    scan.entries += entries.length
    if (scan.segments % page === 0) options.onProgress?.({ segments: scan.segments, entries: scan.entries })
    reading = { last: segment, ...(key && { key }) }
  }
}

/** Bodies that cannot be read leave a hole, so that places stay right. */
function readBodies(
  segment: Segment,
  entries: readonly PlacedEntry[],
  scan: Scan,
): readonly (JsonObject | undefined)[] {
  return entries.map(({ leaf, body }, index) => {
    if (leafHash(body) !== leaf) scan.findings.push(`${placeName(segment)}: entry ${index} was edited`)
    try {
      return parseObject(body)
    } catch {
      scan.findings.push(`${placeName(segment)}: entry ${index} cannot be read`)
      return undefined
    }
  })
}

function checkSegment(segment: Segment, entries: readonly PlacedEntry[], { last, key }: Reading, scan: Scan): void {
  const objections = [
    segment.seq !== (last?.seq ?? 0) + 1 &&
      `does not follow ${last ? `segment ${last.seq}` : 'the beginning of its stream'}`,
    last &&
      segment.seq === last.seq + 1 &&
      segment.prev !== last.hash &&
      'does not name the hash of the segment before it',
    last && segment.epoch < last.epoch && `is of epoch ${segment.epoch}, after epoch ${last.epoch}`,
    entries.length !== segment.count && `has ${entries.length} entries and says ${segment.count}`,
    segmentHash(
      segment,
      entries.map(({ leaf }) => leaf),
    ) !== segment.hash && 'its hash does not match its entries',
    key && !isSigned(segment, key) && "its signature is not by its stream's key",
  ]
  for (const objection of objections) if (objection) scan.findings.push(`${placeName(segment)}: ${objection}`)
}

function isSigned({ hash, mac }: Segment, key: KeyObject): boolean {
  return isLowerHex(mac, 64) && verifySegment(hash, mac, key)
}

/** A stream begins with an entry that names its key and what went before. @returns the key, if it can be read */
async function beginning(
  source: RegisterSource,
  segment: Segment,
  body: JsonObject | undefined,
  scan: Scan,
  { stateKey }: ScanOptions,
): Promise<KeyObject | undefined> {
  // Without its first segment a stream has no key: `checkSegment` says that it is missing, once.
  if (segment.seq !== 1) return undefined
  const name = placeName(segment)
  if (body?.['kind'] !== 'stream' || body['stream'] !== segment.stream || !isLowerHex(body['publicKey'], 32)) {
    scan.findings.push(`${name}: does not begin with the entry of its stream`)
    return undefined
  }
  if (stateKey && !isVouchedFor(body, stateKey)) {
    scan.findings.push(`${name}: the stream was not opened by a holder of the state key`)
  }
  const checkpoint = checkpointIn(body)
  if (checkpointHash(checkpoint) !== segment.prev)
    scan.findings.push(`${name}: does not name the checkpoint it began at`)
  if (checkpoint) scan.began.push({ stream: segment.stream, ...checkpoint })
  await checkPredecessor(source, segment, body, scan)
  return ed25519PublicKey(body['publicKey'])
}

function checkpointIn(body: JsonObject): { readonly size: number; readonly root: Hex } | undefined {
  const { checkpoint } = body
  if (!isJsonObject(checkpoint)) return undefined
  const { size, root } = checkpoint
  return isSize(size) && isLowerHex(root, 32) ? { size, root } : undefined
}

function isSize(value: unknown): value is number {
  return Number.isSafeInteger(value)
}

async function checkPredecessor(source: RegisterSource, at: Position, body: JsonObject, scan: Scan): Promise<void> {
  const { after } = body
  if (!isJsonObject(after)) return
  const { stream, seq, hash } = after
  if (typeof stream !== 'string' || typeof seq !== 'number') return
  if ((await source.segmentHash({ stream, seq })) === hash) return
  scan.lost.push({ stream: at.stream, after: placeName({ stream, seq }) })
}

function gather(place: Place, body: JsonObject, scan: Scan): void {
  for (const row of guardsIn(body)) {
    const name = guardName(row)
    const takings = scan.takings.get(name) ?? []
    takings.push({ ...row, stream: place.stream, seq: place.seq })
    scan.takings.set(name, takings)
  }
  const at = { stream: place.stream, seq: place.seq }
  for (const row of windowsIn(body)) {
    scan.countings.push({ ...row, amount: BigInt(row.amount), limit: BigInt(row.limit), ...at })
  }
  if (body['kind'] === 'attempt') gatherAttempt(place, body, scan)
  if (body['kind'] === 'outcome') gatherOutcome(place, body, scan)
  if (body['kind'] === 'outcomes') gatherOutcomes(place, body, scan)
  if (body['kind'] === 'change') scan.changes.push({ place, body })
  if (body['kind'] === 'gap-accepted') scan.gaps.add(place.stream)
  if (body['kind'] === 'gap-accepted' && body['windowsFull'] === true) scan.fillings.push(at)
}

/** `settled`: in the register before the rows were read. */
function gatherProtection(body: JsonObject, settled: boolean, scan: Scan): void {
  for (const duty of dutiesIn(body)) {
    addStep(scan.steps, stepOfDuty(duty), settled)
    if (scan.history.duties.size > 0) scan.history.duties.delete(historyName(duty))
  }
  for (const raise of raisesIn(body)) addStep(scan.steps, stepOfRaise(raise), settled)
  if (body['kind'] === 'protection' && isSize(body['history'])) scan.brought += body['history']
}

function gatherAttempt(place: Place, body: JsonObject, scan: Scan): void {
  const id = textIn(body, 'id')
  const attempt = scan.attempts.get(id) ?? { places: [], pairs: new Set<string>() }
  attempt.places.push(place)
  const signers = listIn(body, 'signers')
  for (const publicKey of [body['publicKey'], ...listIn(body, 'publicKeys')]) {
    for (const [i, payload] of listIn(body, 'payloads').entries()) {
      attempt.pairs.add(pairName(signers[i] ?? publicKey, payload))
    }
  }
  scan.attempts.set(id, attempt)
}

function gatherOutcome(place: Place, body: JsonObject, scan: Scan): void {
  const signatures = listIn(body, 'signatures')
    .filter(isJsonObject)
    .map(({ publicKey, payload, hash }) => ({
      pair: pairName(publicKey, payload),
      hash: typeof hash === 'string' ? hash : '',
    }))
  scan.outcomes.push({ ...place, attempt: textIn(body, 'attempt'), signatures })
}

/** Of attempts with one payload each, so whose signature it is needs no saying. */
function gatherOutcomes(place: Place, body: JsonObject, scan: Scan): void {
  for (const made of listIn(body, 'made').filter(isJsonObject)) {
    scan.outcomes.push({ ...place, attempt: textIn(made, 'attempt'), signatures: [] })
  }
}

function listIn(body: JsonObject, name: string): readonly unknown[] {
  const value: unknown = body[name]
  return Array.isArray(value) ? value : []
}
