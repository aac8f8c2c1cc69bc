/** What the addon does. A declaration, so that whoever builds against it does not compile it. */
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

export declare const loadKey: Addon['loadKey']
export declare const wipeKey: Addon['wipeKey']
export declare const publicKey: Addon['publicKey']
export declare const hashToG2: Addon['hashToG2']
export declare const signMany: Addon['signMany']
