/**
 * The Merkle tree of RFC 6962, section 2.1, over leaf hashes. A tree that only grows is kept as its frontier: the roots of
 * the full subtrees its size is made of, largest first, as many as the size has one bits.
 */
import { hash } from 'node:crypto'
import type { Hex } from '../base/bytes.ts'

export interface Frontier {
  readonly size: number
  /** Roots of the full subtrees, from the leftmost and largest to the smallest. */
  readonly roots: readonly Hex[]
}

export const emptyTree: Frontier = { size: 0, roots: [] }

/** RFC 6962: SHA-256 of 0x01 and both children. */
function nodeHash(left: Hex, right: Hex): Hex {
  return `0x${hash('sha256', Buffer.from(`01${left.slice(2)}${right.slice(2)}`, 'hex'), 'hex')}`
}

/** Appends in O(log n) a leaf: equal subtrees merge as ones carry in binary counting. */
export function append(frontier: Frontier, leaves: readonly Hex[]): Frontier {
  const roots = [...frontier.roots]
  let { size } = frontier
  for (const leaf of leaves) {
    let node = leaf
    for (let rest = size; rest % 2 === 1; rest = Math.floor(rest / 2)) node = nodeHash(roots.pop() ?? node, node)
    roots.push(node)
    size += 1
  }
  return { size, roots }
}

/** The tree's root hash; SHA-256 of nothing for the empty tree. */
export function rootOf({ roots }: Frontier): Hex {
  const [last, ...rest] = roots.toReversed()
  return last === undefined
    ? `0x${hash('sha256', '', 'hex')}`
    : rest.reduce((right, left) => nodeHash(left, right), last)
}

export function treeRoot(leaves: readonly Hex[]): Hex {
  return rootOf(append(emptyTree, leaves))
}

/** The largest power of two below `size`: where RFC 6962 splits a tree. */
function split(size: number): number {
  return 2 ** Math.floor(Math.log2(size - 1))
}

/** Audit path of leaf `index`, from the leaf up (RFC 6962, 2.1.1). @throws RangeError outside the tree */
export function inclusionProof(leaves: readonly Hex[], index: number): readonly Hex[] {
  if (!(index >= 0 && index < leaves.length)) throw new RangeError(`leaf ${index} is not in a tree of ${leaves.length}`)
  if (leaves.length === 1) return []
  const k = split(leaves.length)
  const [left, right] = [leaves.slice(0, k), leaves.slice(k)]
  return index < k
    ? [...inclusionProof(left, index), treeRoot(right)]
    : [...inclusionProof(right, index - k), treeRoot(left)]
}

/** Proof that the first `size` leaves are a prefix (RFC 6962, 2.1.2). @throws RangeError outside the tree */
export function consistencyProof(leaves: readonly Hex[], size: number): readonly Hex[] {
  if (!(size >= 1 && size <= leaves.length)) throw new RangeError(`no tree of ${size} in one of ${leaves.length}`)
  return subproof(leaves, size, true)
}

function subproof(leaves: readonly Hex[], size: number, whole: boolean): readonly Hex[] {
  if (size === leaves.length) return whole ? [] : [treeRoot(leaves)]
  const k = split(leaves.length)
  const [left, right] = [leaves.slice(0, k), leaves.slice(k)]
  return size <= k
    ? [...subproof(left, size, whole), treeRoot(right)]
    : [...subproof(right, size - k, false), treeRoot(left)]
}

/** RFC 9162, 2.1.3.2. */
export function verifyInclusion(leaf: Hex, index: number, size: number, proof: readonly Hex[], root: Hex): boolean {
  if (!(index >= 0 && index < size)) return false
  let [at, last, node] = [index, size - 1, leaf]
  for (const sibling of proof) {
    if (last === 0) return false
    const isRight = at % 2 === 1
    if (isRight || at === last) {
      node = nodeHash(sibling, node)
      while (!isRight && at % 2 === 0 && at !== 0) [at, last] = [half(at), half(last)]
    } else {
      node = nodeHash(node, sibling)
    }
    ;[at, last] = [half(at), half(last)]
  }
  return last === 0 && node === root
}

/** RFC 9162, 2.1.4.2: whether the tree (`oldSize`, `oldRoot`) is a prefix of (`size`, `root`). */
export function verifyConsistency(
  oldSize: number,
  oldRoot: Hex,
  size: number,
  root: Hex,
  proof: readonly Hex[],
): boolean {
  if (oldSize === size) return proof.length === 0 && oldRoot === root
  if (oldSize < 1 || oldSize > size) return false
  const path = isPowerOfTwo(oldSize) ? [oldRoot, ...proof] : proof
  const [first, ...rest] = path
  if (first === undefined) return false
  let [at, last, older, newer] = [oldSize - 1, size - 1, first, first]
  while (at % 2 === 1) [at, last] = [half(at), half(last)]
  for (const sibling of rest) {
    if (last === 0) return false
    const isRight = at % 2 === 1
    if (isRight || at === last) {
      older = nodeHash(sibling, older)
      newer = nodeHash(sibling, newer)
      while (!isRight && at % 2 === 0 && at !== 0) [at, last] = [half(at), half(last)]
    } else {
      newer = nodeHash(newer, sibling)
    }
    ;[at, last] = [half(at), half(last)]
  }
  return last === 0 && older === oldRoot && newer === root
}

function half(value: number): number {
  return Math.floor(value / 2)
}

function isPowerOfTwo(value: number): boolean {
  return split(value + 1) === value
}
