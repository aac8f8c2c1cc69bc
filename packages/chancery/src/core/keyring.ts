/** Keys and their life, as the edge asks for them. */
import type { Hex } from '../base/bytes.ts'
import type { Call } from './call.ts'
import type { Failed, Refused } from './errors.ts'
import type { Algorithm, KeyKind, KeyRecord, PublicKey } from './key.ts'
import type { ChainId, KeyId, Network } from './names.ts'
import type { Rules } from './rules.ts'
import type { Versioned } from './state.ts'
import type { Page } from './page.ts'

export interface CreateKey {
  /** Chosen by a part of the service that may have to ask again; never taken from a request. The same one is the same key. */
  readonly id?: KeyId
  readonly backend: string
  readonly family: ChainId
  readonly kind: KeyKind
  readonly algorithm?: Algorithm
  readonly alias?: string
  /** The root of a tree of keys instead of a single one: it has no address, and signs through wallets alone. */
  readonly tree?: 'bip32'
  /** The one network it signs for, fixed for good; absent: any of its family. */
  readonly network?: Network
  /** For back-ends whose keys others find by name: what the path begins with, and the name. */
  readonly place?: { readonly project: string; readonly name: string }
  /** As of `NewKeyRequest`: from a part of the service, never from a request. */
  readonly labels?: Readonly<Record<string, string>>
  /** As of `NewKeyRequest`. */
  readonly unseen?: (mayBe: boolean) => void
}

export interface BackedUpKey {
  readonly key: KeyRecord
  /** The private key in words, encrypted to the recipient that was named: nobody else reads it, here or on the way. */
  readonly backup: Hex
}

/** Keys that an accepted gap took out of use: how many came back into use now, and how many still wait. */
export interface HeldKeys {
  readonly enabled: number
  readonly held: number
}

export interface KeyView {
  readonly key: KeyRecord
  readonly rulesVersion: number
}

export interface Keyring {
  create(request: CreateKey, call: Call): Promise<KeyRecord>
  /** `recipient` is an X25519 public key of the caller's. Needs `admin`: who makes a key this way has it. */
  createBackedUp(request: CreateKey & { readonly recipient: Hex }, call: Call): Promise<BackedUpKey>
  /**
   * `secret` is read once, wiped, never recorded.
   * @throws Refused `invalid-payload` when it is of another address than `expectAddress`: then nothing was kept
   */
  import(request: ImportKey, call: Call): Promise<KeyRecord>
  /**
   * As `import`, many keys in few changes: `take` is told of each as it is settled, in any order. A key that is here already
   * is `already-exists`; one whose deletion was scheduled, or that was purged, comes back with what is imported. `ready` is
   * awaited with the public keys of those about to come in, proved to be of their secrets, before any of them can sign; when
   * it throws, none of them comes in; those it answers with a refusal do not. It may be asked several times, each time for
   * other keys. A disabled key comes back for who may enable it; with `onlyNew` nothing does, and what was here before and is
   * not enabled is `key-state`.
   */
  importMany(
    requests: Iterable<ImportKey>,
    take: (index: number, key: KeyRecord | Refused | Failed) => void,
    call: Call,
    ready?: (publicKeys: readonly Hex[]) => Promise<ReadonlyMap<Hex, Refused> | undefined>,
    how?: { readonly onlyNew?: boolean },
  ): Promise<void>
  /** The address that an import would have: keeps nothing, signs nothing. */
  preview(request: Omit<ImportKey, 'expectAddress'>, call: Call): Promise<{ readonly address: string }>
  /** Takes an existing key of a back-end into use, by the back-end's own name for it. Needs `admin`. */
  enrol(request: EnrolKey, call: Call): Promise<KeyRecord>
  /** The public key of what `enrol` would take into use, refused for the same reasons: records and signs nothing. */
  previewEnrol(request: EnrolKey, call: Call): Promise<PublicKey>
  get(name: string, call: Call): Promise<KeyView>
  /** Only keys the caller holds a grant on. */
  list(page: Page, call: Call): Promise<{ readonly keys: readonly KeyRecord[]; readonly next?: string }>
  disable(name: string, call: Call): Promise<KeyRecord>
  enable(name: string, call: Call): Promise<KeyRecord>
  /**
   * All keys that an accepted gap took out of use and nobody has disabled or deleted since. Needs `admin`: whoever says so
   * vouches for it that they sign nowhere else.
   */
  enableHeld(call: Call): Promise<HeldKeys>
  /** @throws Refused `key-state` while its back-end could not begin to delete it: asked before anything else changes */
  requireDeletable(name: string, call: Call): Promise<void>
  /**
   * `days` is 7 to 30. Refused while something would be lost with the key, as far as its ledger can tell, unless it is
   * `forced`.
   */
  scheduleDeletion(name: string, days: number, call: Call, how?: { readonly forced?: boolean }): Promise<KeyRecord>
  cancelDeletion(name: string, call: Call): Promise<KeyRecord>
  /** Destroys the secret for good; only after the window has passed, and the back-end has begun to delete it. */
  purge(name: string, call: Call): Promise<KeyRecord>
  rules(name: string, call: Call): Promise<Versioned<Rules>>
  /** `expect` is the version replaced; addresses are brought to the chain's text form. */
  putRules(name: string, rules: Rules, expect: number, call: Call): Promise<Versioned<Rules>>
  /** One sentence a finding for `doctor`: keys that cannot sign, aliases that moved. */
  probe(call: Call): Promise<readonly { readonly key: KeyId; readonly ok: boolean; readonly finding?: string }[]>
}

export interface EnrolKey extends CreateKey {
  /** The back-end's own name for it. */
  readonly name: string
  /** Asked before anything is recorded, by callers inside the service: what it throws, the enrolment throws. */
  accept?(publicKey: PublicKey): void
}

export interface ImportKey extends CreateKey {
  /** EIP-2334 path, where the secret came with one: shown in lists. */
  readonly derivation?: string
  readonly secret: ImportSecret
  readonly expectAddress?: string
}

/** The raw private key as hex, its words, a Web3 keystore v3 or an EIP-2335 one with its password, or a mnemonic and path. */
export type ImportSecret =
  | { readonly format: 'hex'; readonly hex: string }
  | { readonly format: 'words'; readonly words: string }
  | { readonly format: 'keystore-v3'; readonly keystore: string; readonly password: string }
  | { readonly format: 'keystore-v4'; readonly keystore: string; readonly password: string }
  | { readonly format: 'mnemonic'; readonly mnemonic: string; readonly path: string; readonly passphrase?: string }
