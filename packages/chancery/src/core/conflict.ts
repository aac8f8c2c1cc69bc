/** What a store's "no" to an item means to whoever asked for the signature. */
import { isHex, type Hex } from '../base/bytes.ts'
import { isoTime } from '../base/clock.ts'
import type { GuardRow } from './claim.ts'
import { Refused } from './errors.ts'
import { periodOf } from './period.ts'
import type { ItemFault } from './store.ts'

type Conflict = Exclude<ItemFault, { readonly reason: 'idempotency' }>
type FaultOf<R extends ItemFault['reason']> = Extract<ItemFault, { readonly reason: R }>

export function conflict(fault: Conflict, now: number): Refused {
  switch (fault.reason) {
    case 'version':
      return new Refused('version-conflict', `${fault.what} changed in the meantime`)
    case 'wallet':
      return new Refused('already-exists', `Another wallet has this ${fault.taken} already`)
    case 'guard':
      return usedBefore(fault)
    case 'duty':
      return slashable(fault)
    case 'window':
      return limitReached(fault, now)
    case 'counted':
      return countedBefore(fault)
    case 'period':
      return otherPeriod(fault)
  }
}

function usedBefore({ row: { kind, scope, item, root }, held }: FaultOf<'guard'>): Refused {
  return new Refused('conflicts-with-earlier', `This ${kind} was used for something else`, {
    where: `${scope} ${kind} ${item}`,
    got: root,
    wanted: held,
    hint: `What was signed for this ${kind} stands: send that, or sign it again; the ${kind} is not given out twice`,
  })
}

/** The item that a guard's refusal is about; undefined where it is about something else. */
export function usedItem({ code, particulars: { where = '' } }: Refused, about: GuardRow['kind']): Hex | undefined {
  const [item, kind] = where.split(' ').toReversed()
  return code === 'conflicts-with-earlier' && kind === about && isHex(item) ? item : undefined
}

function slashable({ duty, held }: FaultOf<'duty'>): Refused {
  const { block, attestation } = held
  const signed = (duty.kind === 'block' ? block : attestation)?.root !== undefined
  const [got, wanted] =
    duty.kind === 'block'
      ? [`slot ${duty.slot}`, `a slot above ${block?.slot}`]
      : [
          `${duty.source} to ${duty.target}`,
          `a source from ${attestation?.source}, a target above ${attestation?.target}`,
        ]
  return new Refused('conflicts-with-earlier', `Slashing protection: this ${duty.kind} may contradict an earlier one`, {
    where: duty.kind,
    got,
    wanted,
    hint: signed ? 'Exactly what was signed last may be signed again; nothing else at or below it' : whereItBegins,
  })
}

/** The commonest refusal of a first hour, and nothing is wrong. */
const whereItBegins =
  'Nothing was signed there: the key begins above it since it came in or came back, or by a history or a watermark. ' +
  'Later duties are signed'

function limitReached({ row, used, limit, gap }: FaultOf<'window'>, now: number): Refused {
  const detail =
    gap === undefined
      ? 'A spending limit of this period is used up'
      : 'A spending limit of this period counts as used up, because history was lost in it'
  return new Refused('limit-reached', detail, {
    where: `${row.scope} ${row.period}`,
    got: String(used + row.amount),
    wanted: String(limit),
    retryAfter: untilEnd(row.period, now),
    ...(gap !== undefined && {
      hint: `A gap in the history was accepted at ${isoTime(gap)}: wait for the next period`,
    }),
  })
}

/** Seconds; the same request may come again then, for its claims are made anew. */
function untilEnd(period: string, now: number): number {
  return Math.max(1, Math.ceil(((periodOf(period)?.end ?? now) - now) / 1_000))
}

function countedBefore({ row, held }: FaultOf<'counted'>): Refused {
  return new Refused('conflicts-with-earlier', 'This counts against a limit already, with another amount', {
    where: `${row.scope} ${row.period}`,
    got: String(row.amount),
    wanted: String(held),
  })
}

function otherPeriod({ row, now }: FaultOf<'period'>): Refused {
  return new Refused('version-conflict', 'The period of a spending limit changed in the meantime', {
    where: row.scope,
    got: row.period,
    wanted: `a period that holds ${isoTime(now)}`,
    retryAfter: 1,
  })
}
