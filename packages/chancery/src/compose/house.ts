/** The house put together over given parts: which store, back-ends, chains and nodes is decided by the caller. */
import type { Clock } from '../base/clock.ts'
import type { Secret } from '../base/secret.ts'
import { createAuthenticator } from '../access/authenticate.ts'
import { createClients } from '../access/clients.ts'
import { createFreezing } from '../access/freezing.ts'
import { operatorPrincipal } from '../access/operator.ts'
import { holdsGrantOn, requirePermit } from '../access/permit.ts'
import type { Principal } from '../core/access.ts'
import type { KeyBackend } from '../core/backend.ts'
import type { Chain } from '../core/chain.ts'
import type { Failed } from '../core/errors.ts'
import type { ClientId, Network } from '../core/names.ts'
import type { Clients, Freezing, Keyring, SigningFlow, Authenticator } from '../core/services.ts'
import type { Store } from '../core/store.ts'
import { curveOf } from '../curves/curves.ts'
import { guardRows } from '../guard/rows.ts'
import { createKeyring } from '../keyring/keyring.ts'
import { evaluate } from '../policy/evaluate.ts'
import { openState, type OpenState } from '../register/state.ts'
import type { Witness } from '../register/witness.ts'
import { openWriter, type Writer } from '../register/writer.ts'
import { startRelay, type RunningRelay } from '../relay/relay.ts'
import type { RelayNetwork } from '../relay/rooms.ts'
import { prove } from '../signing/prove.ts'
import type { SigningRooms } from '../signing/rooms.ts'
import { createSigning } from '../signing/sign.ts'

export interface HouseParts {
  readonly store: Store
  readonly witness: Witness
  readonly stateKey: Secret
  readonly pepper: Secret
  readonly chains: readonly Chain[]
  readonly backends: readonly KeyBackend[]
  readonly networks: ReadonlyMap<Network, RelayNetwork>
  /** Clients that no state record names: those of compatible routes. */
  readonly builtIn: readonly Principal[]
  readonly clock: Clock
  readonly version: string
  /** Names this process in leases. */
  readonly holder: string
  /** Milliseconds between two looks of the relay. */
  readonly interval: number
  onError(error: unknown, about: string): void
  onFatal(error: Failed): void
}

export interface House {
  readonly writer: Writer
  readonly state: OpenState
  readonly signing: SigningFlow
  readonly keyring: Keyring
  readonly clients: Clients
  readonly freezing: Freezing
  readonly relay: RunningRelay
  readonly authenticator: Authenticator
}

/** @throws Failed when the store cannot be opened, or does not agree with itself */
export async function buildHouse(parts: HouseParts): Promise<House> {
  const { store, clock, stateKey, pepper } = parts
  const writer = await openWriter({ ...parts, binary: parts.version })
  const state = await openState({ store, recorder: writer, stateKey, clock })
  const relayed: { relay?: RunningRelay } = {}
  const rooms = signingRooms(
    parts,
    writer,
    state,
    (network, sender) => relayed.relay?.manages(network, sender) ?? false,
  )
  const signing = createSigning(rooms)
  const relay = await startRelay({
    ...rooms,
    ...parts,
    ...keyRooms(parts),
    signing,
    holdsGrantOn,
    principalOf: (client) => principalOf(state, parts.builtIn, client),
  })
  relayed.relay = relay
  return {
    writer,
    state,
    signing,
    relay,
    keyring: createKeyring({
      state,
      clock,
      requirePermit,
      holdsGrantOn,
      ...keyRooms(parts),
      prove: (request) => prove(rooms, request),
    }),
    clients: createClients({ state, pepper, clock }),
    freezing: createFreezing({ state }),
    authenticator: createAuthenticator({ state, pepper, clock }),
  }
}

function keyRooms({ chains, backends }: HouseParts) {
  return {
    chains: new Map(chains.map((chain) => [chain.id, chain])),
    backends: new Map(backends.map((backend) => [backend.name, backend])),
  }
}

function signingRooms(
  parts: HouseParts,
  recorder: Writer,
  state: OpenState,
  relayManages: SigningRooms['relayManages'],
): SigningRooms {
  const { store, clock } = parts
  return {
    state,
    recorder,
    store,
    clock,
    curveOf,
    requirePermit,
    evaluate,
    guardRows,
    relayManages,
    ...keyRooms(parts),
  }
}

function principalOf(state: OpenState, builtIn: readonly Principal[], id: ClientId): Principal | undefined {
  const given = [operatorPrincipal, ...builtIn].find(({ client }) => client === id)
  const found = state.current().clients.get(id)?.value
  return given ?? (found && { client: id, name: found.name, grants: found.grants, scheme: 'api-key' })
}
