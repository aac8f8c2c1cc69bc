/** A key that stands in a file, before it is opened. */
import type { Hex } from '../../base/bytes.ts'
import type { ImportSecret } from '../../core/keyring.ts'

export interface KeySource {
  /** The file, and the document in it where it has several. */
  readonly name: string
  /** As the file itself names it. */
  readonly publicKey?: Hex
  /** EIP-2334 path, where the file has one. */
  readonly derivation?: string
  /** @throws Refused with one sentence, without content */
  secret(): Promise<ImportSecret>
}

export interface KeyFile {
  readonly path: string
  readonly stamp: string
  /** The keys in it. @throws Refused with one sentence, without content */
  open(): Promise<readonly KeySource[]>
}
