/** Groups as a user's wallet makes them, and what a sponsor is asked about them. */
import {
  assignGroupID,
  makeApplicationCallTxnFromObject,
  makeAssetTransferTxnWithSuggestedParamsFromObject,
  makePaymentTxnWithSuggestedParamsFromObject,
  OnApplicationComplete,
  type Address,
  type SuggestedParams,
  type Transaction,
} from 'algosdk'
import type { SponsorAsk, SponsoredGroup, SponsorTerms } from '../../../src/core/sponsoring.ts'
import { type Refusal, refusalOf } from '../refusal.ts'
import { algorand, base64, pairOf, params, testnet } from './signing.ts'

export const sponsor = pairOf(90)
export const alice = pairOf(91)
export const bob = pairOf(92)

export const sponsoring = algorand.sponsoring ?? expectSponsoring()

function expectSponsoring(): never {
  throw new Error('the chain pays for nobody')
}

export const terms: SponsorTerms = sponsoring.readTerms({
  perGroup: 20_000n,
  topUp: 100_000n,
  applications: [
    { id: '7', methods: ['swap(uint64)void', 'bare'] },
    { id: '8', methods: '*' },
  ],
  assets: ['31566704'],
  payments: true,
  rekeying: false,
  longestLife: 1_000n,
})

export function asked(value: unknown, more: Partial<SponsorAsk> = {}): SponsorAsk {
  const fees = { minFee: 1_000n, feePerByte: 0n }
  return { network: testnet, sponsor: sponsor.text, authority: sponsor.text, terms, value, inner: 0, fees, ...more }
}

export function prepare(transactions: readonly Transaction[], more: Partial<SponsorAsk> = {}): SponsoredGroup {
  return sponsoring.prepare(asked(transactions.map(text), more))
}

export function refused(transactions: readonly Transaction[], more: Partial<SponsorAsk> = {}): Refusal {
  return refusalOf(() => prepare(transactions, more))
}

export const text = (transaction: Transaction): string => base64(transaction.toByte())

type Fields = Omit<
  Parameters<typeof makePaymentTxnWithSuggestedParamsFromObject>[0],
  'suggestedParams' | 'sender' | 'receiver' | 'amount'
> & { readonly sender?: Address; readonly receiver?: Address; readonly amount?: bigint }

/** Alice pays Bob 5 and no fee, unless told otherwise. */
export function pay(fields: Fields = {}, suggested: Partial<SuggestedParams> = {}): Transaction {
  const { sender = alice.address, receiver = bob.address, amount = 5n, ...more } = fields
  const suggestedParams = { ...params, fee: 0n, ...suggested }
  return makePaymentTxnWithSuggestedParamsFromObject({ ...more, sender, receiver, amount, suggestedParams })
}

type TransferFields = Partial<
  Omit<Parameters<typeof makeAssetTransferTxnWithSuggestedParamsFromObject>[0], 'suggestedParams'>
>

export function transfer(fields: TransferFields = {}): Transaction {
  return makeAssetTransferTxnWithSuggestedParamsFromObject({
    sender: alice.address,
    receiver: bob.address,
    amount: 5n,
    assetIndex: 31566704n,
    ...fields,
    suggestedParams: { ...params, fee: 0n },
  })
}

type CallFields = Partial<Omit<Parameters<typeof makeApplicationCallTxnFromObject>[0], 'suggestedParams'>>

export function call(fields: CallFields = {}): Transaction {
  return makeApplicationCallTxnFromObject({
    sender: alice.address,
    appIndex: 8n,
    onComplete: OnApplicationComplete.NoOpOC,
    ...fields,
    suggestedParams: { ...params, fee: 0n },
  })
}

/** The sponsor's own as a careful user writes it: nothing to itself, 2,000 in fees, a lease. */
export function own(fields: Fields = {}, suggested: Partial<SuggestedParams> = {}): Transaction {
  const careful = { sender: sponsor.address, receiver: sponsor.address, amount: 0n, lease: new Uint8Array(32).fill(9) }
  return pay({ ...careful, ...fields }, { fee: 2_000n, ...suggested })
}

export function grouped(...transactions: Transaction[]): Transaction[] {
  return assignGroupID(transactions)
}
