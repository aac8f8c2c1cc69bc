/** One request through the chain and the curve, as the flow does it. */
import { Address, type SuggestedParams } from 'algosdk'
import { concat } from '../../../src/base/bytes.ts'
import { type AlgorandIntent, createAlgorand } from '../../../src/chains/algorand/chain.ts'
import type { Chain, Signed, SignRequestBody } from '../../../src/core/chain.ts'
import type { Facts } from '../../../src/core/facts.ts'
import type { PublicKey } from '../../../src/core/key.ts'
import type { Network } from '../../../src/core/names.ts'
import type { Payload } from '../../../src/core/payload.ts'
import { ed25519 } from '../../../src/curves/ed25519.ts'
import { publicKeyOf, sign } from '../../../src/curves/ed25519/sign.ts'

// The first 32 characters of the genesis hashes in base64url.
export const testnet: Network = 'algorand:SGO1GKSzyE7IEPItTxCByw9x8FmnrCDe'
export const mainnet: Network = 'algorand:wGHE2Pwdvd7S12BL5FaOP20EGYesN73k'
export const testnetHash = bytesOf('SGO1GKSzyE7IEPItTxCByw9x8FmnrCDexi9/cOUJOiI=')
export const mainnetHash = bytesOf('wGHE2Pwdvd7S12BL5FaOP20EGYesN73ktiC1qzkkit8=')

export const algorand = createAlgorand({ networks: [{ network: testnet }, { network: mainnet }] })

export const params = {
  fee: 1_000n,
  minFee: 1_000n,
  flatFee: true,
  firstValid: 1_000n,
  lastValid: 2_000n,
  genesisHash: testnetHash,
  genesisID: 'testnet-v1.0',
} satisfies SuggestedParams

/** A key pair with everything either side calls it. */
export interface Pair {
  readonly seed: Uint8Array
  readonly publicKey: PublicKey
  readonly address: Address
  readonly text: string
  /** Seed and public key: the SDK's secret key. */
  readonly sk: Uint8Array
}

/** The same pair for the same number. */
export function pairOf(n: number): Pair {
  return pairOfSeed(new Uint8Array(32).fill(n))
}

export function pairOfSeed(seed: Uint8Array): Pair {
  const publicKey = ed25519.publicKey(publicKeyOf(seed))
  const address = new Address(publicKey.bytes)
  return { seed, publicKey, address, text: address.toString(), sk: concat(seed, publicKey.bytes) }
}

export function bytesOf(base64: string): Uint8Array {
  return Uint8Array.from(Buffer.from(base64, 'base64'))
}

export function base64(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('base64')
}

interface Run {
  readonly intent: AlgorandIntent
  readonly facts: Facts
  readonly payloads: readonly Payload[]
  readonly signed: Signed
}

type Request = Omit<SignRequestBody, 'publicKey'>

/** The network is testnet unless the request names another. */
export function signWith(chain: Chain<AlgorandIntent>, { seed, publicKey }: Pair, request: Request): Run {
  const intent = chain.parse({ network: testnet, ...request, publicKey })
  const payloads = chain.payloads(intent, 'key_test')
  const signatures = payloads.map(({ bytes, prehashed }) => {
    if (prehashed) throw new Error('Ed25519 signs whole messages')
    return ed25519.normalise({ encoding: 'compact', bytes: sign(seed, bytes) }, bytes, publicKey)
  })
  return { intent, facts: chain.facts(intent, publicKey), payloads, signed: chain.assemble(intent, signatures) }
}

/** What of a group came back signed, as bytes. */
export function signedOf({ result }: Signed): readonly (Uint8Array | null)[] {
  const { transactions } = result
  if (!Array.isArray(transactions)) throw new Error('no transactions')
  return transactions.map((text: unknown) => (typeof text === 'string' ? bytesOf(text) : null))
}
