/** Which validators are meant, and which there are. */
import { hexAsTyped, type Hex } from '../base/bytes.ts'
import { Refused } from '../core/errors.ts'
import type { KeyRecord } from '../core/key.ts'
import type { Network } from '../core/names.ts'
import { protectionScope } from '../core/protection.ts'
import type { BeaconTiming } from '../core/validators.ts'
import type { ValidatorRooms } from './rooms.ts'

type Rooms = Pick<ValidatorRooms, 'state' | 'family'>

/** Validators' keys in the order they came, whatever their state. */
export function validatorKeys({ state, family }: Rooms): readonly KeyRecord[] {
  return [...state.current().keys.values()]
    .map(({ value }) => value)
    .filter((key) => key.family === family)
    .toSorted((a, b) => (a.id < b.id ? -1 : 1))
}

/** Those whose duties on the network are protected. A purged key may come back: its row stays, and is not looked for here. */
export function protectedKeys(rooms: Rooms, network: Network): readonly KeyRecord[] {
  return validatorKeys(rooms).filter(
    ({ kind, state, network: own }) => kind === 'decoded' && state !== 'purged' && (own ?? network) === network,
  )
}

/** A validator's public key as people write it: with `0x` or without, in any case, or another name of a key that is here. */
export function publicKeyNamed({ state, family }: Rooms, name: string, where: string): Hex {
  const hex = hexAsTyped(name, 48)
  if (hex !== undefined) return hex
  const key = state.current().findKey(name)
  if (key?.family === family) return key.publicKey
  const particulars = { where, got: name.slice(0, 64), wanted: '0x and 96 hex digits' }
  throw new Refused('invalid-request', 'This is no public key of a validator', particulars)
}

export function publicKeysNamed(rooms: Rooms, names: readonly string[]): ReadonlySet<Hex> {
  return new Set(names.map((name, index) => publicKeyNamed(rooms, name, `publicKeys[${index}]`)))
}

export function scopeOf(publicKey: Hex, { genesisValidatorsRoot }: BeaconTiming): string {
  return protectionScope(publicKey, genesisValidatorsRoot)
}
