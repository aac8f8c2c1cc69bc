/**
 * The register as JSON lines: everything needed to verify it elsewhere, and no secret. State records stay behind (they hold
 * sealed references and keyed hashes), and so do signatures that may not have been sent: their outcomes name their hashes.
 */
import type { Hex } from '../base/bytes.ts'
import { canonical, isJsonObject, type JsonObject } from '../base/json.ts'
import { Refused } from '../core/errors.ts'
import { entryRaise, type ProtectionRow } from '../core/protection.ts'
import type { AcceptedGap, Checkpoint, PlacedEntry, Position, Segment, WindowTotal, WindowUse } from '../core/store.ts'
import { isAmount, isEntryRaise } from './naming.ts'
import { rowOfRaise } from './protection-fold.ts'
import type { Taking } from './scan.ts'
import { placeName } from './segment.ts'
import { everyItem, everyRow, type KeptSignature, type RegisterSource } from './source.ts'

const page = 1_000
const header = { export: 'chancery register', version: 1 } as const

/** One line at a time, each ending in a line feed. The tables come before the streams, as the verifier reads them. */
export async function* exportRegister(source: RegisterSource): AsyncGenerator<string> {
  yield line(header)
  for (const { stream, seq } of await source.streams()) yield line({ head: { stream, seq } })
  for await (const row of everyRow((after) => source.guards(after, page))) yield line({ guard: guardJson(row) })
  yield* exportWindows(source)
  for await (const row of everyRow((after) => source.protections(after, page)))
    yield line({ protection: entryRaise(row) })
  for await (const { publicKey, payload } of everyRow((after) => source.signatures(after, page))) {
    yield line({ signature: { publicKey, payload } })
  }
  // The register grows meanwhile: each list is read before what it speaks of, so that all it names is in the export.
  const streams = new Set((await source.streams()).map(({ stream }) => stream))
  for await (const { size, root, note } of checkpointsOf(source)) yield line({ checkpoint: { size, root, note } })
  for await (const { stream, seq } of integratedOf(source)) {
    streams.add(stream)
    yield line({ integrated: { stream, seq } })
  }
  // One that began since may have begun at a checkpoint that came too late.
  for (const head of await source.streams()) if (streams.has(head.stream)) yield* exportStream(source, head)
}

/** Totals before and after the uses, as the verifier needs them of a register that grows meanwhile. */
async function* exportWindows(source: RegisterSource): AsyncGenerator<string> {
  const { before, uses, after } = await source.windows()
  for (const row of before) yield line({ totalBefore: totalJson(row) })
  for (const { scope, period, root, amount, stream, seq } of uses) {
    yield line({ use: { scope, period, root, amount: String(amount), stream, seq } })
  }
  for (const row of after) yield line({ totalAfter: totalJson(row) })
  for (const { stream, seq, at } of await source.acceptedGaps()) yield line({ gap: { stream, seq, at } })
}

function totalJson({ scope, period, total }: WindowTotal): JsonObject {
  return { scope, period, total: String(total) }
}

async function* exportStream(source: RegisterSource, head: Position): AsyncGenerator<string> {
  const segments = everyItem<Segment, number>(
    0,
    (after) => source.segments(head.stream, after, page),
    (last) => last.seq,
  )
  for await (const segment of segments) {
    if (segment.seq > head.seq) return
    const { stream, seq, prev, hash, mac, epoch, time, count } = segment
    const entries = (await source.entries(segment)).map(({ leaf, body }) => ({ leaf, body }))
    yield line({ segment: { stream, seq, prev, hash, mac, epoch, time, count }, entries })
  }
}

function integratedOf(source: RegisterSource): AsyncGenerator<Position> {
  return everyItem<Position, number>(
    0,
    (from) => source.integrated(from, page),
    (_last, from, count) => from + count,
  )
}

function checkpointsOf(source: RegisterSource): AsyncGenerator<Checkpoint> {
  return everyItem<Checkpoint, number>(
    0,
    (after) => source.checkpoints(after, page),
    (last) => last.size,
  )
}

function line(value: JsonObject): string {
  return `${canonical(value)}\n`
}

function guardJson({ kind, scope, item, root, stream, seq }: Taking): JsonObject {
  return { kind, scope, item, root, stream, seq }
}

interface Book {
  readonly asOf: Position[]
  readonly guards: Taking[]
  readonly windows: { readonly before: WindowTotal[]; readonly uses: WindowUse[]; readonly after: WindowTotal[] }
  readonly gaps: AcceptedGap[]
  readonly protection: ProtectionRow[]
  readonly signatures: KeptSignature[]
  readonly integrated: Position[]
  readonly checkpoints: Checkpoint[]
  readonly streams: Map<string, Segment[]>
  readonly entries: Map<string, PlacedEntry[]>
}

/**
 * Reads an export back as something to verify. Holds it in memory whole.
 * @throws Refused `invalid-payload` for what is no export; whatever is wrong inside one is the verifier's to find
 */
export async function readExport(lines: AsyncIterable<string> | Iterable<string>): Promise<RegisterSource> {
  const book: Book = {
    asOf: [],
    guards: [],
    windows: { before: [], uses: [], after: [] },
    gaps: [],
    protection: [],
    signatures: [],
    integrated: [],
    checkpoints: [],
    streams: new Map(),
    entries: new Map(),
  }
  let number = 0
  for await (const text of lines) {
    if (text.trim() === '') continue
    number += 1
    const value = parseLine(text, number)
    if (number > 1) keep(book, value, number)
    else if (value['export'] !== header.export || value['version'] !== header.version) throw notAnExport(number)
  }
  if (number === 0) throw notAnExport(number)
  return bookSource(book)
}

function notAnExport(number: number): Refused {
  return new Refused('invalid-payload', `Line ${number} is no line of a register export`, { where: `line ${number}` })
}

function parseLine(text: string, number: number): JsonObject {
  try {
    const value: unknown = JSON.parse(text)
    if (isJsonObject(value)) return value
  } catch {
    // Said below, with the number of the line.
  }
  throw notAnExport(number)
}

function keep(book: Book, value: JsonObject, number: number): void {
  const { head, guard, protection, signature, integrated, checkpoint, segment, entries } = value
  if (isPosition(head)) book.asOf.push(head)
  else if (isTaking(guard)) book.guards.push(guard)
  else if (isEntryRaise(protection)) book.protection.push(rowOfRaise(protection))
  else if (isKept(signature)) book.signatures.push(signature)
  else if (isPosition(integrated)) book.integrated.push(integrated)
  else if (isCheckpoint(checkpoint)) book.checkpoints.push(checkpoint)
  else if (isSegment(segment)) keepSegment(book, segment, entries)
  else if (!keepWindow(book, value)) throw notAnExport(number)
}

function keepWindow({ windows, gaps }: Book, { totalBefore, use, totalAfter, gap }: JsonObject): boolean {
  if (isTotal(totalBefore)) windows.before.push({ ...totalBefore, total: BigInt(totalBefore.total) })
  else if (isUse(use)) windows.uses.push({ ...use, amount: BigInt(use.amount) })
  else if (isTotal(totalAfter)) windows.after.push({ ...totalAfter, total: BigInt(totalAfter.total) })
  else if (isGap(gap)) gaps.push(gap)
  else return false
  return true
}

function keepSegment(book: Book, segment: Segment, entries: unknown): void {
  const { stream, seq } = segment
  const all = book.streams.get(stream) ?? []
  all.push(segment)
  book.streams.set(stream, all)
  const list: readonly unknown[] = Array.isArray(entries) ? entries : []
  const placed = list.filter(isEntry).map(({ leaf, body }, index) => ({ leaf, body, stream, seq, index }))
  book.entries.set(placeName(segment), placed)
}

function bookSource(book: Book): RegisterSource {
  const segments = new Map([...book.streams.values()].flat().map((segment) => [placeName(segment), segment]))
  const leaves = book.integrated.flatMap((position) =>
    (book.entries.get(placeName(position)) ?? []).map(({ leaf }) => leaf),
  )
  return {
    asOf: book.asOf,
    streams: async () => [...book.streams.values()].flatMap((all) => all.at(-1) ?? []),
    segments: async (stream, after, limit) =>
      (book.streams.get(stream) ?? []).filter(({ seq }) => seq > after).slice(0, limit),
    entries: async (position) => book.entries.get(placeName(position)) ?? [],
    segmentHash: async (position) => segments.get(placeName(position))?.hash,
    integrated: async (from, limit) => book.integrated.slice(from, from + limit),
    leaves: async (from, to) => leaves.slice(from, to),
    checkpoints: async (after, limit) => book.checkpoints.filter(({ size }) => size > after).slice(0, limit),
    guards: async () => ({ rows: book.guards }),
    windows: async () => book.windows,
    acceptedGaps: async () => book.gaps,
    protections: async () => ({ rows: book.protection }),
    signatures: async () => ({ rows: book.signatures }),
  }
}

function hasTexts(value: unknown, names: readonly string[]): boolean {
  return isJsonObject(value) && names.every((name) => typeof value[name] === 'string')
}

function hasNumbers(value: unknown, names: readonly string[]): boolean {
  return isJsonObject(value) && names.every((name) => Number.isSafeInteger(value[name]))
}

function isPosition(value: unknown): value is Position {
  return hasTexts(value, ['stream']) && hasNumbers(value, ['seq'])
}

function isTaking(value: unknown): value is Taking {
  return isPosition(value) && hasTexts(value, ['kind', 'scope', 'item', 'root'])
}

type Written<T, K extends keyof T> = Omit<T, K> & { readonly [P in K]: string }

function isTotal(value: unknown): value is Written<WindowTotal, 'total'> {
  return hasTexts(value, ['scope', 'period']) && isJsonObject(value) && isAmount(value['total'])
}

function isUse(value: unknown): value is Written<WindowUse, 'amount'> {
  return (
    hasTexts(value, ['scope', 'period', 'root', 'amount']) &&
    isPosition(value) &&
    isAmount(Reflect.get(value, 'amount'))
  )
}

function isGap(value: unknown): value is AcceptedGap {
  return isPosition(value) && hasNumbers(value, ['at'])
}

function isKept(value: unknown): value is KeptSignature {
  return hasTexts(value, ['publicKey', 'payload'])
}

function isCheckpoint(value: unknown): value is Checkpoint {
  return hasTexts(value, ['root', 'note']) && hasNumbers(value, ['size'])
}

function isSegment(value: unknown): value is Segment {
  return isPosition(value) && hasTexts(value, ['prev', 'hash', 'mac']) && hasNumbers(value, ['epoch', 'time', 'count'])
}

function isEntry(value: unknown): value is { readonly leaf: Hex; readonly body: string } {
  return hasTexts(value, ['leaf', 'body'])
}
