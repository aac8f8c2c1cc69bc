/** What the sponsor's terms allow, transaction by transaction. */
import { ABIMethod, OnApplicationComplete, type Transaction } from 'algosdk'
import { toHex } from '../../base/bytes.ts'
import type { SponsorAsk, SponsorTerms } from '../../core/sponsoring.ts'
import { Refused } from '../../core/errors.ts'
import { selectorOf } from './applications.ts'

/** Methods in one form, selectors: a signature such as `swap(uint64)void` is hashed. @throws RangeError */
export function readTerms(terms: SponsorTerms): SponsorTerms {
  return {
    ...terms,
    applications: terms.applications.map(({ id, methods }) => ({ id: existing(id), methods: selectorsOf(methods) })),
    assets: terms.assets.map(existing),
  }
}

/** A call of application 0 makes a new one. */
function existing(id: string): string {
  if (/^[1-9][0-9]{0,19}$/.test(id)) return id
  throw new RangeError(`${id} is not the number of an application or an asset`)
}

function selectorsOf(methods: readonly string[] | '*'): readonly string[] | '*' {
  return methods === '*' ? methods : methods.map(selector)
}

function selector(method: string): string {
  if (method === 'bare' || /^0x[0-9a-f]{8}$/.test(method)) return method
  try {
    return toHex(ABIMethod.fromSignature(method).getSelector())
  } catch {
    throw new RangeError(`${method} is no method: wanted a signature such as swap(uint64)void, a selector, or bare`)
  }
}

/** A user's transaction, and where it stood. */
export interface Placed {
  readonly transaction: Transaction
  readonly where: string
}

/** The sponsor's own, where the user put it into the group. Its fee is checked with the group's. @throws Refused */
export function checkOwn(own: Transaction, where: string, others: readonly Placed[], ask: SponsorAsk): void {
  const { payment, rekeyTo, lease, note, firstValid, lastValid } = own
  if (payment === undefined) throw refused(`${where}.type`, own.type, 'pay')
  if (rekeyTo) throw refused(`${where}.rekeyTo`, rekeyTo.toString(), 'nothing')
  const { closeRemainderTo, receiver, amount } = payment
  if (closeRemainderTo) throw refused(`${where}.closeRemainderTo`, closeRemainderTo.toString(), 'nothing')
  const users = others.map(senderOf)
  if (![ask.sponsor, ...users].includes(receiver.toString())) {
    throw refused(`${where}.receiver`, receiver.toString(), 'the sponsor, or a user of the group')
  }
  if (amount > ask.terms.topUp) throw refused(`${where}.amount`, String(amount), `at most ${ask.terms.topUp}`)
  if (note.length > 0) throw refused(`${where}.note`, `${note.length} bytes`, 'nothing: the sponsor states nothing')
  if (lease === undefined) throw refused(`${where}.lease`, 'none', 'a lease, so that it is paid once')
  const { longestLife } = ask.terms
  if (lastValid - firstValid > longestLife) {
    throw refused(`${where}.lastValid`, `${lastValid - firstValid} rounds`, `at most ${longestLife} after firstValid`)
  }
}

/** @throws Refused for a group that takes from the sponsor, or that it does not pay for */
export function checkOthers(others: readonly Placed[], ask: SponsorAsk): void {
  const { topUp, terms, inner } = ask
  for (const { transaction, where } of others) checkOther(transaction, where, ask)
  if (inner > 0 && !others.some(({ transaction }) => transaction.applicationCall)) {
    throw refused('innerTransactions', String(inner), '0: no application is called')
  }
  if (topUp === undefined) return
  if (topUp.amount > terms.topUp) throw refused('topUp.amount', String(topUp.amount), `at most ${terms.topUp}`)
  const users = others.map(senderOf)
  if (!users.includes(topUp.to)) throw refused('topUp.to', topUp.to, 'a user of the group')
}

function senderOf({ transaction }: Placed): string {
  return transaction.sender.toString()
}

function checkOther(transaction: Transaction, where: string, ask: SponsorAsk): void {
  const { sender, rekeyTo } = transaction
  const theirs = [ask.sponsor, ask.authority]
  if (theirs.includes(sender.toString()))
    throw refused(`${where}.sender`, sender.toString(), 'a user: one transaction alone is by the sponsor')
  if (rekeyTo && !ask.terms.rekeying) throw refused(`${where}.rekeyTo`, rekeyTo.toString(), 'nothing')
  const { payment, assetTransfer, applicationCall } = transaction
  if (payment) return checkPayment(where, ask)
  if (assetTransfer) return checkTransfer(assetTransfer, where, ask)
  if (applicationCall) return checkCall(applicationCall, where, ask)
  throw refused(`${where}.type`, transaction.type, 'pay, axfer or appl, as the terms say')
}

function checkPayment(where: string, { terms }: SponsorAsk): void {
  if (!terms.payments) throw refused(`${where}.type`, 'pay', 'what the terms name: payments are not')
}

type Transfer = NonNullable<Transaction['assetTransfer']>

function checkTransfer({ assetIndex, assetSender }: Transfer, where: string, { terms }: SponsorAsk): void {
  if (assetSender) throw refused(`${where}.assetSender`, assetSender.toString(), 'nothing: no clawback is paid for')
  if (terms.assets.includes(String(assetIndex))) return
  throw refused(`${where}.assetIndex`, String(assetIndex), `one of ${terms.assets.join(', ') || 'none'}`)
}

type Call = NonNullable<Transaction['applicationCall']>

/** What runs the application or joins and leaves it; not what changes, clears or deletes it. */
const completions: readonly OnApplicationComplete[] = [
  OnApplicationComplete.NoOpOC,
  OnApplicationComplete.OptInOC,
  OnApplicationComplete.CloseOutOC,
]

function checkCall(call: Call, where: string, { terms }: SponsorAsk): void {
  const application = terms.applications.find(({ id }) => id === String(call.appIndex))
  if (application === undefined) {
    const wanted = `one of ${terms.applications.map(({ id }) => id).join(', ') || 'none'}`
    throw refused(`${where}.appIndex`, String(call.appIndex), wanted)
  }
  if (!completions.includes(call.onComplete)) {
    throw refused(`${where}.onComplete`, OnApplicationComplete[call.onComplete] ?? 'unknown', 'NoOp, OptIn or CloseOut')
  }
  const { methods } = application
  const got = selectorOf(call)
  if (methods === '*' || methods.includes(got)) return
  throw refused(`${where}.appArgs[0]`, got, `one of ${methods.join(', ') || 'none'}`)
}

function refused(where: string, got: string, wanted: string): Refused {
  return new Refused('denied', 'The sponsor does not pay for this', { where, got, wanted })
}
