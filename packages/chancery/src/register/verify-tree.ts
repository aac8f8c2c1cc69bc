/** The tree: built again from its leaves, held against every checkpoint, note and witness. */
import type { Checkpoint, Position } from '../core/store.ts'
import { parseNote, verifyNote, type NoteVerifier } from './checkpoint.ts'
import type { Scan } from './scan.ts'
import { placeName } from './segment.ts'
import type { RegisterSource } from './source.ts'
import { append, emptyTree, rootOf } from './tree.ts'

const leavesARead = 4_096

export async function judgeTree(
  source: RegisterSource,
  checkpoints: readonly Checkpoint[],
  noteVerifier: NoteVerifier | undefined,
): Promise<readonly string[]> {
  const findings: string[] = []
  let tree = emptyTree
  for (const [index, checkpoint] of checkpoints.entries()) {
    while (tree.size < checkpoint.size) {
      const to = Math.min(checkpoint.size, tree.size + leavesARead)
      const leaves = await source.leaves(tree.size, to)
      if (leaves.length < to - tree.size) {
        return [...findings, `checkpoint ${checkpoint.size}: the tree ends at ${tree.size + leaves.length} leaves`]
      }
      tree = append(tree, leaves)
    }
    if (rootOf(tree) !== checkpoint.root) findings.push(`checkpoint ${checkpoint.size}: the tree has another root`)
    findings.push(...judgeNote(checkpoint, index === checkpoints.length - 1, noteVerifier))
  }
  return findings
}

/** The newest checkpoint may be committed and not yet signed. */
function judgeNote(checkpoint: Checkpoint, newest: boolean, verifier: NoteVerifier | undefined): readonly string[] {
  const { size, root, note } = checkpoint
  if (note === '') return newest ? [] : [`checkpoint ${size}: it was never signed`]
  const signed = verifier ? verifyNote(note, verifier) : parseNote(note)
  if (signed === undefined) return [`checkpoint ${size}: its note is not by the log's key`]
  return signed.size === size && signed.root === root ? [] : [`checkpoint ${size}: its note speaks of another tree`]
}

/** Each stream stands in the tree in order and without gaps, and only with segments there are. */
export function judgeOrder(integrated: readonly Position[], heads: readonly Position[]): readonly string[] {
  const reach = new Map(heads.map(({ stream, seq }) => [stream, seq]))
  const at = new Map<string, number>()
  return integrated.flatMap((position) => {
    const before = at.get(position.stream) ?? 0
    at.set(position.stream, position.seq)
    if (position.seq !== before + 1) return [`${placeName(position)}: follows ${before} in the tree`]
    return position.seq > (reach.get(position.stream) ?? 0)
      ? [`${placeName(position)}: is in the tree and missing`]
      : []
  })
}

/**
 * Streams began after what was witnessed before them. What is lost and was accepted on record, by the stream that found it or
 * a later one that found the same, is no finding any more.
 */
export function judgePredecessors({ lost, gaps }: Scan): readonly string[] {
  const accepted = new Set(lost.filter(({ stream }) => gaps.has(stream)).map(({ after }) => after))
  return lost
    .filter(({ after }) => !accepted.has(after))
    .map(({ stream, after }) => `segment ${stream}/1: began after ${after}, which is missing or another one`)
}

/** Streams began at checkpoints of this very tree. */
export function judgeBeginnings(scan: Scan, checkpoints: readonly Checkpoint[]): readonly string[] {
  const roots = new Map<number, string>(checkpoints.map(({ size, root }) => [size, root]))
  return scan.began.flatMap(({ stream, size, root }) =>
    roots.get(size) === root ? [] : [`stream ${stream}: began at checkpoint ${size}, which is missing or another one`],
  )
}
