/** What a sponsor has: looked at before it pays, and now and then for whoever watches. */
import type { Clock } from '../base/clock.ts'
import type { Deadline } from '../base/deadline.ts'
import { Refused } from '../core/errors.ts'
import type { LedgerNode } from '../core/node.ts'
import type { Sponsor } from '../core/sponsoring.ts'

export interface Purse {
  /** The last balance seen; undefined before the first look, and when nobody could look for long: an old one calms too much. */
  seen(sponsor: Sponsor): bigint | undefined
  look(sponsor: Sponsor, account: string, node: LedgerNode, deadline: Deadline): Promise<bigint>
  /** @throws Refused `limit-reached` while paying `cost` would leave less than the minimum */
  requireRoom(sponsor: Sponsor, account: string, cost: bigint, node: LedgerNode, deadline: Deadline): Promise<void>
}

/** A balance is as fresh as the last round; milliseconds. */
const fresh = 3_000
/** What is looked at each minute and was not seen for so long is not known; milliseconds. */
const stale = 600_000

export function createPurse(clock: Clock): Purse {
  const looks = new Map<Sponsor, { readonly balance: bigint; readonly at: number }>()
  const look: Purse['look'] = async (sponsor, account, node, deadline) => {
    const { balance } = await node.account(account, deadline)
    looks.set(sponsor, { balance, at: clock.monotonic() })
    return balance
  }
  const within = (age: number, sponsor: Sponsor): bigint | undefined => {
    const last = looks.get(sponsor)
    return last && clock.monotonic() - last.at < age ? last.balance : undefined
  }
  return {
    look,
    seen: (sponsor) => within(stale, sponsor),
    requireRoom: async (sponsor, account, cost, node, deadline) => {
      const enough = (balance: bigint) => balance - cost >= sponsor.minimumBalance
      const last = within(fresh, sponsor)
      if (last !== undefined && enough(last)) return
      const balance = await look(sponsor, account, node, deadline)
      if (enough(balance)) return
      throw new Refused('limit-reached', 'The sponsor has no more to give', {
        got: String(balance),
        wanted: `at least ${sponsor.minimumBalance + cost}`,
        hint: 'Fund the sponsor; it pays again by itself',
      })
    },
  }
}
