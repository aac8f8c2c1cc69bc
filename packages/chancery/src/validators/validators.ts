/** Validator keys and their slashing protection (EIP-3076), as the edge asks for them. */
import type { Deadline } from '../base/deadline.ts'
import { actorOf } from '../core/access.ts'
import type { Call } from '../core/call.ts'
import type { KeyRecord } from '../core/key.ts'
import type { Network } from '../core/names.ts'
import type { ValidatorKey, Validators } from '../core/validators.ts'
import { ceiling, keepCeilings, putCeiling } from './ceilings.ts'
import { deleteKeystores } from './delete-keystores.ts'
import { voluntaryExit } from './exit.ts'
import { exportInterchange, exportPart } from './export.ts'
import { validatorKeys } from './find.ts'
import { createFirstUses, type FirstUses } from './first-uses.ts'
import { importInterchange } from './import-interchange.ts'
import { importKeystores } from './import-keystores.ts'
import { protectNewKeys, raiseAfterGap, unknownAltogether } from './new-keys.ts'
import { prune } from './prune.ts'
import type { ValidatorRooms } from './rooms.ts'
import { isDutySlashable, isSlashable } from './slashable.ts'
import { raiseWatermark } from './watermarks.ts'

export interface RunningValidators extends Validators {
  /**
   * Raises every protected key of every network to the epoch after the clock's: to be recorded before an accepted gap lets
   * anything sign. Answers how many rows it raised. @throws Failed `clock-in-doubt`, recorder faults
   */
  afterGap(actor: string, deadline: Deadline): Promise<number>
  /** The same before everything that was frozen may sign again: meanwhile it may have signed elsewhere. */
  afterThaw(actor: string, deadline: Deadline): Promise<number>
  /** The same for keys about to come into use with no history; those of other chains are left alone. */
  protectNew(
    keys: readonly Pick<KeyRecord, 'publicKey' | 'family' | 'kind' | 'network'>[],
    deadline: Deadline,
  ): Promise<void>
  /**
   * Asked before a duty of these keys is recorded: they may have come in at a process that does not serve the network. Undefined
   * where they are protected; else they are when it resolves. @throws Failed `clock-in-doubt`, store and recorder faults
   */
  protectUsed(network: Network, keys: readonly KeyRecord[], deadline: Deadline): Promise<void> | undefined
  /**
   * At the start, before anything is signed: what another configuration left open. Keys without a row on a network are
   * protected like new ones, those whose row a gap left behind are raised above it, and a network under a new name keeps its
   * ceiling. @throws Failed
   */
  settle(deadline: Deadline): Promise<void>
}

export function createValidators(rooms: ValidatorRooms): RunningValidators {
  const firstUses = createFirstUses(rooms)
  return {
    keys: (call) => keys(rooms, call),
    import: (request, call) => importKeystores(rooms, request, call, firstUses),
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
    afterGap: (actor, deadline) => raiseAfterGap(rooms, actor, 'gap', deadline),
    afterThaw: (actor, deadline) => raiseAfterGap(rooms, actor, 'thaw', deadline),
    protectNew: (arriving, deadline) => protectNew(rooms, arriving, deadline, firstUses),
    protectUsed: (network, keys, deadline) => firstUses.protect(network, keys, deadline),
    settle: (deadline) => settle(rooms, deadline, firstUses),
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

async function settle(rooms: ValidatorRooms, deadline: Deadline, firstUses: FirstUses): Promise<void> {
  await keepCeilings(rooms, 'service', deadline)
  await firstUses.protectAll(deadline)
}

type Arriving = Parameters<RunningValidators['protectNew']>[0]

async function protectNew(
  rooms: ValidatorRooms,
  arriving: Arriving,
  deadline: Deadline,
  firstUses: FirstUses,
): Promise<void> {
  const own = arriving.filter(({ family, kind }) => family === rooms.family && kind === 'decoded')
  for (const timing of rooms.timings.values()) {
    const keys = own.filter((key) => serves(key, timing.network))
    const unknown = keys.map(({ publicKey }) => unknownAltogether(publicKey))
    await protectNewKeys(rooms, timing, unknown, 'service', deadline)
    firstUses.settled(timing.network, keys)
  }
}

function serves({ network }: Pick<KeyRecord, 'network'>, wanted: Network): boolean {
  return network === undefined || network === wanted
}
