/** A copy of the service's SQLite file, read with this program's own SQL. */
import { copyFileSync, existsSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { isLine, lineOf, linesIn, textIn, textsIn, type Line } from './lines.ts'

export interface SegmentRow {
  readonly stream: string
  readonly seq: number
  readonly prev: string
  readonly hash: string
  readonly mac: string
  readonly epoch: number
  readonly time: number
  readonly n: number
}

export interface EntryRow {
  readonly stream: string
  readonly seq: number
  readonly i: number
  readonly leaf: string
  readonly text: string
  readonly body: Line
}

export interface GuardRow {
  readonly kind: string
  readonly scope: string
  readonly item: string
  readonly root: string
  readonly stream: string
  readonly seq: number
}

export interface UseRow {
  readonly scope: string
  readonly period: string
  readonly root: string
  readonly amount: string
  readonly stream: string
  readonly seq: number
}

export interface TotalRow {
  readonly scope: string
  readonly period: string
  readonly total: string
}

export interface ProtectionCopy {
  readonly scope: string
  readonly slot: bigint | undefined
  /** Empty where nobody knows it. */
  readonly blockRoot: string
  readonly source: bigint | undefined
  readonly target: bigint | undefined
  readonly root: string
}

export interface Attempt {
  readonly id: string
  readonly client: string
  readonly publicKey: string
  readonly payloads: readonly string[]
  /** The public keys that sign them, in the same order, where they are others than the key's: children of a tree. */
  readonly signers: readonly string[]
  readonly guards: readonly Line[]
  readonly windows: readonly Line[]
  readonly duties: readonly Line[]
  readonly place: string
  /** Milliseconds since 1970: when its segment was made, before it was committed. */
  readonly time: number
}

export interface Copy {
  readonly segments: readonly SegmentRow[]
  readonly entries: readonly EntryRow[]
  readonly guards: readonly GuardRow[]
  readonly uses: readonly UseRow[]
  readonly totals: readonly TotalRow[]
  readonly protection: readonly ProtectionCopy[]
  readonly attempts: readonly Attempt[]
  readonly signatures: readonly { readonly publicKey: string; readonly payload: string; readonly bytes: string }[]
  readonly integrated: readonly { readonly stream: string; readonly seq: number }[]
  readonly checkpoints: readonly { readonly size: number; readonly root: string }[]
  readonly idempotency: readonly { readonly name: string; readonly made: string }[]
}

/** Copies the file with its -wal file first: the service's own files are never opened. */
export function readStore(path: string): Copy {
  const folder = mkdtempSync(join(tmpdir(), 'invariants-'))
  const copy = join(folder, 'copy.sqlite')
  try {
    copyFileSync(path, copy)
    if (existsSync(`${path}-wal`)) copyFileSync(`${path}-wal`, `${copy}-wal`)
    const db = new DatabaseSync(copy, { readOnly: true })
    try {
      return copyOf((table) => db.prepare(selects[table]).all().filter(isLine))
    } finally {
      db.close()
    }
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

/** What is read of each table, in words that both databases know. */
export const selects = {
  segment: 'SELECT * FROM segment ORDER BY stream, seq',
  entry: 'SELECT * FROM entry ORDER BY stream, seq, i',
  guard: 'SELECT * FROM guard ORDER BY kind, scope, item',
  window_use: 'SELECT * FROM window_use ORDER BY scope, period, root',
  window_total: 'SELECT * FROM window_total',
  protection: 'SELECT * FROM protection ORDER BY scope',
  signature: 'SELECT * FROM signature',
  integrated: 'SELECT stream, seq FROM integrated ORDER BY idx',
  checkpoint: 'SELECT * FROM checkpoint ORDER BY size',
  idempotency: 'SELECT * FROM idempotency',
} as const

/** @param all the rows of a table, as its query of `selects` answers */
export function copyOf(all: (table: keyof typeof selects) => readonly Line[]): Copy {
  const segments = all('segment').map(segmentOf)
  const entries = all('entry').map(entryOf)
  const times = new Map(segments.map(({ stream, seq, time }) => [`${stream}/${seq}`, time]))
  return {
    segments,
    entries,
    attempts: entries.flatMap((entry) => attemptsOf(entry, times)),
    guards: all('guard').map((row) => ({
      ...place(row),
      kind: text(row, 'kind'),
      scope: text(row, 'scope'),
      item: hex(row, 'item'),
      root: hex(row, 'root'),
    })),
    uses: all('window_use').map((row) => ({
      ...place(row),
      ...windowOf(row),
      root: hex(row, 'root'),
      amount: text(row, 'amount'),
    })),
    totals: all('window_total').map((row) => ({ ...windowOf(row), total: text(row, 'total') })),
    protection: all('protection').map((row) => ({
      scope: text(row, 'scope'),
      slot: uint64(row, 'slot'),
      blockRoot: hex(row, 'block_root'),
      source: uint64(row, 'source'),
      target: uint64(row, 'target'),
      root: hex(row, 'attestation_root'),
    })),
    signatures: all('signature').map((row) => ({
      publicKey: hex(row, 'public_key'),
      payload: hex(row, 'payload'),
      bytes: hex(row, 'bytes'),
    })),
    integrated: all('integrated').map(place),
    checkpoints: all('checkpoint').map((row) => ({
      size: Number(row['size']),
      root: hex(row, 'root'),
    })),
    idempotency: all('idempotency').map((row) => ({
      name: `${text(row, 'client')} ${text(row, 'route')} ${text(row, 'key')}`,
      made: text(row, 'made'),
    })),
  }
}

const windowOf = (row: Line) => ({ scope: text(row, 'scope'), period: text(row, 'period') })
const place = (row: Line) => ({ stream: text(row, 'stream'), seq: Number(row['seq']) })
const text = (row: Line, name: string) => textIn(row, name) ?? ''

function hex(row: Line, name: string): string {
  const value = row[name]
  return value instanceof Uint8Array ? `0x${Buffer.from(value).toString('hex')}` : ''
}

function uint64(row: Line, name: string): bigint | undefined {
  const value = hex(row, name)
  return value === '' ? undefined : BigInt(value)
}

function segmentOf(row: Line): SegmentRow {
  const hashes = { prev: hex(row, 'prev'), hash: hex(row, 'hash'), mac: hex(row, 'mac') }
  return { ...place(row), ...hashes, epoch: Number(row['epoch']), time: Number(row['time']), n: Number(row['n']) }
}

function entryOf(row: Line): EntryRow {
  const body = text(row, 'body')
  return { ...place(row), i: Number(row['i']), leaf: hex(row, 'leaf'), text: body, body: lineOf(body) }
}

function attemptsOf({ stream, seq, body }: EntryRow, times: ReadonlyMap<string, number>): readonly Attempt[] {
  if (body['kind'] !== 'attempt') return []
  const at = `${stream}/${seq}`
  const names = { id: text(body, 'id'), client: text(body, 'client') }
  const lists = {
    payloads: textsIn(body, 'payloads'),
    signers: textsIn(body, 'signers'),
    guards: linesIn(body, 'guards'),
    windows: linesIn(body, 'windows'),
  }
  const duties = linesIn(body, 'duties')
  const rest = { ...names, ...lists, place: at, time: times.get(at) ?? Infinity }
  const shared = textsIn(body, 'publicKeys')
  const publicKeys = shared.length > 0 ? shared : [text(body, 'publicKey')]
  return publicKeys.map((publicKey) => ({
    ...rest,
    publicKey,
    duties: duties.map((duty) => scopedTo(publicKey, duty)),
  }))
}

/** An entry need not repeat its keys: the star at the head of a duty's scope is every one of them. */
function scopedTo(publicKey: string, duty: Line): Line {
  return { ...duty, scope: (textIn(duty, 'scope') ?? '').replace(/^\*@/, `${publicKey}@`) }
}
