/**
 * BLS signatures in two halves, by blst's C code compiled on this machine (`npm run build:addon`). Importing this throws where
 * that was not done: whoever imports it has another library to fall back on.
 */
import { createRequire } from 'node:module'

declare const key: unique symbol
declare const point: unique symbol

/** A private key in native memory, zeroed by `wipeKey` or when it is collected. */
export interface Key {
  readonly [key]: true
}

/** A message's hash on the curve. */
export interface Point {
  readonly [point]: true
}

export interface Addon {
  /** Copies the private key, 32 bytes from 1 to r-1. @throws RangeError */
  loadKey(privateKey: Uint8Array): Key
  /** Using the key again throws a RangeError. */
  wipeKey(key: Key): void
  /** 48 bytes, compressed. */
  publicKey(key: Key): Uint8Array<ArrayBuffer>
  /** Suite `BLS_SIG_BLS12381G2_XMD:SHA-256_SSWU_RO_POP_`. About half of what a signature costs. */
  hashToG2(message: Uint8Array): Point
  /**
   * The other half, for 1 to 64 pairs of key and point: 192 bytes each, uncompressed, one behind the other.
   * @throws RangeError for a key that was wiped, and lists of different lengths
   */
  signMany(keys: readonly Key[], points: readonly Point[]): Uint8Array<ArrayBuffer>
}

const addon = createRequire(import.meta.url)('../build/blst.node') as Addon

export const { loadKey, wipeKey, publicKey, hashToG2, signMany } = addon
