/** What a sponsored group costs, and the transaction that pays it. */
import {
  Address,
  assignGroupID,
  decodeUnsignedTransaction,
  makePaymentTxnWithSuggestedParamsFromObject,
  type Transaction,
} from 'algosdk'
import { sha256, utf8 } from '../../base/bytes.ts'
import type { SponsorAsk } from '../../core/sponsoring.ts'
import { Failed, Refused } from '../../core/errors.ts'
import { invalid } from '../../core/refusals.ts'
import { parseAddress } from './address.ts'

/** Bytes that a signature and its place add: go-algorand, data/transactions/signedtxn.go. */
const signatureSize = 75

/** MaxInnerTransactions, for each transaction of the largest group. */
const mostInner = 256

/** Fees are pooled: the sum over the group counts, inner transactions included. */
function requiredFee(all: readonly Transaction[], { inner, fees }: SponsorAsk): bigint {
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

/** The sponsor pays at most this many times what the group needs: a wallet may have seen another, dearer round. */
const slack = 2n

/** The longest a fee is in MessagePack, so that what is reckoned for each byte is never short. */
const longestFee = (1n << 63n) - 1n

/** Pays itself nothing, or a user what its account has to hold, and the fee for all. */
export function feeTransaction(users: readonly Transaction[], ask: SponsorAsk): Transaction {
  if (ask.fee !== undefined) requireWithin(ask.fee, 'fee', ask)
  const needed = requiredFee(inGroup([build(users, ask, longestFee), ...users]), ask) - feesOf(users)
  return build(users, ask, ask.fee ?? larger(needed, 0n))
}

/** As they will stand: the group's id makes each longer. Decoded again, because to group them is to change them. */
function inGroup(all: readonly Transaction[]): readonly Transaction[] {
  return assignGroupID(all.map((transaction) => decodeUnsignedTransaction(transaction.toByte())))
}

function feesOf(all: readonly Transaction[]): bigint {
  return all.reduce((sum, { fee }) => sum + fee, 0n)
}

/** Enough for the whole group, not much more than that, and no more than the sponsor gives for one. @throws Refused */
export function checkFee(own: Transaction, all: readonly Transaction[], where: string, ask: SponsorAsk): void {
  const given = feesOf(all)
  const needed = requiredFee(all, ask)
  if (given < needed) {
    const wanted = `at least ${needed}, for ${all.length} transactions and ${ask.inner} inner ones`
    throw invalid(where, `${given} for the whole group`, wanted)
  }
  requireWithin(own.fee + (own.payment?.amount ?? 0n), where, ask)
  const most = larger(slack * needed - (given - own.fee), 0n)
  if (own.fee <= most) return
  const wanted = `at most ${most}, twice what the group needs`
  const hint = 'Say in innerTransactions how many more the called applications will send'
  throw new Refused('denied', 'The sponsor pays what a group needs', { where, got: String(own.fee), wanted, hint })
}

function requireWithin(cost: bigint, where: string, { terms }: SponsorAsk): void {
  if (cost <= terms.perGroup) return
  const particulars = { where, got: String(cost), wanted: `at most ${terms.perGroup}` }
  throw new Refused('denied', 'The sponsor does not pay as much for one group', particulars)
}

/**
 * A window counts the day something is signed on: what could be sent on a later one would add up there.
 * @throws Refused for what is over, and for what begins later than what is signed now may last
 */
export function checkRounds({ firstValid, lastValid }: Transaction, { round, terms }: SponsorAsk): void {
  if (round === undefined || (lastValid >= round && firstValid <= round + terms.longestLife)) return
  const wanted = `rounds that end at ${round} or later and begin at ${round + terms.longestLife} or before`
  throw invalid('transactions', `${firstValid} to ${lastValid}`, wanted)
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
