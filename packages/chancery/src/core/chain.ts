/** What a chain means: from a request to an intent, its facts, the bytes to sign, and the finished thing. All pure. */
import type { Json, JsonObject } from '../base/json.ts'
import type { ChainAccounts } from './accounts.ts'
import type { ChainCoins } from './coins.ts'
import type { Facts } from './facts.ts'
import type { Algorithm, PublicKey } from './key.ts'
import type { AssetId, ChainId, KeyId, Network, SignOperation } from './names.ts'
import type { OwnScripts } from './own-scripts.ts'
import type { Payload, Signature } from './payload.ts'
import type { Rules } from './rules.ts'
import type { ChainSponsoring } from './sponsoring.ts'
import type { BeaconNetwork } from './validators.ts'
import type { Words } from './words.ts'

/** What a request says, decoded once and strictly. A chain's own intents add fields that only it reads. */
export interface Intent {
  readonly chain: ChainId
  readonly operation: SignOperation
  /** Absent only for a raw digest, which belongs to no network. */
  readonly network?: Network
  /** What people read and the register keeps: complete, in the chain's own words, amounts as decimal strings. */
  readonly summary: JsonObject
}

/** One thing a chain signs: the member of the request body that carries it, and that member's shape. */
export interface SignSchema {
  readonly operation: SignOperation
  /** `transaction`, `message`, `typedData`, `authorization` or `digest`. */
  readonly field: string
  /** JSON Schema, closed (`additionalProperties: false`). */
  readonly schema: JsonObject
  /** Where one field carries several kinds of things: the operation that a value asks for. @throws Refused */
  readonly operationOf?: (value: unknown) => SignOperation
  /** One full value of `schema`, run by a test. */
  readonly example: Json
}

export interface SignRequestBody {
  readonly operation: SignOperation
  readonly network?: Network
  /** The value of the schema's field, of the right shape but not yet believed. */
  readonly value: unknown
  /** The key's public key: a `from` in the value must be its address. */
  readonly publicKey: PublicKey
  /** Accounts besides the key's own address that it signs for without being told to. */
  readonly accounts?: readonly string[]
  /** What a wallet's record says is its own beside the key's address. Never the caller's word (safety rule 19). */
  readonly own?: OwnScripts
}

/** How an address of a chain can be made from a public key. */
export interface AddressForm {
  /** Such as `p2wpkh`. */
  readonly name: string
  /** The BIP-43 purpose of paths to such addresses: 44, 49, 84, 86. */
  readonly purpose: number
  readonly algorithm: Algorithm
  /** What a reading of such an address can tell where that is less: `p2sh`, whatever script is behind the hash. */
  readonly readsAs?: string
}

/** The coin of a network, as people ask for it. */
export interface NativeAsset {
  /** Such as `BTC`. */
  readonly symbol: string
  readonly network: Network
  /** What people call the network: `mainnet`, `testnet`, `sepolia`. Unique for one symbol. */
  readonly networkName: string
  readonly asset: AssetId
  readonly decimals: number
  /** SLIP-44, for BIP-44 paths. */
  readonly coinType: number
  /** The first is what a wallet gets where nothing else is asked for. */
  readonly forms: readonly AddressForm[]
}

/** A coin that a chain knows, whether or not one of its networks is configured. */
export interface KnownCoin {
  /** Such as `POL`. */
  readonly symbol: string
  /** What it, or its network, is or was called by others, in capitals, and what there is to know about that name. */
  readonly otherNames: Readonly<Record<string, string>>
  /** The first is usual. */
  readonly forms: readonly Pick<AddressForm, 'name' | 'algorithm'>[]
}

/** What an independent reading of an address says: by other code than made it. */
export type AddressReading =
  | { readonly valid: true; readonly form: string }
  | { readonly valid: false; readonly reason: string }

/** What a signed intent looks like: JSON for the caller. `hash` is the chain's own id of a transaction. */
export interface Signed {
  readonly result: JsonObject
  readonly raw?: Uint8Array
  readonly hash?: string
  /** Where a request holds several transactions: each as it was signed, undefined where the key signed none of it. */
  readonly parts?: readonly (Uint8Array | undefined)[]
}

/** A signed transaction taken apart. */
export interface SignedElsewhere {
  /** Asks for the same transaction: `SignRequestBody.value`. */
  readonly value: JsonObject
  /** r and s, or as the algorithm has it: in the order of the transaction's payloads. */
  readonly signatures: readonly Uint8Array[]
}

export interface Chain<I extends Intent = Intent> {
  readonly id: ChainId
  readonly algorithms: readonly Algorithm[]
  readonly schemas: readonly SignSchema[]
  /** Networks this instance was configured for. */
  readonly networks: readonly Network[]
  /** @throws Refused with where, got and wanted; an unknown or non-canonical field is refused, never dropped. */
  parse(request: SignRequestBody): I
  facts(intent: I, publicKey: PublicKey): Facts
  payloads(intent: I, key: KeyId): readonly Payload[]
  /** The address of a public key in the chain's one text form. */
  address(publicKey: PublicKey, network?: Network, form?: string): string
  /** The one text form of an address somebody typed. @throws Refused */
  parseAddress(text: string, where: string, network?: Network): string
  /** Reads an address anew, with other code than `address` makes it with, and says what is wrong with it. Never throws. */
  readAddress?(text: string, network: Network): AddressReading
  /** Its payloads name no network, and mean the same on several: a key that signs them is bound to one when it is made. */
  readonly bindsKeys?: true
  /** The coins of the configured networks; absent where the chain has no wallets. */
  readonly natives?: readonly NativeAsset[]
  /** What others call all its coins together: `UTXO`. The first known coin stands for them. */
  readonly collectiveName?: string
  readonly knownCoins?: readonly KnownCoin[]
  /** What `relay` sends to pay somebody, on chains whose transactions have nonces. @throws Refused for an asset it cannot move */
  transfer?(asset: AssetId, to: string, amount: bigint): JsonObject
  /** The configured assets beside them, in the one text form that facts use. */
  readonly tokens?: readonly AssetId[]
  /** Chains whose accounts are sets of coins. */
  readonly coins?: ChainCoins
  /** The same of what calls are made to, where that is not an address. */
  parseContract?(text: string, where: string): string
  assemble(intent: I, signatures: readonly Signature[]): Signed
  /**
   * A transaction as another signer left it, read strictly; absent where signed transactions are not read. `previous` are the
   * whole transactions whose outputs it spends, on a chain of coins; others may be among them.
   * @throws Refused; `invalid-request` for what is wrong with `previous`, which says nothing of the signer
   */
  readSigned?(raw: Uint8Array, network: Network, previous: readonly Uint8Array[]): SignedElsewhere
  /** What a key may do until somebody puts rules for it; absent: nothing. */
  readonly usualRules?: Rules
  /** Chains whose accounts can be handed to another key. */
  readonly accounts?: ChainAccounts
  readonly sponsoring?: ChainSponsoring
  /** The configured networks of validators; absent where a chain has no validators' duties. */
  readonly beacon?: readonly BeaconNetwork[]
  /** What is signed for a validator's exit; undefined where the network's forks are not known. */
  exitValue?(network: Network, exit: AskedExit): unknown
  /** What people call a network, such as `testnet`; absent: its CAIP-2 reference. */
  networkName?(network: Network): string
  /** How people write its private keys down; absent where a chain has no words. */
  readonly words?: Words
}

/** What an exit says, and the present epoch: the chain checks it by the fork of the day it arrives. */
export interface AskedExit {
  readonly epoch: bigint
  readonly validatorIndex: bigint
  readonly now: bigint
}
