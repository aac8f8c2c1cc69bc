/** The part of the house that validators need: slashing protection, keystores, and the loader of key files. */
import { holdsGrantOn, permits, requirePermit } from '../access/permit.ts'
import { operatorPrincipal } from '../access/operator.ts'
import type { FreezingRooms } from '../access/freezing.ts'
import { isoTime, type Clock } from '../base/clock.ts'
import { deadlineIn } from '../base/deadline.ts'
import type { Config } from '../config/config.ts'
import { yamlDocuments } from '../config/yaml.ts'
import type { Chain } from '../core/chain.ts'
import type { KeyRecord } from '../core/key.ts'
import type { Keyring } from '../core/keyring.ts'
import type { LoadingStatus, Validators } from '../core/validators.ts'
import type { Signing } from '../core/services.ts'
import type { Store } from '../core/store.ts'
import { claimRows } from '../guard/rows.ts'
import type { Log } from '../http/options.ts'
import { isPunished, noteBack } from '../keyring/held.ts'
import type { KeyringRooms } from '../keyring/rooms.ts'
import type { State } from '../core/state.ts'
import type { SigningRooms } from '../signing/rooms.ts'
import { createLoading, type Loading } from '../validators/loading/loading.ts'
import { createProtecting, type Protecting } from '../validators/protecting.ts'
import type { ProtectingRooms, ValidatorRooms } from '../validators/rooms.ts'
import { createValidators } from '../validators/validators.ts'

/** Where keystores are kept: their secrets open inside signer processes only. */
const keystoreBackend = 'sealed'

type Chains = Pick<SigningRooms, 'chains'>

/** Undefined where no validators' network is configured. */
export function buildProtecting(rooms: Omit<ProtectingRooms, 'family' | 'timings'> & Chains): Protecting | undefined {
  const chain = [...rooms.chains.values()].find(isValidators)
  return chain && createProtecting({ ...rooms, ...networksOf(chain) })
}

export interface ValidatorParts extends Chains, Omit<ProtectingRooms, 'family' | 'timings'> {
  readonly backends: ValidatorRooms['backends']
  readonly signing: Signing
  readonly keyring: Keyring
  readonly protecting: Protecting | undefined
}

/** Undefined where no validators' network is configured. */
export function buildValidators({ protecting, ...rooms }: ValidatorParts): Validators | undefined {
  const chain = [...rooms.chains.values()].find(isValidators)
  if (chain === undefined || protecting === undefined) return undefined
  return createValidators({
    ...rooms,
    ...networksOf(chain),
    backend: keystoreBackend,
    noteProtected: protecting.noteProtected,
    requirePermit,
    permits,
    holdsGrantOn,
    claimRows,
    exitValue: (network, exit) => chain.exitValue?.(network, exit),
  })
}

type ValidatorChain = Chain & Required<Pick<Chain, 'beacon'>>

function networksOf({ id, beacon }: ValidatorChain): Pick<ProtectingRooms, 'family' | 'timings'> {
  return { family: id, timings: new Map(beacon.map((timing) => [timing.network, timing])) }
}

function isValidators(chain: Chain): chain is ValidatorChain {
  return chain.beacon !== undefined && chain.beacon.length > 0
}

/** A thaw is remembered also for keys no network of which is configured here: another process may serve it. */
export function thawedBy(
  rooms: KeyringRooms,
  protecting: Protecting | undefined,
): NonNullable<FreezingRooms['protectThawed']> {
  const isElsewhere = (key: KeyRecord): boolean => protecting?.serves(key) !== true
  return async (what, actor, deadline) => {
    if (what === 'everything') {
      await protecting?.afterThaw(actor, deadline)
      await noteBack(rooms, actor, isElsewhere, deadline)
    } else await rooms.protectNew?.([what], deadline)
    return isoTime(rooms.clock.now())
  }
}

/**
 * Since when a key is back is what other processes raise it above, on networks that this one does not serve: so the clock must be
 * right here, as when a gap is accepted.
 */
export function protectingNew(
  { agreedTime }: Pick<SigningRooms, 'agreedTime'>,
  protecting: Protecting | undefined,
): NonNullable<KeyringRooms['protectNew']> {
  return async (keys, deadline) => {
    if (keys.some(isPunished)) await agreedTime(deadline)
    await protecting?.protectNew(keys, deadline)
  }
}

/** How long the protection of a lot of keys may take to be recorded. */
const protectionLimit = 10_000

export interface LoadingParts {
  /** As far as it is needed: the whole house is made of this room. */
  readonly house: { readonly protecting?: Protecting; readonly keyring: Keyring; readonly state: State }
  readonly config: Pick<Config, 'keyFiles'>
  readonly store: Pick<Store, 'shared'>
  readonly chains: readonly Chain[]
  readonly clock: Clock
  readonly log: Log
  progress?(status: LoadingStatus): void
}

/** Undefined where there are no validators. */
export function buildLoading({
  house,
  config,
  store,
  chains,
  clock,
  log,
  progress,
}: LoadingParts): Loading | undefined {
  const { protecting, keyring, state } = house
  const chain = chains.find(isValidators)
  if (protecting === undefined || chain === undefined) return undefined
  const { network, ...places } = config.keyFiles ?? {}
  const target = { backend: keystoreBackend, family: chain.id, ...(network && { network }) }
  return createLoading({
    places,
    keyring,
    state,
    clock,
    target,
    principal: operatorPrincipal,
    shared: store.shared,
    protect: (publicKeys) => {
      const arriving = publicKeys.map((publicKey) => ({ ...target, publicKey, kind: 'decoded' as const }))
      return protecting.protectNew(arriving, deadlineIn(protectionLimit, clock))
    },
    readDocuments: yamlDocuments,
    ...(progress && { progress }),
    failed: (source, message) => log.error({ source }, `A key could not be loaded: ${message}`),
  })
}
