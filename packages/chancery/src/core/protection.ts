/**
 * Slashing protection as the store keeps it (EIP-3076, https://eips.ethereum.org/EIPS/eip-3076): one row a scope decides, by
 * the minimal strategy; a history beside it is written and never decides. A scope is `<public key>@<genesis validators root>`.
 *
 * A block is taken when its slot is above the row's, or it is the row's very block again. An attestation is taken when its
 * source is not below the row's and its target above the row's, or it is the row's very attestation again; and never when its
 * source is not below its target, but where both are 0. "Again" needs the same numbers and the same root, and a root that
 * nobody knows is the same as none.
 */
import type { Hex } from '../base/bytes.ts'
import type { Deadline } from '../base/deadline.ts'

export interface LastBlock {
  readonly slot: bigint
  /** The signing root; absent where nobody knows it (imports, watermarks): then the slot is never signed again. */
  readonly root?: Hex
}

export interface LastAttestation {
  readonly source: bigint
  readonly target: bigint
  readonly root?: Hex
}

/** Whether its source lies before its target, as every vote's does but the first ones', where both are 0. */
export function goesForward({ source, target }: Omit<LastAttestation, 'root'>): boolean {
  return source < target || (source === target && target === 0n)
}

/** What a validator signed last, or may not go below. Absent: nothing. */
export interface ProtectionRow {
  readonly scope: string
  readonly block?: LastBlock
  readonly attestation?: LastAttestation
}

/** Of a validator whom something around it names. */
export type PastDuty = ({ readonly kind: 'block' } & LastBlock) | ({ readonly kind: 'attestation' } & LastAttestation)

export type SignedDuty = { readonly scope: string } & PastDuty

/**
 * Raises a row; nothing lowers one (safety rule 1). Slot, source and target become the larger of the two, each by itself.
 * A root stays only where it belongs to exactly the numbers that come out: where both sides have those numbers, only if
 * both have that root.
 */
export interface ProtectionRaise extends ProtectionRow {
  /**
   * What joins the history, as it comes. Nobody looks for what stands there already: what is brought twice stands there twice,
   * and whoever hands the history out says it once. So an import costs what it writes, however much there is.
   */
  readonly history?: readonly PastDuty[]
}

/** A raise as its entry names it: numbers in decimal. The history stands there by count, its file by hash. */
export type EntryRaise = {
  readonly scope: string
  readonly block?: { readonly slot: string; readonly root?: Hex }
  readonly attestation?: { readonly source: string; readonly target: string; readonly root?: Hex }
}

export function entryRaise({ scope, block, attestation }: ProtectionRow): EntryRaise {
  return {
    scope,
    ...(block && { block: { slot: String(block.slot), ...(block.root && { root: block.root }) } }),
    ...(attestation && {
      attestation: {
        source: String(attestation.source),
        target: String(attestation.target),
        ...(attestation.root && { root: attestation.root }),
      },
    }),
  }
}

export interface ProtectionStore {
  /** The rows of these scopes, as far as there are any. */
  protection(scopes: readonly string[], deadline: Deadline): Promise<readonly ProtectionRow[]>
  /** All rows, in order of scope. */
  protections(
    after: string | undefined,
    limit: number,
    deadline: Deadline,
  ): Promise<{ readonly rows: readonly ProtectionRow[]; readonly next?: string }>
  /**
   * History of these scopes, or of all, page by page, stream by stream in the order it was written; what raises brought twice
   * is there twice. A call looks at so much and no more: a page may be short, or empty, and still have a `next`.
   */
  signedDuties(
    scopes: readonly string[] | undefined,
    after: string | undefined,
    limit: number,
    deadline: Deadline,
  ): Promise<{ readonly rows: readonly SignedDuty[]; readonly next?: string }>
  /**
   * Forgets history of scopes that end with `@<genesis validators root>`: blocks below `slot`, attestations with a target
   * below `epoch`, at most `limit` of them. Rows that decide stay. Answers how many it forgot.
   */
  forgetDuties(
    before: { readonly genesisValidatorsRoot: Hex; readonly slot: bigint; readonly epoch: bigint },
    limit: number,
    deadline: Deadline,
  ): Promise<number>
}

/** The scope of a validator's duties. */
export function protectionScope(publicKey: Hex, genesisValidatorsRoot: Hex): string {
  return `${publicKey.toLowerCase()}@${genesisValidatorsRoot.toLowerCase()}`
}

/** The public key a scope is about, in lower case. */
export function publicKeyIn(scope: string): Hex {
  const [publicKey = ''] = scope.split('@')
  return `0x${publicKey.slice(2)}`
}

/** A high watermark: nothing at or above it is signed. Kept as state, under the fence, for a whole network. */
export interface Ceiling {
  readonly slot?: string
  readonly epoch?: string
}
