/**
 * Many keys at once. A back-end opens and seals them side by side; what it has sealed is proved and recorded in lots,
 * because a change of state costs as much as there are keys.
 */
import { toHex, type Hex } from '../base/bytes.ts'
import {
  canImportMany,
  type ImportedSecret,
  type KeyBulkImporter,
  type NewKey,
  type NewKeyRequest,
} from '../core/backend.ts'
import { Failed, Refused } from '../core/errors.ts'
import type { KeyId } from '../core/names.ts'
import type { ImportKey } from '../core/keyring.ts'
import { answerOf, type Arrival, type Bulk, type Sealed } from './bulk.ts'
import { importKey } from './establish.ts'
import { backendOf } from './find.ts'
import { Lots } from './lots.ts'
import { materialOf, newKeyRequest } from './new-key.ts'
import { recordLot } from './record-many.ts'
import { claimedPublicKey, standingFor } from './returning.ts'
import type { KeyringRooms } from './rooms.ts'

/** Keys in one change of state; its entry then has about 60 KB. */
const lotSize = 256
/** Milliseconds a sealed key waits for others, so that slow keystores are not a change each. */
const patience = 2_000

export async function importKeys(
  rooms: KeyringRooms,
  requests: Iterable<ImportKey>,
  asked: Omit<Bulk, 'rooms'>,
): Promise<void> {
  const bulk: Bulk = { ...asked, rooms }
  rooms.requirePermit(asked.call.principal, 'keys:create', {})
  let waiting: readonly Arrival[] = Array.from(requests, (request, index) => ({
    index,
    request,
    ...claim(bulk, request),
  }))
  // One that names the same key as another waits until that one is settled: each pass settles at least one.
  while (waiting.length > 0) waiting = await new Pass(bulk).run(waiting)
}

/** Whoever may not know of a key hears nothing of it before he has shown that he holds its secret (safety rule 21). */
function claim({ rooms, call }: Bulk, { secret }: ImportKey): { readonly publicKey?: Hex } {
  const publicKey = claimedPublicKey(secret)
  const standing = publicKey && rooms.state.current().findKey(publicKey)
  if (publicKey === undefined || (standing && !rooms.holdsGrantOn(call.principal, standing.id))) return {}
  return { publicKey }
}

class Pass {
  readonly #bulk: Bulk
  readonly #claimed = new Set<Hex>()
  readonly #later: Arrival[] = []

  constructor(bulk: Bulk) {
    this.#bulk = bulk
  }

  /** @returns what must be tried again once the others are settled */
  async run(waiting: readonly Arrival[]): Promise<readonly Arrival[]> {
    const lanes = Map.groupBy(waiting, ({ request }) => request.backend)
    await Promise.all([...lanes].map(([backend, arrivals]) => this.#lane(backend, arrivals)))
    return this.#later
  }

  async #lane(name: string, arrivals: readonly Arrival[]): Promise<void> {
    const backend = this.#bulk.rooms.backends.get(name)
    if (backend !== undefined && canImportMany(backend)) return this.#sideBySide(backend, arrivals)
    for (const arrival of arrivals) await this.#alone(arrival)
  }

  /** In back-ends that take one key at a time. */
  async #alone({ index, request }: Arrival): Promise<void> {
    const { rooms, call, take } = this.#bulk
    try {
      backendOf(rooms, request.backend)
      take(index, await importKey(rooms, request, call))
    } catch (error) {
      take(index, answerOf(error))
    }
  }

  async #sideBySide(backend: KeyBulkImporter, arrivals: readonly Arrival[]): Promise<void> {
    const { rooms, take } = this.#bulk
    const lots = new Lots<Sealed>({ most: lotSize, patience, clock: rooms.clock })
    const sought = new Map<KeyId, Arrival>()
    const importing = this.#seal(backend, arrivals, sought, lots)
      .catch((error: unknown) => answerOf(error))
      .finally(() => lots.end())
    for await (const lot of lots) await recordLot(this.#bulk, lot)
    const fault = await importing
    for (const { index } of sought.values()) take(index, fault ?? forgotten(backend.name))
  }

  /** Whom the back-end answers is no longer in `sought`. */
  async #seal(
    backend: KeyBulkImporter,
    arrivals: readonly Arrival[],
    sought: Map<KeyId, Arrival>,
    lots: Lots<Sealed>,
  ): Promise<undefined> {
    const taken = (wanted: NewKeyRequest, made: NewKey | Refused | Failed) => {
      const arrival = sought.get(wanted.id)
      if (arrival === undefined || !sought.delete(wanted.id)) return
      this.#attempt(arrival, () => {
        if (made instanceof Error) throw made
        const publicKey = toHex(made.publicKey.bytes)
        if (this.#known(arrival, publicKey)) lots.push({ ...arrival, publicKey, backend, wanted, made })
        else this.#later.push({ ...arrival, publicKey })
      })
    }
    await backend.importMany(this.#wanted(arrivals, sought), taken, this.#bulk.call.deadline)
  }

  *#wanted(
    arrivals: readonly Arrival[],
    sought: Map<KeyId, Arrival>,
  ): Generator<{ request: NewKeyRequest; secret: ImportedSecret }> {
    for (const arrival of arrivals) {
      const wanted = this.#attempt(arrival, () => this.#admit(arrival))
      if (wanted === undefined) continue
      sought.set(wanted.id, arrival)
      yield { request: wanted, secret: materialOf(arrival.request.secret) }
    }
  }

  /** What to ask the back-end for; `undefined` for what waits for another of the same key. */
  #admit(arrival: Arrival): NewKeyRequest | undefined {
    const { publicKey, request } = arrival
    const standing = publicKey && standingFor(this.#bulk, request, publicKey)
    if (publicKey !== undefined && this.#claimed.has(publicKey)) return void this.#later.push(arrival)
    if (publicKey !== undefined) this.#claimed.add(publicKey)
    if (!standing) return newKeyRequest(this.#bulk.rooms, request)
    const { alias, ...rest } = request
    const named = alias === undefined || alias === standing.value.alias ? rest : request
    // Sealed under the name it had: its record, its rules and its protection are found by it.
    return { ...newKeyRequest(this.#bulk.rooms, named), id: standing.value.id }
  }

  /**
   * Whether it may go on as it was asked for. One whose public key only shows now may be a key that was here, or another one
   * of this import.
   * @throws Refused
   */
  #known({ publicKey: claimed, request }: Arrival, publicKey: Hex): boolean {
    if (claimed === publicKey) return true
    if (claimed !== undefined) throw otherKey(claimed, publicKey)
    if (standingFor(this.#bulk, request, publicKey) || this.#claimed.has(publicKey)) return false
    this.#claimed.add(publicKey)
    return true
  }

  #attempt<T>({ index }: Arrival, work: () => T): T | undefined {
    try {
      return work()
    } catch (error) {
      this.#bulk.take(index, answerOf(error))
      return undefined
    }
  }
}

function forgotten(backend: string): Failed {
  return new Failed('backend-failed', `The key back-end ${backend} said nothing of this key`)
}

function otherKey(wanted: string, got: string): Refused {
  return new Refused('invalid-payload', 'The keystore names another public key than that of its secret', {
    got,
    wanted,
  })
}
