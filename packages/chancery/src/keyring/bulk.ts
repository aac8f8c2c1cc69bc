/** What an import of many keys consists of. */
import type { Hex } from '../base/bytes.ts'
import type { KeyBulkImporter, NewKey, NewKeyRequest } from '../core/backend.ts'
import type { Call } from '../core/call.ts'
import { Failed, Refused } from '../core/errors.ts'
import type { ImportKey, Keyring } from '../core/keyring.ts'
import type { KeyringRooms } from './rooms.ts'

/** One import of many: what it may use, and whom it tells. */
export interface Bulk {
  readonly rooms: KeyringRooms
  readonly call: Call
  readonly onlyNew?: boolean
  readonly take: Parameters<Keyring['importMany']>[1]
  readonly ready?: Parameters<Keyring['importMany']>[3]
}

/** A request, and its public key as soon as that is known: many a keystore names it. */
export interface Arrival {
  readonly index: number
  readonly request: ImportKey
  readonly publicKey?: Hex
}

export interface Sealed extends Arrival {
  readonly publicKey: Hex
  readonly backend: KeyBulkImporter
  readonly wanted: NewKeyRequest
  readonly made: NewKey
}

/** An import is many answers: what nobody foresaw is one of them too. */
export function answerOf(error: unknown): Refused | Failed {
  if (error instanceof Refused || error instanceof Failed) return error
  return new Failed('internal', 'The key could not be imported', { cause: error })
}
