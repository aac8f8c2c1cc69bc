/** What the service asks the AWS signer process, and how it is written. Both sides read this file. */
import type { JsonObject } from '../../../base/json.ts'

export const questions = {
  /** id, algorithm, and for a backup word list and recipient → public key, backup if asked for. The key waits for `put`. */
  generate: 32,
  /** id, algorithm, envelope → public key. The key waits for `put`. */
  take: 33,
  /** credentials, deadline, id, placement → version of the parameter. The key is wiped. */
  put: 34,
  /** credentials, deadline, id, algorithm, source, word list or nothing, and for a backup list and recipient → public key, found, backup */
  open: 35,
  /** credentials, deadline, id, algorithm, source, public key, expiry, message, derivation or nothing, then row, root, replaced root per guard → signature, id of AWS's request */
  sign: 36,
  /** id → nothing. Wipes what is held of the key. */
  forget: 37,
} as const

/** What a process is started with. */
export interface Settings {
  readonly region: string
  readonly endpoint?: string
  /** How long an opened secret may stay, counted from its opening. */
  readonly cacheMilliseconds: number
}

/** Where a generated or imported key is to be kept. */
export interface Placement {
  readonly path: string
  /** Alias or ARN of the symmetric key that encrypts it. */
  readonly key: string
  readonly address?: string
}

/** Where a secret comes from. */
export type Source =
  | { readonly kind: 'parameter'; readonly path: string }
  | {
      readonly kind: 'data-key'
      /** ARN of the symmetric key. */
      readonly key: string
      /** Base64. */
      readonly ciphertext: string
      readonly context: Readonly<Record<string, string>>
    }

/** What opening a source showed beside its public key. */
export interface Found {
  /** Of the text in a parameter. */
  readonly format?: string
  readonly version?: number
}

export function encodeJson(value: JsonObject | Settings | Placement | Source | Found): Uint8Array {
  return new TextEncoder().encode(JSON.stringify(value))
}

/** What the other end of the pipe wrote with `encodeJson`: both ends are of one build, so its type is believed. */
export function decodeJson<T>(bytes: Uint8Array | undefined): T {
  const parse: (text: string) => T = JSON.parse
  return parse(Buffer.from(bytes ?? []).toString('utf8'))
}
