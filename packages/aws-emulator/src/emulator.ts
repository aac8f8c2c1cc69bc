import { type CallLog, makeCallLog } from './calls.ts'
import { type FaultDrawer, makeFaults } from './faults.ts'
import { type Identities, type IdentityOptions, makeIdentities } from './iam/principal.ts'
import type { PolicyDocument } from './iam/policy.ts'
import { loadState, saveState } from './persistence.ts'
import { makeQuotas, type Quotas, type QuotaOptions } from './quotas.ts'
import { makeRandom, type Random } from './random.ts'
import type { State } from './state.ts'
import { makeVisibility, type Visibility } from './visibility.ts'

/** Published on purpose: they open nothing but an emulator on somebody's own machine. */
export const DEFAULT_CREDENTIALS = {
  accessKeyId: 'EMULATORDEVELOPMENTKEY',
  secretAccessKey: 'emulator-development-secret-not-for-aws',
} as const

export interface EmulatorOptions {
  /** Default 0: any free port. */
  readonly port?: number
  /** A loopback address; anything else is refused. Default 127.0.0.1. */
  readonly host?: string
  /** Default us-east-1. */
  readonly region?: string
  /** Further regions signed requests may be scoped to, for multi-Region keys. */
  readonly otherRegions?: readonly string[]
  readonly accessKeyId?: string
  readonly secretAccessKey?: string
  /** Identity policy of the default credentials; absent: everything is allowed. */
  readonly policy?: PolicyDocument
  /** Further access keys. */
  readonly identities?: readonly IdentityOptions[]
  /** Identity policies of roles that may be assumed; a role not named here may do everything. */
  readonly roles?: Readonly<Record<string, PolicyDocument>>
  /** Keeps keys, aliases, parameters and sessions in this file. */
  readonly stateFile?: string
  /** Appends one JSON line per call. */
  readonly logFile?: string
  /** Repeats key ids, elliptic-curve, symmetric and HMAC keys, and signatures. RSA keys stay random. */
  readonly seed?: string
  /** Per-second quotas: AWS's defaults, or figures per quota. Absent: none. */
  readonly quotas?: QuotaOptions
}

/** Everything the operations share. */
export interface Emulator {
  readonly state: State
  readonly random: Random
  readonly region: string
  readonly regions: readonly string[]
  readonly roles: Readonly<Record<string, PolicyDocument>>
  readonly identities: Identities
  readonly faults: FaultDrawer
  readonly calls: CallLog
  readonly quotas: Quotas
  readonly visibility: Visibility
  /** The last answer per service, region and operation, for the fault `duplicate`. */
  readonly lastAnswers: Map<string, object>
  /** Milliseconds; deletion windows, expiry and dates follow it. Signatures are judged by the real time. */
  now(): number
  /** Moves the emulator's clock forward, to pass deletion windows and expiry dates. */
  advance(ms: number): void
  save(): void
}

const realTime = () => Date.now()

export function makeEmulator(options: EmulatorOptions): Emulator {
  const state = loadState(options.stateFile)
  const region = options.region ?? 'us-east-1'
  const { stateFile } = options
  let ahead = 0
  return {
    state,
    region,
    regions: [region, ...(options.otherRegions ?? [])],
    roles: options.roles ?? {},
    random: makeRandom(options.seed, 'keys'),
    identities: makeIdentities(state, identityOptions(options)),
    faults: makeFaults(makeRandom(options.seed, 'faults')),
    calls: makeCallLog(options.logFile, realTime),
    quotas: makeQuotas(options.quotas, realTime),
    visibility: makeVisibility(realTime),
    lastAnswers: new Map(),
    now: () => realTime() + ahead,
    advance: (ms) => {
      ahead += ms
    },
    save: () => {
      if (stateFile !== undefined) saveState(stateFile, state)
    },
  }
}

function identityOptions(options: EmulatorOptions): readonly IdentityOptions[] {
  const first = {
    accessKeyId: options.accessKeyId ?? DEFAULT_CREDENTIALS.accessKeyId,
    secretAccessKey: options.secretAccessKey ?? DEFAULT_CREDENTIALS.secretAccessKey,
    ...(options.policy === undefined ? {} : { policy: options.policy }),
  }
  return [first, ...(options.identities ?? [])]
}
