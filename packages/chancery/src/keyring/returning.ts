/** Keys that were here before: which of them may come back with what is imported. */
import type { Hex } from '../base/bytes.ts'
import { Refused } from '../core/errors.ts'
import type { KeyRecord } from '../core/key.ts'
import type { ImportKey, ImportSecret } from '../core/keyring.ts'
import { keystoreLabel } from '../core/keystore.ts'
import type { Versioned } from '../core/state.ts'
import type { Bulk } from './bulk.ts'

/** As the keystore itself names it; whether that is so only its secret shows. */
export function claimedPublicKey(secret: ImportSecret): Hex | undefined {
  return secret.format === 'keystore-v4' ? keystoreLabel(secret.keystore).publicKey : undefined
}

/**
 * The record under which a public key comes back; `undefined` for one that was never here.
 * @throws Refused `already-exists` for a key in use, and for one that was here as something else; `key-state` for one that
 * stays as it is
 */
export function standingFor(
  { rooms, call, onlyNew = false }: Pick<Bulk, 'rooms' | 'call' | 'onlyNew'>,
  request: ImportKey,
  publicKey: Hex,
): Versioned<KeyRecord> | undefined {
  const snapshot = rooms.state.current()
  const found = snapshot.findKey(publicKey)
  const standing = found && snapshot.keys.get(found.id)
  if (standing === undefined) return undefined
  const { id, state } = standing.value
  if (state === 'enabled') throw new Refused('already-exists', `The key is here already: ${id}`, { got: publicKey })
  if (onlyNew) throw stays(standing.value, 'It comes back when it is imported by itself, on purpose')
  refuseOther(standing.value, request)
  if (state === 'disabled') mayEnable(() => rooms.requirePermit(call.principal, 'admin', { key: id }), standing.value)
  return standing
}

function stays({ id, state }: KeyRecord, hint: string): Refused {
  return new Refused('key-state', `The key was here before and is ${state}: ${id}`, { got: state, hint })
}

/** Disabling is a decision of an administrator's, and so is taking it back. */
function mayEnable(require: () => void, key: KeyRecord): void {
  try {
    require()
  } catch (error) {
    throw error instanceof Refused ? stays(key, `An administrator enables it: chancery keys enable ${key.id}`) : error
  }
}

/** What cannot be changed about a key. */
export function thatItIs({
  family,
  kind,
  network,
  tree,
}: Pick<ImportKey, 'family' | 'kind' | 'network' | 'tree'>): string {
  return `${kind} ${family} ${network ?? 'any network'}${tree === undefined ? '' : ', a tree'}`
}

/** What a key is for is fixed for good (safety rule 14). */
function refuseOther(key: KeyRecord, request: ImportKey): void {
  const [was, is] = [key, request].map(thatItIs)
  if (was === is) return
  throw new Refused('already-exists', `The key ${key.id} was here as ${was}, and does not come back as ${is}`, {
    got: is ?? '',
    wanted: was ?? '',
    ...(key.state === 'pending-deletion' && {
      hint: `As it was it does: chancery keys cancel-deletion ${key.id}, and then enable`,
    }),
  })
}
