/** What a sponsored group costs, and the transaction that pays it. */
import { Address, makePaymentTxnWithSuggestedParamsFromObject, type Transaction } from 'algosdk'
import { sha256, utf8 } from '../../base/bytes.ts'
import type { SponsorAsk } from '../../core/chain.ts'
import { Failed } from '../../core/errors.ts'
import { invalid } from '../../core/refusals.ts'
import { parseAddress } from './address.ts'

/** Bytes that a signature and its place add: go-algorand, data/transactions/signedtxn.go. */
const signatureSize = 75

/** MaxInnerTransactions, for each transaction of the largest group. */
const mostInner = 256

/** Fees are pooled: the sum over the group counts, inner transactions included. */
export function requiredFee(all: readonly Transaction[], { inner, fees }: SponsorAsk): bigint {
  if (!Number.isInteger(inner) || inner < 0 || inner > mostInner)
    throw invalid('innerTransactions', inner, `0 to ${mostInner}`)
  const each = all.map((transaction) =>
    larger(fees.minFee, fees.feePerByte * BigInt(transaction.toByte().length + signatureSize)),
  )
  return each.reduce((sum, fee) => sum + fee, BigInt(inner) * fees.minFee)
}

function larger(a: bigint, b: bigint): bigint {
  return a > b ? a : b
}

/** Pays itself nothing, or a user what its account has to hold, and the fee for all. */
export function feeTransaction(users: readonly Transaction[], ask: SponsorAsk): Transaction {
  const draft = build(users, ask, 0n)
  const given = users.reduce((sum, { fee }) => sum + fee, 0n)
  const needed = requiredFee([draft, ...users], ask) - given
  return build(users, ask, ask.fee ?? larger(needed, 0n))
}

function build(users: readonly Transaction[], ask: SponsorAsk, fee: bigint): Transaction {
  const { sponsor, topUp } = ask
  const [first] = users
  if (first?.genesisHash === undefined) throw new Failed('internal', 'A transaction without a genesis hash was read')
  const { genesisHash, genesisID } = first
  const rounds = commonRounds(users, ask)
  return makePaymentTxnWithSuggestedParamsFromObject({
    sender: sponsor,
    receiver: topUp ? Address.fromString(parseAddress(topUp.to, 'topUp.to')) : sponsor,
    amount: topUp?.amount ?? 0n,
    lease: leaseOf(users),
    suggestedParams: {
      fee,
      flatFee: true,
      minFee: 0n,
      ...rounds,
      genesisHash,
      ...(genesisID !== undefined && { genesisID }),
    },
  })
}

/** The same lease for the same user's transactions: of two groups around them, the ledger takes one. */
function leaseOf(users: readonly Transaction[]): Uint8Array {
  return sha256(utf8('chancery sponsor'), ...users.map((transaction) => transaction.rawTxID()))
}

/** Only while every transaction of the user is valid, and no longer than the sponsor allows. */
function commonRounds(users: readonly Transaction[], { terms }: SponsorAsk) {
  const firstValid = users.map((one) => one.firstValid).reduce((a, b) => (a > b ? a : b))
  const last = users.map((one) => one.lastValid).reduce((a, b) => (a < b ? a : b))
  if (last < firstValid)
    throw invalid('transactions', `${firstValid} to ${last}`, 'rounds in which all of them are valid')
  const lastValid = last - firstValid > terms.longestLife ? firstValid + terms.longestLife : last
  return { firstValid, lastValid }
}
