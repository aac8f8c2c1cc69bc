/** What signs for BLS keys, whichever library it is. */

/** A private key in a library's memory. */
export interface LoadedKey {
  /** From then on, using it throws. */
  wipe(): void
}

export interface SigningLibrary<K extends LoadedKey = LoadedKey> {
  readonly by: 'addon' | 'library'
  /** 48 bytes, compressed. @throws RangeError when `privateKey` is none. */
  publicKeyOf(privateKey: Uint8Array): Uint8Array
  /** Copies the private key. @throws RangeError when it is none. */
  loadPrivateKey(privateKey: Uint8Array): K
  /** A signature for each key and the message of the same place: 192 bytes, the uncompressed point. */
  signMany(keys: readonly K[], messages: readonly Uint8Array[]): Uint8Array[]
}
