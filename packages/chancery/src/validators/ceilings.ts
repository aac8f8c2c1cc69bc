/** High watermarks: what an administrator puts and takes away for a whole network. Nothing else raises or removes one. */
import { actorOf } from '../core/access.ts'
import { isHex, type Hex } from '../base/bytes.ts'
import type { Deadline } from '../base/deadline.ts'
import { parseUint64 } from '../base/uint64.ts'
import type { Call } from '../core/call.ts'
import { invalidRequest, isOvertaken } from '../core/errors.ts'
import type { Network } from '../core/names.ts'
import type { Ceiling } from '../core/protection.ts'
import type { BeaconTiming } from '../core/validators.ts'
import type { ValidatorRooms } from './rooms.ts'
import { timingOf, timingOfRoot } from './timing.ts'

/** As it stands in the state: it is the network's, whatever the configuration calls that later. */
interface KeptCeiling extends Ceiling {
  readonly genesisValidatorsRoot: Hex
}

/** Whoever may come in may read it: clients ask for it as `highWatermark`. */
export function ceiling(rooms: ValidatorRooms, network: Network | undefined): Ceiling {
  return boundsOf(rooms.state.current().ceilings.get(timingOf(rooms, network).network)?.value ?? {})
}

function boundsOf({ slot, epoch }: Ceiling): Ceiling {
  return { ...(slot !== undefined && { slot }), ...(epoch !== undefined && { epoch }) }
}

export async function putCeiling(
  rooms: ValidatorRooms,
  network: Network | undefined,
  value: Ceiling,
  call: Call,
): Promise<void> {
  rooms.requirePermit(call.principal, 'admin', {})
  requireBound('slot', value.slot)
  requireBound('epoch', value.epoch)
  await put(rooms, timingOf(rooms, network), value, actorOf(call.principal), call.deadline)
}

function requireBound(where: string, text: string | undefined): void {
  if (text !== undefined && parseUint64(text) === undefined) throw invalidRequest(where, text, 'a uint64')
}

async function put(
  rooms: Pick<ValidatorRooms, 'state'>,
  { network: id, genesisValidatorsRoot }: BeaconTiming,
  value: Ceiling,
  actor: string,
  deadline: Deadline,
): Promise<void> {
  const bounds = boundsOf(value)
  const kept: KeptCeiling = { ...bounds, genesisValidatorsRoot }
  const expect = rooms.state.current().ceilings.get(id)?.version ?? 0
  const puts = [{ kind: 'ceiling', id, value: kept, expect }] as const
  await rooms.state.change({ actor, action: 'ceiling.put', about: { network: id, ...bounds }, puts }, deadline)
}

/** A network that has another name in the configuration now keeps what was put for it under the old one. */
export async function keepCeilings(
  rooms: Pick<ValidatorRooms, 'state' | 'timings'>,
  actor: string,
  deadline: Deadline,
): Promise<void> {
  for (const [name, { value }] of rooms.state.current().ceilings) {
    const renamed = rooms.timings.has(name) ? undefined : sameNetwork(rooms, value)
    const isNew = renamed && !rooms.state.current().ceilings.has(renamed.network)
    if (isNew && Object.keys(boundsOf(value)).length > 0) {
      await put(rooms, renamed, value, actor, deadline).catch(unlessPutMeanwhile)
    }
  }
}

/** By another process that starts as well. */
function unlessPutMeanwhile(error: unknown): void {
  if (!isOvertaken(error)) throw error
}

function sameNetwork(rooms: Pick<ValidatorRooms, 'timings'>, value: Ceiling): BeaconTiming | undefined {
  const root: unknown = Reflect.get(value, 'genesisValidatorsRoot')
  return isHex(root, 32) ? timingOfRoot(rooms, root) : undefined
}
