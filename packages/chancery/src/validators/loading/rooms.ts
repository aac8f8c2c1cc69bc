/** What the loader of key files is handed by `compose.ts`. */
import type { Clock } from '../../base/clock.ts'
import type { Hex } from '../../base/bytes.ts'
import type { Json } from '../../base/json.ts'
import type { Principal } from '../../core/access.ts'
import type { Keyring } from '../../core/keyring.ts'
import type { ChainId, Network } from '../../core/names.ts'
import type { State } from '../../core/state.ts'
import type { LoadingStatus } from '../../core/validators.ts'

/** Where keys stand in files. */
export interface KeyPlaces {
  /** A folder of EIP-2335 keystores, `*.json`, with a password for each or one for all. */
  readonly keystores?: { readonly folder: string } & Passwords
  /** A folder of Web3Signer's key configurations, `*.yaml`. */
  readonly keyConfigs?: { readonly folder: string }
}

/** `<name>.txt` for `<name>.json`, or one file for all. */
export type Passwords = { readonly passwords: string } | { readonly passwordFile: string }

export interface LoadingRooms {
  readonly places: KeyPlaces
  readonly keyring: Pick<Keyring, 'importMany'>
  readonly state: Pick<State, 'current'>
  readonly clock: Clock
  /** What the keys come in as. */
  readonly target: { readonly backend: string; readonly family: ChainId; readonly network?: Network }
  /** On whose behalf; needs `keys:create`. */
  readonly principal: Principal
  /** Whether other processes may load the same files at the same moment. */
  readonly shared: boolean
  /** Raises the protection of keys that are new, before any of them can sign. */
  protect(publicKeys: readonly Hex[]): Promise<void>
  /** The documents of a YAML text that hold something, every scalar as text. @throws Error whatever it says: it is not shown */
  readDocuments(text: string): readonly Json[]
  /** Called whenever the status changed. */
  progress?(status: LoadingStatus): void
  /** Called with each failure as it is found; never with what was in a file. */
  failed?(source: string, message: string): void
}
