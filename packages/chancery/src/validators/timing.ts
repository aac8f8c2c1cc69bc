/** Slots and epochs by the clock. Times are milliseconds since 1970. */
import { sameHex, type Hex } from '../base/bytes.ts'
import { Refused } from '../core/errors.ts'
import type { Network } from '../core/names.ts'
import type { BeaconTiming } from '../core/validators.ts'
import type { ValidatorRooms } from './rooms.ts'

/** The network by name; without one, the only one there is. @throws Refused `unknown-network`, `invalid-request` */
export function timingOf({ timings }: Pick<ValidatorRooms, 'timings'>, network: Network | undefined): BeaconTiming {
  const [only, ...others] = timings.values()
  const found = network === undefined ? (others.length === 0 ? only : undefined) : timings.get(network)
  if (found !== undefined) return found
  const wanted = [...timings.keys()].join(', ')
  if (network === undefined && timings.size > 1) {
    const hint = 'In a request without a body: ?network='
    throw new Refused('invalid-request', 'There are several validator networks: name one', {
      where: 'network',
      wanted,
      hint,
    })
  }
  throw new Refused('unknown-network', 'This is no validator network of the service', {
    where: 'network',
    ...(network !== undefined && { got: network }),
    wanted,
    hint: 'Name validator networks in the configuration (networks)',
  })
}

/** Of whatever name: the genesis validators root is what a network is. */
export function timingOfRoot({ timings }: Pick<ValidatorRooms, 'timings'>, root: Hex): BeaconTiming | undefined {
  return [...timings.values()].find(({ genesisValidatorsRoot }) => sameHex(genesisValidatorsRoot, root))
}

/** -1 before genesis. */
export function slotAt({ genesisTime, slotDuration }: BeaconTiming, now: number): bigint {
  return now < genesisTime ? -1n : BigInt(Math.floor((now - genesisTime) / slotDuration))
}

/** -1 before genesis. */
export function epochAt(timing: BeaconTiming, now: number): bigint {
  const slot = slotAt(timing, now)
  return slot < 0n ? -1n : slot / BigInt(timing.slotsPerEpoch)
}

export function firstSlot({ slotsPerEpoch }: BeaconTiming, epoch: bigint): bigint {
  return epoch * BigInt(slotsPerEpoch)
}

/** The last epoch and slot anything may say that comes from outside (safety rule 9): of the clock's next epoch. */
export interface Bounds {
  readonly epoch: bigint
  readonly slot: bigint
}

export function boundsAt(timing: BeaconTiming, now: number): Bounds {
  const epoch = epochAt(timing, now) + 1n
  return { epoch, slot: firstSlot(timing, epoch + 1n) - 1n }
}
