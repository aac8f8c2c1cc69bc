/** Keys that were made here a while ago: whoever asks again gets the same one, with its words for the same recipient only. */
import { toHex } from '../../base/bytes.ts'
import type { NewKey, NewKeyRequest } from '../../core/backend.ts'
import { Refused } from '../../core/errors.ts'
import type { KeyId } from '../../core/names.ts'

/** By id. Sealed data only, about 500 bytes each. */
const most = 1_024

interface Created {
  readonly made: NewKey
  /** Whom its words went to; in hex, empty for nobody. */
  readonly recipient: string
}

export class Creations {
  readonly #byId = new Map<KeyId, Created>()

  /** @throws Refused `already-exists` for another recipient: words are handed out once */
  find(request: NewKeyRequest): NewKey | undefined {
    const earlier = this.#byId.get(request.id)
    if (earlier === undefined || recipientOf(request) === earlier.recipient) return earlier?.made
    throw new Refused('already-exists', 'The key was made already, and its words are handed out when it is made')
  }

  add(request: NewKeyRequest, made: NewKey): void {
    this.#byId.set(request.id, { made, recipient: recipientOf(request) })
    const [oldest] = this.#byId.keys()
    if (this.#byId.size > most && oldest !== undefined) this.#byId.delete(oldest)
  }

  forget(id: KeyId): void {
    this.#byId.delete(id)
  }
}

function recipientOf({ backup }: NewKeyRequest): string {
  return backup === undefined ? '' : toHex(backup.recipient)
}
