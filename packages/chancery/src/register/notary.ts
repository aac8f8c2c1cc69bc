/**
 * The notary: brings the segments of all streams into one tree and signs its checkpoints. One at a time, under a lease whose
 * token fences a notary that lost it. (size, root) is committed before its note is signed, so the log key never speaks for
 * two trees of one size.
 */
import type { Deadline } from '../base/deadline.ts'
import type { Hex } from '../base/bytes.ts'
import { Failed } from '../core/errors.ts'
import type { Checkpoint, Lease, PlacedEntry, RegisterStore, Segment, Store } from '../core/store.ts'
import { signNote, type NoteKey } from './checkpoint.ts'
import { leafHash, placeName, segmentHash } from './segment.ts'
import { append, emptyTree, rootOf, type Frontier } from './tree.ts'
import { checkWitness, type Witness } from './witness.ts'

export interface NotaryOptions {
  readonly store: RegisterStore & Pick<Store, 'segmentHash' | 'shared'>
  readonly noteKey: NoteKey
  readonly witness: Witness
}

export interface Notary {
  /**
   * One pass, at most `segmentsAPass` segments.
   * @returns how many segments came in; fewer than `segmentsAPass` means that nothing waits
   * @throws Failed `store-corrupt` for a segment that does not fit its entries: it is never vouched for
   */
  integrate(lease: Lease, deadline: Deadline): Promise<number>
}

/** What a pass writes in one transaction takes a millisecond; signatures wait behind it. */
export const segmentsAPass = 64
/** Entries read in one question to the store: signatures wait behind that too. */
const entriesARead = 64
const leavesARead = 4_096

export function openNotary(options: NotaryOptions): Notary {
  const tree = { frontier: emptyTree }
  return {
    async integrate(lease, deadline) {
      const { store } = options
      const last = await store.latestCheckpoint(deadline)
      await catchUp(store, last, tree, deadline)
      // A notary that stopped between commit and note left the newest checkpoint unsigned.
      if (last?.note === '') await publish(options, last, deadline)
      const segments = await store.unintegrated(segmentsAPass, deadline)
      if (segments.length === 0) return 0
      const next = append(tree.frontier, await leavesOf(store, segments, deadline))
      const checkpoint = { size: next.size, root: rootOf(next), note: '' }
      if (!(await store.integrate(tree.frontier.size, segments, checkpoint, lease, deadline))) return 0
      tree.frontier = next
      await publish(options, checkpoint, deadline)
      return segments.length
    },
  }
}

/**
 * Brings the frontier up to the store's tree: by nothing if that is the one we made, by what another notary added to it, and
 * from all leaves once a process. A large tree takes more than one run: what was read in time is kept for the next one.
 */
async function catchUp(
  store: RegisterStore,
  last: Checkpoint | undefined,
  tree: { frontier: Frontier },
  deadline: Deadline,
): Promise<void> {
  const size = last?.size ?? 0
  if (tree.frontier.size > size) tree.frontier = emptyTree
  while (tree.frontier.size < size) {
    const from = tree.frontier.size
    const leaves = await store.leaves(from, Math.min(size, from + leavesARead), deadline)
    if (leaves.length === 0) throw new Failed('store-corrupt', `The tree ends at ${from}, its checkpoint is of ${size}`)
    tree.frontier = append(tree.frontier, leaves)
  }
  if (last === undefined || rootOf(tree.frontier) === last.root) return
  tree.frontier = emptyTree
  throw new Failed('store-corrupt', `The tree of ${size} has another root than its checkpoint`)
}

async function leavesOf(
  store: RegisterStore,
  segments: readonly Segment[],
  deadline: Deadline,
): Promise<readonly Hex[]> {
  const leaves: Hex[] = []
  for (const some of inReads(segments)) {
    const entries = Map.groupBy(await store.entries(some, deadline), placeName)
    for (const segment of some) leaves.push(...genuineLeaves(segment, entries.get(placeName(segment)) ?? []))
  }
  return leaves
}

/** The segments in groups of at most `entriesARead` entries, or of one segment that has more. */
function inReads(segments: readonly Segment[]): readonly Segment[][] {
  const reads: Segment[][] = []
  let room = 0
  for (const segment of segments) {
    const last = reads.at(-1)
    if (last === undefined || segment.count > room) {
      reads.push([segment])
      room = entriesARead
    } else last.push(segment)
    room -= segment.count
  }
  return reads
}

/** @throws Failed `store-corrupt` */
function genuineLeaves(segment: Segment, entries: readonly PlacedEntry[]): readonly Hex[] {
  const leaves = entries.map(({ leaf }) => leaf)
  const genuine = entries.every(({ leaf, body }) => leaf === leafHash(body))
  if (genuine && segmentHash(segment, leaves) === segment.hash) return leaves
  throw new Failed('store-corrupt', `The ${placeName(segment)} does not match its entries`)
}

async function publish(options: NotaryOptions, { size, root }: Checkpoint, deadline: Deadline): Promise<void> {
  const checkpoint = { size, root, note: signNote({ size, root }, options.noteKey) }
  await options.store.signCheckpoint(checkpoint, deadline)
  await showWitness(options, checkpoint, deadline)
}

type Watched = Pick<NotaryOptions, 'store' | 'witness'>

/** Only if the store still has all that the witness saw before: else the loss would be forgotten. */
async function showWitness({ store, witness }: Watched, checkpoint: Checkpoint, deadline: Deadline): Promise<void> {
  const check = await checkWitness(store, witness.seen(), deadline)
  if (check.status === 'ok') witness.keep(checkpoint)
}

/**
 * Shows the witness the newest signed checkpoint, whoever signed it: where several processes share a store, each keeps what
 * the one notary made. Every minute.
 */
export async function observe(watched: Watched, deadline: Deadline): Promise<void> {
  const newest = await watched.store.latestCheckpoint(deadline)
  if (newest !== undefined && newest.note !== '') await showWitness(watched, newest, deadline)
}
