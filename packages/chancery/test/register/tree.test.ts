import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { fromHex, sha256, toHex, type Hex } from '../../src/base/bytes.ts'
import {
  append,
  consistencyProof,
  emptyTree,
  inclusionProof,
  rootOf,
  treeRoot,
  verifyConsistency,
  verifyInclusion,
} from '../../src/register/tree.ts'

/** The inputs, roots and paths of certificate-transparency's own tests (cpp/merkletree/merkle_tree_test.cc). */
const inputs = ['', '00', '10', '2021', '3031', '40414243', '5051525354555657', '606162636465666768696a6b6c6d6e6f']
const roots = [
  '6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d',
  'fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125',
  'aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77',
  'd37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7',
  '4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4',
  '76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef',
  'ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c',
  '5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328',
]
const paths: readonly { index: number; size: number; path: readonly string[] }[] = [
  {
    index: 0,
    size: 8,
    path: [
      '96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7',
      '5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e',
      '6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4',
    ],
  },
  {
    index: 5,
    size: 8,
    path: [
      'bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b',
      'ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0',
      'd37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7',
    ],
  },
]
const proofs: readonly { from: number; to: number; path: readonly string[] }[] = [
  { from: 1, to: 1, path: [] },
  {
    from: 1,
    to: 8,
    path: [
      '96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7',
      '5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e',
      '6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4',
    ],
  },
  {
    from: 6,
    to: 8,
    path: [
      '0ebc5d3437fbe2db158b9f126a1d118e308181031d0a949f8dededebc558ef6a',
      'ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0',
      'd37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7',
    ],
  },
]

const hex = (text: string): Hex => `0x${text}`
const leaves = inputs.map((input) => toHex(sha256(Uint8Array.of(0), fromHex(hex(input)))))

describe('the tree of RFC 6962', () => {
  test('the empty tree is SHA-256 of nothing', () => {
    expect(treeRoot([])).toBe('0xe3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855')
  })

  test.each(roots.map((root, index) => [index + 1, root] as const))('the known root of %i leaves', (size, root) => {
    expect(treeRoot(leaves.slice(0, size))).toBe(hex(root))
  })

  test.each(paths)('the known path of leaf $index in $size', ({ index, size, path }) => {
    expect(inclusionProof(leaves.slice(0, size), index)).toEqual(path.map(hex))
  })

  test.each(proofs)('the known proof from $from to $to', ({ from, to, path }) => {
    expect(consistencyProof(leaves.slice(0, to), from)).toEqual(path.map(hex))
  })
})

const anyLeaf = fc.uint8Array({ minLength: 32, maxLength: 32 }).map(toHex)
const anyLeaves = fc.array(anyLeaf, { minLength: 1, maxLength: 70 })

/** The definition, word for word, as a second opinion on the frontier. */
function byDefinition(all: readonly Hex[]): Hex {
  const [only] = all
  if (only !== undefined && all.length === 1) return only
  let k = 1
  while (k * 2 < all.length) k *= 2
  const parts = [byDefinition(all.slice(0, k)), byDefinition(all.slice(k))].map(fromHex)
  return toHex(sha256(Uint8Array.of(1), ...parts))
}

describe('properties', () => {
  test('appending in any portions gives the tree of the definition', () => {
    fc.assert(
      fc.property(anyLeaves, fc.array(fc.nat(70), { maxLength: 5 }), (all, cuts) => {
        const bounds = [0, ...cuts.filter((cut) => cut < all.length).toSorted((a, b) => a - b), all.length]
        const portions = bounds.slice(1).map((end, i) => all.slice(bounds[i], end))
        const frontier = portions.reduce((grown, portion) => append(grown, portion), emptyTree)
        expect(frontier.size).toBe(all.length)
        expect(rootOf(frontier)).toBe(byDefinition(all))
        expect(frontier.roots.length).toBe(all.length.toString(2).replaceAll('0', '').length)
      }),
    )
  })

  test('every leaf proves its place, and no other leaf does', () => {
    fc.assert(
      fc.property(anyLeaves, fc.nat(), anyLeaf, (all, any, other) => {
        const index = any % all.length
        const leaf = all[index] ?? other
        const [path, root] = [inclusionProof(all, index), treeRoot(all)]
        expect(verifyInclusion(leaf, index, all.length, path, root)).toBe(true)
        expect(verifyInclusion(other, index, all.length, path, root)).toBe(leaf === other)
        expect(verifyInclusion(leaf, index, all.length, [...path, other], root)).toBe(false)
      }),
    )
  })

  test('every prefix proves itself, and no other tree does', () => {
    fc.assert(
      fc.property(anyLeaves, fc.nat(), anyLeaf, (all, any, other) => {
        const size = 1 + (any % all.length)
        const [old, root] = [treeRoot(all.slice(0, size)), treeRoot(all)]
        const proof = consistencyProof(all, size)
        expect(verifyConsistency(size, old, all.length, root, proof)).toBe(true)
        expect(verifyConsistency(size, other, all.length, root, proof)).toBe(false)
        expect(verifyConsistency(size, old, all.length, other, proof)).toBe(false)
        if (size < all.length) expect(verifyConsistency(size, old, all.length, root, proof.slice(1))).toBe(false)
      }),
    )
  })

  test('what is outside the tree has no proof', () => {
    expect(() => inclusionProof(leaves, 8)).toThrow(RangeError)
    expect(() => consistencyProof(leaves, 0)).toThrow(RangeError)
    expect(() => consistencyProof(leaves, 9)).toThrow(RangeError)
    expect(verifyInclusion(hex('00'), 8, 8, [], hex('00'))).toBe(false)
  })
})
