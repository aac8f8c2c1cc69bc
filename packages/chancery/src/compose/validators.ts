/** The part of the house that validators need: slashing protection, keystores, and the loader of key files. */
import { holdsGrantOn, permits, requirePermit } from '../access/permit.ts'
import { operatorPrincipal } from '../access/operator.ts'
import { deadlineIn } from '../base/deadline.ts'
import type { Clock } from '../base/clock.ts'
import type { Config } from '../config/config.ts'
import { yamlDocuments } from '../config/yaml.ts'
import type { Chain } from '../core/chain.ts'
import type { Keyring } from '../core/keyring.ts'
import type { LoadingStatus } from '../core/validators.ts'
import type { Signing } from '../core/services.ts'
import type { Store } from '../core/store.ts'
import { claimRows } from '../guard/rows.ts'
import type { Log } from '../http/options.ts'
import type { OpenState } from '../register/state.ts'
import type { SigningRooms } from '../signing/rooms.ts'
import { createLoading, type Loading } from '../validators/loading/loading.ts'
import { createValidators, type RunningValidators } from '../validators/validators.ts'

/** Where keystores are kept: their secrets open inside signer processes only. */
const keystoreBackend = 'sealed'

export interface ValidatorParts {
  readonly rooms: SigningRooms
  readonly store: Store
  readonly signing: Signing
  /** Made after this: it asks this room to protect what it takes in. */
  keyring(): Keyring
}

/** Undefined where no validators' network is configured. */
export function buildValidators({ rooms, store, signing, keyring }: ValidatorParts): RunningValidators | undefined {
  const chain = [...rooms.chains.values()].find(isValidators)
  if (chain === undefined) return undefined
  return createValidators({
    ...rooms,
    store,
    signing,
    keyring: { importMany: (...args) => keyring().importMany(...args) },
    family: chain.id,
    backend: keystoreBackend,
    timings: new Map(chain.beacon.map((timing) => [timing.network, timing])),
    requirePermit,
    permits,
    holdsGrantOn,
    claimRows,
    exitValue: (network, exit) => chain.exitValue?.(network, exit),
  })
}

function isValidators(chain: Chain): chain is Chain & Required<Pick<Chain, 'beacon'>> {
  return chain.beacon !== undefined && chain.beacon.length > 0
}

/** How long the protection of a lot of keys may take to be recorded. */
const protectionLimit = 10_000

export interface LoadingParts {
  /** As far as it is needed: the whole house is made of this room. */
  readonly house: { readonly validators?: RunningValidators; readonly keyring: Keyring; readonly state: OpenState }
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
  const { validators, keyring, state } = house
  const chain = chains.find(isValidators)
  if (validators === undefined || chain === undefined) return undefined
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
      return validators.protectNew(arriving, deadlineIn(protectionLimit, clock))
    },
    readDocuments: yamlDocuments,
    ...(progress && { progress }),
    failed: (source, message) => log.error({ source }, `A key could not be loaded: ${message}`),
  })
}
