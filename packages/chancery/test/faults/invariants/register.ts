/** I3: the register agrees with itself, with the guard, and with what was witnessed. Hashes are made here, from nothing. */
import { createHash, createPublicKey, verify, type KeyObject } from 'node:crypto'
import { finding, type Evidence, type Finding } from './finding.ts'
import { grouped, isLine, numberIn, textIn, type Line } from './lines.ts'
import { guardName } from './released.ts'
import type { Copy, EntryRow, SegmentRow } from './store-copy.ts'

const zeros = `0x${'00'.repeat(32)}`
const bytesOf = (hex: string) => Buffer.from(hex.slice(2), 'hex')

function sha256(...parts: readonly (string | Buffer)[]): string {
  const hash = createHash('sha256')
  for (const part of parts) hash.update(part)
  return `0x${hash.digest('hex')}`
}

export function registerAgrees(evidence: Evidence): readonly Finding[] {
  const { store } = evidence
  return [
    ...streams(store),
    ...guards(store),
    ...outcomes(store),
    ...madeByRequests(store),
    ...checkpoints(store),
    ...witnessed(evidence),
  ]
}

function streams({ segments, entries }: Copy): readonly Finding[] {
  const inside = grouped(entries, ({ stream, seq }) => `${stream}/${seq}`)
  const known = new Set(segments.map(({ stream, seq }) => `${stream}/${seq}`))
  const orphans = [...inside.keys()].filter((place) => !known.has(place))
  return [
    ...[...grouped(segments, ({ stream }) => stream)].flatMap(([, all]) => oneStream(all, inside)),
    ...orphans.map((place) => finding('I3', 'entry-without-segment', place)),
  ]
}

function oneStream(
  segments: readonly SegmentRow[],
  inside: ReadonlyMap<string, readonly EntryRow[]>,
): readonly Finding[] {
  const [first] = inside.get(`${segments[0]?.stream}/1`) ?? []
  const key = streamKey(first?.body)
  return segments.flatMap((segment, index) => {
    const place = `${segment.stream}/${segment.seq}`
    const prev = index === 0 ? openingPrev(first?.body) : segments[index - 1]?.hash
    const wrong = segmentFaults(segment, inside.get(place) ?? [], prev, key)
    const gap = segment.seq === index + 1 ? [] : ['segment-missing-before']
    return [...gap, ...wrong].map((name) => finding('I3', name, place))
  })
}

function segmentFaults(
  segment: SegmentRow,
  entries: readonly EntryRow[],
  prev: string | undefined,
  key: KeyObject | undefined,
): readonly string[] {
  const { stream, seq, epoch, time, n } = segment
  const header = JSON.stringify({ count: n, epoch, prev: segment.prev, seq, stream, time })
  const leaves = entries.map(({ leaf }) => bytesOf(leaf))
  const hash = sha256('chancery segment 1\n', `${header}\n`, ...leaves)
  const leavesFit = entries.every(({ leaf, text, i }, at) => i === at && leaf === sha256('\0', text))
  const signed = key !== undefined && verify(null, bytesOf(segment.hash), key, bytesOf(segment.mac))
  return [
    ...(leavesFit && entries.length === n ? [] : ['entry-edited']),
    ...(hash === segment.hash ? [] : ['segment-hash-wrong']),
    ...(segment.prev === prev ? [] : ['segment-prev-wrong']),
    ...(signed ? [] : ['segment-signature-wrong']),
  ]
}

/** RFC 8032 key from 32 bytes: RFC 8410's fixed head of a SubjectPublicKeyInfo goes before them. */
function streamKey(body: Line | undefined): KeyObject | undefined {
  const text = body && textIn(body, 'publicKey')
  if (text === undefined || body?.['kind'] !== 'stream') return undefined
  const der = Buffer.concat([Buffer.from('302a300506032b6570032100', 'hex'), bytesOf(text)])
  return createPublicKey({ key: der, format: 'der', type: 'spki' })
}

function openingPrev(body: Line | undefined): string {
  const checkpoint = body?.['checkpoint']
  if (!isLine(checkpoint)) return zeros
  const text = JSON.stringify({ root: checkpoint['root'], size: checkpoint['size'] })
  return sha256('chancery checkpoint 1\n', text)
}

/** Every row says what an entry at its place says, and every claim of an attempt has its row. */
function guards({ guards: rows, attempts }: Copy): readonly Finding[] {
  const claims = attempts.flatMap(({ guards: named, place }) => named.map((guard) => ({ guard, place })))
  const at = new Set(claims.map(({ guard, place }) => `${guardName(guard)} ${textIn(guard, 'root')} ${place}`))
  const held = new Map(rows.map((row) => [`${row.kind} ${row.scope} ${row.item}`, row.root]))
  const replaced = new Set(claims.map(({ guard }) => textIn(guard, 'replaces')))
  const unlike = rows.filter(
    ({ kind, scope, item, root, stream, seq }) => !at.has(`${kind} ${scope} ${item} ${root} ${stream}/${seq}`),
  )
  const lost = claims.filter(({ guard }) => {
    const root = textIn(guard, 'root')
    return held.get(guardName(guard)) !== root && !replaced.has(root)
  })
  return [
    ...unlike.map(({ kind, scope, item }) => finding('I3', 'guard-differs', `${kind} ${scope} ${item}`)),
    ...lost.map(({ guard, place }) => finding('I3', 'guard-missing', `${guardName(guard)} of ${place}`)),
  ]
}

function outcomes({ entries, attempts, signatures }: Copy): readonly Finding[] {
  const known = new Set(attempts.map(({ id }) => id))
  const payloads = new Set(
    attempts.flatMap((one) => one.payloads.map((payload, i) => `${one.signers[i] ?? one.publicKey} ${payload}`)),
  )
  const made = entries.filter(({ body }) => body['kind'] === 'outcome')
  return [
    ...made
      .filter(({ body }) => !known.has(textIn(body, 'attempt') ?? ''))
      .map(({ stream, seq }) => finding('I3', 'outcome-without-attempt', `${stream}/${seq}`)),
    ...signatures
      .filter(({ publicKey, payload }) => !payloads.has(`${publicKey} ${payload}`))
      .map(({ publicKey, payload }) => finding('I3', 'signature-without-attempt', `${publicKey} ${payload}`)),
  ]
}

function madeByRequests({ idempotency, attempts }: Copy): readonly Finding[] {
  const known = new Set(attempts.map(({ id }) => id))
  const lost = idempotency.filter(({ made }) => made.startsWith('att_') && !known.has(made))
  return lost.map(({ name }) => finding('I3', 'request-without-attempt', name))
}

/** Every checkpoint made anew over the leaves in the tree's order: so each extends the one before. */
function checkpoints({ integrated, entries, checkpoints: all }: Copy): readonly Finding[] {
  const inside = grouped(entries, ({ stream, seq }) => `${stream}/${seq}`)
  const leaves = integrated.flatMap(({ stream, seq }) => (inside.get(`${stream}/${seq}`) ?? []).map(({ leaf }) => leaf))
  const next = new Map<string, number>()
  const jumps = integrated.filter(({ stream, seq }) => {
    const fits = seq === (next.get(stream) ?? 0) + 1
    next.set(stream, seq)
    return !fits
  })
  const roots = growing(leaves, new Set(all.map(({ size }) => size)))
  return [
    ...jumps.map(({ stream, seq }) => finding('I3', 'tree-skips-a-segment', `${stream}/${seq}`)),
    ...all
      .filter(({ size, root }) => roots.get(size) !== root)
      .map(({ size }) => finding('I3', 'checkpoint-root-wrong', `checkpoint ${size}`)),
  ]
}

/** RFC 6962, 2.1: roots of the tree at the wanted sizes. */
function growing(leaves: readonly string[], wanted: ReadonlySet<number>): ReadonlyMap<number, string> {
  const roots = new Map<number, string>()
  const peaks: string[] = []
  for (const [index, leaf] of leaves.entries()) {
    peaks.push(leaf)
    for (let size = index + 1; size % 2 === 0; size /= 2) peaks.push(parent(peaks.splice(-2)))
    if (wanted.has(index + 1))
      roots.set(
        index + 1,
        peaks.reduceRight((right, left) => parent([left, right])),
      )
  }
  return roots
}

function parent(pair: readonly string[]): string {
  return sha256(Buffer.of(1), ...pair.map(bytesOf))
}

function witnessed({ witness, store }: Evidence): readonly Finding[] {
  const hashes = new Map(store.segments.map(({ stream, seq, hash }) => [`${stream}/${seq}`, hash]))
  const roots = new Map(store.checkpoints.map(({ size, root }) => [size, root]))
  return witness.flatMap(({ head, checkpoint }) => {
    const place = isLine(head) ? `${textIn(head, 'stream')}/${numberIn(head, 'seq')}` : undefined
    const size = isLine(checkpoint) ? numberIn(checkpoint, 'size') : undefined
    return [
      ...(isLine(head) && place !== undefined && hashes.get(place) !== head['hash']
        ? [finding('I3', 'witnessed-segment-gone', place)]
        : []),
      ...(isLine(checkpoint) && size !== undefined && size > 0 && roots.get(size) !== checkpoint['root']
        ? [finding('I3', 'witnessed-checkpoint-gone', `checkpoint ${size}`)]
        : []),
    ]
  })
}
