/** Validator keys and their slashing protection (EIP-3076), as the edge asks for them. */
import { actorOf } from '../core/access.ts'
import type { Call } from '../core/call.ts'
import type { ValidatorKey, Validators } from '../core/validators.ts'
import { ceiling, putCeiling } from './ceilings.ts'
import { deleteKeystores } from './delete-keystores.ts'
import { voluntaryExit } from './exit.ts'
import { exportInterchange, exportPart } from './export.ts'
import { validatorKeys } from './find.ts'
import { importInterchange } from './import-interchange.ts'
import { importKeystores } from './import-keystores.ts'
import { raiseAfterGap } from './new-keys.ts'
import { prune } from './prune.ts'
import type { ValidatorRooms } from './rooms.ts'
import { isDutySlashable, isSlashable } from './slashable.ts'
import { raiseWatermark } from './watermarks.ts'

export function createValidators(rooms: ValidatorRooms): Validators {
  return {
    keys: (call) => keys(rooms, call),
    import: (request, call) => importKeystores(rooms, request, call),
    delete: (publicKeys, call) => deleteKeystores(rooms, publicKeys, call),
    voluntaryExit: (publicKey, exit, call) => voluntaryExit(rooms, publicKey, exit, call),
    importInterchange: (file, how, call) => importInterchange(rooms, file, how, call),
    exportInterchange: (which, call) => exportInterchange(rooms, which, call),
    exportPart: (which, call) => exportPart(rooms, which, call),
    raiseWatermark: (raise, call) => raiseWatermark(rooms, raise, call),
    repair: (call) => repair(rooms, call),
    ceiling: (network) => ceiling(rooms, network),
    putCeiling: (network, value, call) => putCeiling(rooms, network, value, call),
    prune: (which, call) => prune(rooms, which, call),
    isSlashable: (duty, publicKey, network, call) => isSlashable(rooms, duty, publicKey, network, call),
    isDutySlashable: (duty, call) => isDutySlashable(rooms, duty, call),
  }
}

function keys(rooms: ValidatorRooms, { principal }: Call): readonly ValidatorKey[] {
  return validatorKeys(rooms)
    .filter(({ id, state }) => state === 'enabled' && rooms.holdsGrantOn(principal, id))
    .map((key) => ({ key, protected: key.kind === 'decoded' }))
}

async function repair(rooms: ValidatorRooms, { principal, deadline }: Call): Promise<number> {
  rooms.requirePermit(principal, 'admin', {})
  return raiseAfterGap(rooms, actorOf(principal), 'repair', deadline)
}
