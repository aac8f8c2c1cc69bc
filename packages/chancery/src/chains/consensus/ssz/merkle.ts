/** Merkle trees over 32-byte chunks. https://github.com/ethereum/consensus-specs/blob/master/ssz/simple-serialize.md#merkleization */
import { hashPairs } from './hash.ts'

export const chunkSize = 32

/** The root of a tree of so many levels in which every chunk is zero. */
const zeroRoots: Uint8Array[] = [new Uint8Array(chunkSize)]

function zeroRoot(depth: number): Uint8Array {
  for (let level = zeroRoots.length; level <= depth; level++) {
    const below = zeroRoots[level - 1] ?? new Uint8Array(chunkSize)
    zeroRoots.push(hashTwo(below, below))
  }
  return zeroRoots[depth] ?? new Uint8Array(chunkSize)
}

/** A level of the tree, and the nodes above it. */
interface Level {
  readonly input: Uint8Array
  readonly output: Uint8Array
}

/** A tree whose number of chunks never changes: its buffers are made once, and hold zeros where nothing is ever written. */
export interface FixedTree {
  /** Written by the caller, at 32 bytes a chunk. */
  readonly chunks: Uint8Array
  /** The root over `chunks` as they are now; 32 bytes that the next call overwrites. */
  root(): Uint8Array
}

export function fixedTree(count: number): FixedTree {
  const levels: Level[] = []
  const chunks = new Uint8Array(roundUp(count) * chunkSize)
  let input = chunks
  for (let left = count, depth = 0; left > 1; left = Math.ceil(left / 2), depth++) {
    if (left % 2 === 1) input.set(zeroRoot(depth), left * chunkSize)
    const output = new Uint8Array(roundUp(Math.ceil(left / 2)) * chunkSize)
    levels.push({
      input: input.subarray(0, roundUp(left) * chunkSize),
      output: output.subarray(0, (roundUp(left) / 2) * chunkSize),
    })
    input = output
  }
  const top = input.subarray(0, chunkSize)
  return {
    chunks,
    root() {
      for (const { input, output } of levels) hashPairs(input, output)
      return top
    },
  }
}

/** Chunks come in pairs, except where there is one alone. */
function roundUp(count: number): number {
  return count <= 1 ? 1 : count + (count % 2)
}

/** The root of a tree of `depth` levels whose first chunks are these, and whose others are zero. */
export function merkleize(chunks: Uint8Array, depth: number): Uint8Array {
  if (chunks.length === 0) return zeroRoot(depth)
  let nodes = chunks
  for (let level = 0; level < depth; level++) nodes = nextLevel(nodes, level)
  return nodes
}

function nextLevel(nodes: Uint8Array, level: number): Uint8Array {
  const even = (nodes.length / chunkSize) % 2 === 0
  const input = even ? nodes : joined(nodes, zeroRoot(level))
  const output = new Uint8Array(input.length / 2)
  hashPairs(input, output)
  return output
}

/** Trees of 1, 4, 16, … chunks in a row, as far as chunks are there (EIP-7916). https://eips.ethereum.org/EIPS/eip-7916 */
export function merkleizeProgressive(chunks: Uint8Array, depth = 0): Uint8Array {
  if (chunks.length === 0) return zeroRoot(0)
  const here = 4 ** (depth / 2) * chunkSize
  const rest = merkleizeProgressive(chunks.subarray(here), depth + 2)
  return hashTwo(merkleize(chunks.subarray(0, here), depth), rest)
}

/** Mixes a length, or a set of active fields, into a root. */
export function mixIn(root: Uint8Array, chunk: Uint8Array): Uint8Array {
  return hashTwo(root, chunk)
}

export function lengthChunk(length: number): Uint8Array {
  const chunk = new Uint8Array(chunkSize)
  new DataView(chunk.buffer).setUint32(0, length, true)
  return chunk
}

const pair = new Uint8Array(2 * chunkSize)

export function hashTwo(left: Uint8Array, right: Uint8Array): Uint8Array {
  const output = new Uint8Array(chunkSize)
  pair.set(left)
  pair.set(right, chunkSize)
  hashPairs(pair, output)
  return output
}

function joined(left: Uint8Array, right: Uint8Array): Uint8Array {
  const both = new Uint8Array(left.length + right.length)
  both.set(left)
  both.set(right, left.length)
  return both
}

/** Levels that a tree of at most so many chunks has. */
export function depthOf(limit: number): number {
  return limit <= 1 ? 0 : Math.ceil(Math.log2(limit))
}

/** Bytes as whole chunks, zeros at the end. */
export function padded(bytes: Uint8Array): Uint8Array {
  if (bytes.length % chunkSize === 0) return bytes
  const chunks = new Uint8Array(Math.ceil(bytes.length / chunkSize) * chunkSize)
  chunks.set(bytes)
  return chunks
}

/** Whether `leaf` stands at the generalized index `index` of the tree with this root. */
export function isBranch(leaf: Uint8Array, branch: readonly Uint8Array[], index: number, root: Uint8Array): boolean {
  let node = leaf
  let at = index
  for (const sibling of branch) {
    node = at % 2 === 1 ? hashTwo(sibling, node) : hashTwo(node, sibling)
    at = Math.floor(at / 2)
  }
  return at === 1 && node.every((byte, i) => byte === root[i])
}
