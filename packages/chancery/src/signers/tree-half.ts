/**
 * The root of a tree of keys (BIP-32) inside a signer process. Its secret is BIP-39 entropy, or, where a passphrase belongs to the
 * words, the seed of both. The root signs nothing; what it has derived stays until the root is wiped.
 */
import * as secp256k1 from '../curves/secp256k1/sign.ts'
import {
  chainCodeOfNode,
  hardened,
  masterNode,
  type PrivateNode,
  privateChild,
  publicKeyOfNode,
  usePrivateKey,
  wipeNode,
} from '../curves/secp256k1/derive.ts'
import { entropyOfWords, seedOfEntropy, wordsOfEntropy } from './bip39.ts'
import { type Derivation, treeForm } from './derivation.ts'
import { type Halves, type LoadedKey, type ReadFormat, type SigningHalf, signingAs, signTweaked } from './halves.ts'
import { seedOf } from './mnemonic.ts'
import { refuse } from './refusal.ts'

/** Longer than any entropy. */
const seedSize = 64
/** Nodes kept of each tree, about a kilobyte each: 4 MB when full. A child anew costs its wallet's path, 350 µs a step. */
const mostNodes = 4_096
const nothing = new Uint8Array(0)

const half: SigningHalf = {
  // Any 32 bytes are entropy.
  generate: secp256k1.generate,
  publicKeyOf,
  load,
  wordsOf: wordsOfEntropy,
  formats: treeFormats(),
}

export const treeHalf: Halves = (name) => (name === treeForm ? { algorithm: 'secp256k1-ecdsa', half } : undefined)

/** @throws RangeError for a secret that is of no tree */
function publicKeyOf(secret: Uint8Array): Uint8Array {
  const root = rootOf(secret)
  try {
    return publicKeyOfNode(root)
  } finally {
    wipeNode(root)
  }
}

function rootOf(secret: Uint8Array): PrivateNode {
  if (secret.length === seedSize) return masterNode(secret)
  const seed = seedOfEntropy(secret, nothing)
  try {
    return masterNode(seed)
  } finally {
    seed.fill(0)
  }
}

function load(secret: Uint8Array): LoadedKey {
  const nodes = new Nodes(rootOf(secret), mostNodes)
  secret.fill(0)
  return {
    sign() {
      throw refuse('not-supported', 'The root of a tree signs nothing: name a child of it')
    },
    derive: (derivation) => childOf(nodes, derivation),
    extended: (path) => extended(nodes, path),
    wipe: () => nodes.wipe(),
  }
}

function childOf(nodes: Nodes, { algorithm, path, tweak }: Derivation): LoadedKey {
  if (path.length === 0) throw refuse('not-supported', 'The root of a tree signs nothing: name a child of it')
  const node = nodes.at(path)
  const signing = (sign: (privateKey: Uint8Array, message: Uint8Array) => Uint8Array): LoadedKey =>
    signingAs((message) => usePrivateKey(node, (privateKey) => sign(privateKey, message)))
  if (algorithm === 'secp256k1-schnorr')
    return signing((privateKey, message) => signTweaked(privateKey, tweak, message))
  if (algorithm !== 'secp256k1-ecdsa') throw refuse('not-supported', 'A tree has no children of this algorithm')
  if (tweak !== undefined) throw refuse('not-supported', 'Keys of this algorithm are not tweaked')
  return signing(secp256k1.sign)
}

/** With the extended public key above a child that is not hardened, that child's private key gives away the one above. */
function extended(nodes: Nodes, path: readonly number[]): readonly [Uint8Array, Uint8Array] {
  if ((path.at(-1) ?? 0) < hardened) {
    throw refuse('not-supported', 'An extended public key is handed out for a path whose last index is hardened')
  }
  const node = nodes.at(path)
  return [publicKeyOfNode(node), chainCodeOfNode(node)]
}

/** Nodes of one tree; of too many the one that was used longest ago goes. The root stays. */
class Nodes {
  readonly #root: PrivateNode
  readonly #most: number
  readonly #kept = new Map<string, PrivateNode>()

  constructor(root: PrivateNode, most: number) {
    this.#root = root
    this.#most = most
  }

  /** To be used before another is asked for `most` times. @throws RangeError once in 2^127 */
  at(path: readonly number[]): PrivateNode {
    const last = path.at(-1)
    if (last === undefined) return this.#root
    const name = path.join('/')
    const node = this.#kept.get(name) ?? privateChild(this.at(path.slice(0, -1)), last)
    this.#kept.delete(name)
    this.#kept.set(name, node)
    if (this.#kept.size > this.#most) this.#dropOldest()
    return node
  }

  #dropOldest(): void {
    const oldest = this.#kept.entries().next()
    if (oldest.done === true) return
    const [name, node] = oldest.value
    wipeNode(node)
    this.#kept.delete(name)
  }

  wipe(): void {
    for (const node of [this.#root, ...this.#kept.values()]) wipeNode(node)
    this.#kept.clear()
  }
}

/** A single private key is no root, whatever it is written as. */
function treeFormats(): ReadonlyMap<string, ReadFormat> {
  const refused: ReadFormat = () => {
    throw refuse('invalid-payload', 'A tree is imported as its mnemonic, from the path m')
  }
  return new Map([
    ['mnemonic', readMnemonic],
    ...['hex', 'words', 'keystore-v3'].map((name) => [name, refused] as const),
  ])
}

function readMnemonic([mnemonic = nothing, path = nothing, passphrase = nothing]: readonly Uint8Array[]): Uint8Array {
  if (Buffer.from(path).toString('latin1') !== 'm') {
    throw refuse('invalid-payload', 'A tree is imported from its root: the path is m')
  }
  return passphrase.length === 0 ? entropyOfWords(mnemonic) : seedOf(mnemonic, passphrase)
}
