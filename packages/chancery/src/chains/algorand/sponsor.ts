/**
 * Paying a user's fees: the sponsor adds one transaction to the group, or finds it there, and signs that one alone. What
 * could cost it more than its fee is refused here, before anything is claimed.
 */
import { assignGroupID, type Transaction } from 'algosdk'
import { toHex } from '../../base/bytes.ts'
import type { SponsorAsk, SponsoredGroup, ChainSponsoring } from '../../core/sponsoring.ts'
import { Failed } from '../../core/errors.ts'
import { invalid } from '../../core/refusals.ts'
import { noRules } from '../../core/rules.ts'
import { base64 } from './base64.ts'
import { nativeAsset } from './facts.ts'
import { strayOf } from './group-id.ts'
import { largestGroup } from './group.ts'
import { readList } from './shape.ts'
import { checkFee, checkRounds, feeTransaction } from './sponsor-fee.ts'
import { checkOthers, checkOwn, type Placed, readTerms } from './sponsor-terms.ts'
import { readEither, type Submitted, unsignedForm } from './submitted.ts'

export const sponsoring: ChainSponsoring = { prepare, readTerms }

function prepare(ask: SponsorAsk): SponsoredGroup {
  const items = readList(ask.value, 'transactions')
  checkCount(items.length, 1, largestGroup)
  const submitted = items.map((item, i) => readEither(item, `transactions[${i}]`, ask.network))
  const own = submitted.findIndex(({ transaction }) => transaction.sender.toString() === ask.sponsor)
  return own === -1 ? completed(ask, submitted) : checked(ask, submitted, own)
}

/** The group is not one yet: the sponsor's transaction goes in front, so that what belongs together stays together. */
function completed(ask: SponsorAsk, submitted: readonly Submitted[]): SponsoredGroup {
  checkCount(submitted.length, 1, largestGroup - 1)
  const fixed = submitted.findIndex(
    ({ transaction, signed }) => transaction.group !== undefined || signed !== undefined,
  )
  if (fixed !== -1) {
    const wanted = `an unsigned transaction without a group; or a group that has one of ${ask.sponsor}`
    throw invalid(`transactions[${fixed}]`, 'a transaction that is signed or in a group', wanted)
  }
  const users = submitted.map(({ transaction }) => transaction)
  checkOthers(users.map(placed), ask)
  const group = assignGroupID([feeTransaction(users, ask), ...users])
  const whole = group.map((transaction) => ({ transaction }))
  return sponsored(ask, 0, whole, 'fee')
}

/** The sponsor's transaction was put there by the user: nothing of it is taken on trust. */
function checked(ask: SponsorAsk, submitted: readonly Submitted[], index: number): SponsoredGroup {
  checkCount(submitted.length, 2, largestGroup)
  checkNothingToAdd(ask)
  const all = submitted.map(({ transaction }) => transaction)
  checkGroup(all)
  const others = all.map(placed).filter((_, i) => i !== index)
  checkOthers(others, ask)
  const where = `transactions[${index}]`
  const [own] = submitted.slice(index, index + 1)
  if (own === undefined || (own.signed !== undefined && own.signed.by !== ask.authority)) {
    throw invalid(where, 'signed by another key', `the sponsor's own, unsigned or as ${ask.authority} signed it`)
  }
  checkOwn(own.transaction, where, others, ask)
  return sponsored(ask, index, submitted, `${where}.fee`)
}

/** It would be dropped without a word: the sponsor's transaction says both already. */
function checkNothingToAdd({ fee, topUp }: SponsorAsk): void {
  const given = fee === undefined ? topUp && 'topUp' : 'fee'
  if (given) throw invalid(given, 'beside a transaction of the sponsor', 'nothing: its own fee and amount count')
}

/** Refusals name the place in what was sent. */
function placed(transaction: Transaction, index: number): Placed {
  return { transaction, where: `transactions[${index}]` }
}

function checkCount(count: number, least: number, most: number): void {
  if (count < least || count > most) throw invalid('transactions', `${count} transactions`, `${least} to ${most}`)
}

/** Over all of them: a group that is shown in part may do anything in the rest. */
function checkGroup(all: readonly Transaction[]): void {
  const stray = strayOf(all)
  if (stray === undefined) return
  const { index, got, wanted } = stray
  throw invalid(`transactions[${index}].group`, got, `${wanted}, the group of what was sent`)
}

function sponsored(ask: SponsorAsk, index: number, submitted: readonly Submitted[], feeAt: string): SponsoredGroup {
  const all = submitted.map(({ transaction }) => transaction)
  const own = all[index]
  if (own?.group === undefined || own.payment === undefined) throw new Failed('internal', 'The group lost its sponsor')
  checkRounds(own, ask)
  checkFee(own, all, feeAt, ask)
  const { amount, receiver } = own.payment
  return {
    group: toHex(own.group),
    ids: all.map((transaction) => transaction.txID()),
    index,
    others: submitted.flatMap((one, i) => (i === index ? [] : [asSubmitted(one)])),
    transactions: all.map((transaction, i) => ({
      txn: base64(transaction.toByte()),
      ...(i === index ? { authAddr: ask.authority } : { signers: [] }),
    })),
    rules: {
      ...noRules,
      operations: ['sign:transaction'],
      networks: [ask.network],
      recipients: [receiver.toString()],
      maximums: { [nativeAsset(ask.network)]: String(amount) },
      fees: { [ask.network]: String(own.fee) },
    },
    fee: own.fee,
    topUp: amount,
    users: [...new Set(all.flatMap(({ sender }, i) => (i === index ? [] : [sender.toString()])))],
    lastValid: own.lastValid,
    unsigned: submitted.map(({ transaction, signed }) => signed?.raw ?? unsignedForm(transaction)),
  }
}

function asSubmitted({ transaction, signed }: Submitted) {
  return { raw: signed?.raw ?? transaction.toByte(), ...(signed?.by && { signedBy: signed.by }) }
}
