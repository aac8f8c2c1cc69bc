/** The house put together over given parts: which store, back-ends, chains and nodes is decided by the caller. */
import type { Clock } from '../base/clock.ts'
import { deadlineIn, type Deadline } from '../base/deadline.ts'
import type { Secret } from '../base/secret.ts'
import { createAccounts } from '../accounts/accounts.ts'
import { refuseStillNeeded } from '../accounts/ending.ts'
import type { AccountRooms } from '../accounts/rooms.ts'
import { send } from '../accounts/send.ts'
import { createAuthenticator } from '../access/authenticate.ts'
import { createClients } from '../access/clients.ts'
import { createFreezing } from '../access/freezing.ts'
import { operatorPrincipal } from '../access/operator.ts'
import { holdsGrantOn, permits, requirePermit } from '../access/permit.ts'
import { heldGrants, type Principal } from '../core/access.ts'
import type { Accounts } from '../core/accounts.ts'
import type { KeyBackend, NewKey } from '../core/backend.ts'
import type { Call } from '../core/call.ts'
import type { Chain } from '../core/chain.ts'
import type { Failed } from '../core/errors.ts'
import type { KeyRecord } from '../core/key.ts'
import type { CreateKey, Keyring } from '../core/keyring.ts'
import type { ClientId, KeyId, Network } from '../core/names.ts'
import type { LedgerNode } from '../core/node.ts'
import type { PayingWallets } from '../core/payments.ts'
import type { Authenticator, Clients, Freezing, SigningFlow } from '../core/services.ts'
import type { State } from '../core/state.ts'
import type { Sponsor } from '../core/sponsoring.ts'
import type { RoundStore, Store } from '../core/store.ts'
import type { Validators } from '../core/validators.ts'
import type { Verifier } from '../core/verifier.ts'
import { claimRows } from '../guard/rows.ts'
import { createMeters, type Meters } from '../health/metrics.ts'
import { observedRecorder, observedRounds, observedSigning } from '../health/observed.ts'
import { observedKeyring, observedKeyUses } from '../health/observed-keys.ts'
import { adoptKey } from '../keyring/establish.ts'
import { createKeyring } from '../keyring/keyring.ts'
import type { KeyringRooms } from '../keyring/rooms.ts'
import { evaluate } from '../policy/evaluate.ts'
import { createCatchUp } from '../register/catch-up.ts'
import { untilAccepted } from '../register/restoration.ts'
import { openState } from '../register/state.ts'
import type { Witness } from '../register/witness.ts'
import { openWriter, type Writer, type WriterOptions } from '../register/writer.ts'
import { findManaged } from '../relay/managed.ts'
import { startRelay, type RunningRelay } from '../relay/relay.ts'
import type { CoinNetwork, RelayNetwork } from '../relay/rooms.ts'
import type { SponsoringRooms, SponsorOutcome } from '../sponsoring/rooms.ts'
import { createSponsoring, type RunningSponsoring } from '../sponsoring/sponsoring.ts'
import { createAgreedTime } from '../signing/agreed-time.ts'
import { prove } from '../signing/prove.ts'
import type { SigningRooms } from '../signing/rooms.ts'
import { createSigning } from '../signing/sign.ts'
import type { Protecting } from '../validators/protecting.ts'
import type { RunningWalletPolicies } from '../wallets/policy/policies.ts'
import type { WalletSettings } from '../wallets/rooms.ts'
import { refuseRulesUnderWallets, refuseUnderWallets } from '../wallets/standing-on.ts'
import type { RunningWallets } from '../wallets/wallets.ts'
import { acceptGapOf } from './accept-gap.ts'
import { buildProtecting, buildValidators, protectingNew, thawedBy } from './validators.ts'
import { buildWallets, freezeRoomsOf, payingOf, usualWallets, walletPoliciesOf } from './wallets.ts'
import { createSetBack, haltWhileBehind } from './set-back.ts'

export interface HouseParts {
  readonly store: Store
  readonly witness: Witness
  readonly stateKey: Secret
  readonly pepper: Secret
  readonly chains: readonly Chain[]
  /** Made once the installation's id is known: its keys in AWS are tagged with it. */
  backends(installation: string): Promise<readonly KeyBackend[]>
  readonly networks: ReadonlyMap<Network, RelayNetwork>
  /** Nodes of chains without nonces. */
  readonly ledgers: ReadonlyMap<Network, LedgerNode>
  /** Nodes of chains whose accounts are sets of coins. */
  readonly coinNetworks?: ReadonlyMap<Network, CoinNetwork>
  /** What requests for wallets that leave something open mean. */
  readonly wallets?: WalletSettings
  /** In the place of the wallets here: for tests of the relay alone. */
  readonly payingWallets?: PayingWallets
  readonly coinPatience?: number
  readonly sponsors: readonly Sponsor[]
  observeSponsor?(sponsor: Sponsor, outcome: SponsorOutcome): void
  readonly verifier: Verifier
  /** Its own, which nobody reads, when absent. */
  readonly meters?: Meters
  /** Whether money is real on a network; for what belongs to none, on any that is served. */
  isMain(network: Network | undefined): boolean
  readonly clock: Clock
  readonly version: string
  /** Names this process in leases. */
  readonly holder: string
  /** Milliseconds between two looks of the relay. */
  readonly interval: number
  /** Milliseconds the relay's lanes wait for a process that died; half a minute where not given. */
  readonly laneLease?: number
  /** Whether refusals may still be recorded; always when absent. */
  roomForRefusals?(): boolean
  onError(error: unknown, about: string): void
  onFatal(error: Failed): void
}

export interface House {
  readonly writer: Writer
  readonly state: State
  readonly signing: SigningFlow
  readonly keyring: Keyring
  readonly wallets: RunningWallets
  readonly walletPolicy: RunningWalletPolicies
  readonly accounts: Accounts
  readonly sponsoring: RunningSponsoring
  readonly clients: Clients
  readonly freezing: Freezing
  readonly relay: RunningRelay
  readonly validators?: Validators
  readonly protecting?: Protecting
  readonly authenticator: Authenticator
  readonly backends: readonly KeyBackend[]
  /** Puts on record that what the witness saw is lost; signing goes on. Nothing that may have been sent is sent again. */
  acceptGap: Writer['acceptGap']
  /** Looks whether a shared store still has what this process saw; where not, everything is frozen, and the process ends. */
  look(deadline: Deadline): Promise<void>
  /** Takes a key into use that a back-end found by configuration alone (the compatible routes' own). */
  adopt(request: CreateKey & { readonly id: KeyId }, key: NewKey, call: Call): Promise<KeyRecord>
}

/** Milliseconds that keys of a network which is new here may take to be protected. */
const protectionLimit = 30_000

/** Milliseconds that stopping everybody may take. */
const haltLimit = 10_000

/** @throws Failed when the store cannot be opened, or does not agree with itself */
export async function buildHouse(parts: HouseParts): Promise<House> {
  const { store, clock, pepper, meters = createMeters() } = parts
  const loaded: { backends: readonly KeyBackend[] } = { backends: [] }
  const room = () => heldBack(meters, firstOf(loaded.backends.map((backend) => backend.room?.())))
  const rounds = observedRounds(store, meters.register, clock)
  const { writer, state, acceptedElsewhere, look } = await openRegister(parts, rounds, room)
  const backends = await parts.backends(state.current().installation.id)
  loaded.backends = backends
  const managed = await findManaged(parts)
  const plugIns = plugInsOf(parts.chains, backends)
  const agreedTime = createAgreedTime(parts)
  const recorder = observedRecorder(writer, meters.register, clock)
  const settings = parts.wallets ?? usualWallets
  const ground = { ...parts, ...plugIns, settings, state, recorder, agreedTime }
  const protecting = buildProtecting(ground)
  await protecting?.settle(deadlineIn(protectionLimit, clock))
  const asked = { relayManages: managed.has, ...(protecting && { protectUsed: protecting.protectUsed }) }
  const rooms: SigningRooms = { ...ground, ...judges, ...asked }
  const whose = (key: string) => state.current().findKey(key)
  const signing = observedSigning(observedKeyUses(createSigning(rooms), meters.keyUses, whose, clock), meters, clock)
  const accountRooms = { ...rooms, ledgers: parts.ledgers, signing, holdsGrantOn, permits }
  // Before anything runs by itself: terms that nobody can read end the start.
  const sponsoring = sponsoringOf(parts, accountRooms)
  const relay = startRelay({
    ...parts,
    ...rooms,
    store,
    managed,
    signing,
    holdsGrantOn,
    coinNetworks: parts.coinNetworks ?? new Map(),
    wallets: parts.payingWallets ?? payingOf(ground),
    behind: () => writer.status().behind !== undefined,
    principalOf: (client) => principalOf(state, client),
  })
  const keyringRooms = keyringRoomsOf(rooms, accountRooms, store, protecting)
  const keyring = observedKeyring(createKeyring(keyringRooms), meters.wallets)
  const validators = buildValidators({ ...ground, signing, keyring, protecting })
  const wallets = buildWallets({ ...rooms, ...ground, meters, signing, keyring, payments: relay })
  return {
    writer,
    state,
    signing,
    relay,
    backends,
    keyring,
    wallets,
    walletPolicy: walletPoliciesOf(ground),
    ...(validators && { validators }),
    ...(protecting && { protecting }),
    accounts: createAccounts(accountRooms),
    sponsoring,
    look,
    acceptGap: acceptGapOf({ ...rooms, ...keyringRooms, writer, acceptedElsewhere, relay, protecting }),
    adopt: (request, key, call) => adoptKey(keyringRooms, request, key, call),
    clients: createClients({ state, pepper, clock }),
    freezing: createFreezing({ ...freezeRoomsOf(ground), state, protectThawed: thawedBy(keyringRooms, protecting) }),
    authenticator: authenticatorOf(parts, state),
  }
}

/** Where several processes share a store, a client that nobody here knows may be new. */
function authenticatorOf({ store, clock, pepper }: HouseParts, state: State): Authenticator {
  const catchUp = store.shared ? { catchUp: createCatchUp(state, clock) } : {}
  return createAuthenticator({ state, pepper, clock, ...catchUp })
}

/** One that several processes share and that lacks what this one saw is frozen: another may sign what stood in it. */
async function openRegister(parts: HouseParts, rounds: RoundStore, room: WriterOptions['room']) {
  const { store, clock, stateKey } = parts
  const { acceptedElsewhere, restored, ...opening } = await untilAccepted(store, parts.witness, clock)
  const setBack = { ...parts, restored }
  const { onFatal, look } = createSetBack(setBack)
  const how = { rounds, onFatal, binary: parts.version, ...(room && { room }) }
  const writer = await openWriter({ ...parts, ...opening, ...how })
  const state = await openState({ store, recorder: writer, stateKey, clock })
  const { behind } = writer.status()
  if (behind) await haltWhileBehind(setBack, state, behind, deadlineIn(haltLimit, clock))
  return { writer, state, acceptedElsewhere, look: (deadline: Deadline) => look(state, writer, deadline) }
}

function sponsoringOf(
  { sponsors, observeSponsor }: HouseParts,
  accountRooms: Omit<SponsoringRooms, 'sponsors' | 'send' | 'observe'>,
): RunningSponsoring {
  const observe: SponsoringRooms['observe'] = (sponsor, outcome) => observeSponsor?.(sponsor, outcome)
  return createSponsoring({ ...accountRooms, sponsors, send, observe })
}

function keyringRoomsOf(
  rooms: SigningRooms,
  accountRooms: AccountRooms,
  store: Store,
  protecting: Protecting | undefined,
): KeyringRooms {
  return {
    ...rooms,
    protectNew: protectingNew(rooms, protecting),
    store,
    holdsGrantOn,
    refuseStillNeeded: (key, deadline) => refuseStillNeeded(accountRooms, key, deadline),
    refuseUnderWallets: (key, deadline) => refuseUnderWallets(store, key, deadline),
    refuseRulesUnderWallets: (key, deadline) => refuseRulesUnderWallets(store, key, deadline),
    prove: (request) => prove(rooms, request),
  }
}

function plugInsOf(chains: readonly Chain[], backends: readonly KeyBackend[]) {
  return {
    chains: new Map(chains.map((chain) => [chain.id, chain])),
    backends: new Map(backends.map((backend) => [backend.name, backend])),
  }
}

/** Asked once a round: whoever is told to wait holds it back. */
function heldBack({ register }: Meters, free: Promise<void> | undefined): Promise<void> | undefined {
  if (free !== undefined) register.heldBack()
  return free
}

function firstOf<T>(values: readonly (T | undefined)[]): T | undefined {
  return values.find((value) => value !== undefined)
}

const judges = { requirePermit, evaluate, claimRows }

function principalOf(state: State, id: ClientId): Principal | undefined {
  if (id === operatorPrincipal.client) return operatorPrincipal
  const found = state.current().clients.get(id)?.value
  return found && { client: id, name: found.name, grants: heldGrants(found), scheme: 'api-key' }
}
