/** Which key made of another one signs (`DerivedSigner`), on its way to a signer process. */
import { utf8 } from '../base/bytes.ts'
import type { Algorithm, KeyRef } from '../core/key.ts'
import type { Payload } from '../core/payload.ts'
import { decodeFields, encodeFields, readUint32, writeUint32 } from './fields.ts'
import { fail, refuse } from './refusal.ts'

/** What a signer process calls the root of a tree, in the place of an algorithm. */
export const treeForm = 'bip32'

export interface Derivation {
  /** Of the signature. */
  readonly algorithm: string
  readonly path: readonly number[]
  readonly tweak?: Uint8Array
}

/** More than any wallet has: purpose, coin, account, use and index are five. */
const longestPath = 10

/** Empty where the key signs by itself, as its own algorithm does. */
export function derivationField(
  { algorithm, signer }: Pick<Payload, 'algorithm' | 'signer'>,
  ref: Pick<KeyRef, 'algorithm'>,
): Uint8Array {
  if (signer === undefined && algorithm === ref.algorithm) return new Uint8Array(0)
  const { path = [], tweak } = signer ?? {}
  return encodeFields([utf8(algorithm), encodePath(path), ...(tweak === undefined ? [] : [tweak])])
}

/** @throws SignerRefusal for a path that is too long */
export function readDerivation(field: Uint8Array): Derivation {
  const [algorithm, path, tweak] = decodeFields(field)
  const name = Buffer.from(algorithm ?? []).toString('latin1')
  return { algorithm: name, path: decodePath(path), ...(tweak && { tweak }) }
}

export function encodePath(path: readonly number[]): Uint8Array {
  const out = new Uint8Array(4 * path.length)
  for (const [i, index] of path.entries()) writeUint32(out, 4 * i, index)
  return out
}

/** @throws SignerRefusal for a path that is too long */
export function decodePath(bytes: Uint8Array | undefined): readonly number[] {
  if (bytes === undefined || bytes.length % 4 !== 0) throw fail('internal', 'The path is not of four bytes each')
  if (bytes.length > 4 * longestPath) throw refuse('invalid-payload', 'The path of the key is too long')
  return Array.from({ length: bytes.length / 4 }, (_, i) => readUint32(bytes, 4 * i))
}

/** For keys that can be nothing but themselves, or tweaked. @throws SignerRefusal */
export function requireItself({ algorithm, path }: Derivation, own: Algorithm): void {
  if (path.length > 0) throw refuse('not-supported', 'This key is a single one: it has no children')
  if (algorithm !== own) throw refuse('not-supported', 'A key signs as its one algorithm does')
}
