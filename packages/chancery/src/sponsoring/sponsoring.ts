/** Fees paid for others, within what each sponsor gives. */
import type { Deadline } from '../base/deadline.ts'
import type { Sponsoring, Sponsor } from '../core/sponsoring.ts'
import { accountOf } from './account.ts'
import { createPauses } from './pause.ts'
import { createPurse } from './purse.ts'
import type { SponsoringRooms } from './rooms.ts'
import { sponsor } from './sponsor.ts'

export interface RunningSponsoring extends Sponsoring {
  /** Looks at what every sponsor has, for whoever watches. */
  look(deadline: Deadline): Promise<void>
  balances(): readonly { readonly sponsor: Sponsor; readonly balance: bigint }[]
}

/** @throws RangeError for terms that name a method nobody can read, and for a simulation that no node could run */
export function createSponsoring(given: SponsoringRooms): RunningSponsoring {
  const rooms = { ...given, sponsors: given.sponsors.map((one) => readSponsor(one, given)) }
  const purse = createPurse(rooms.clock)
  const counter = { purse, pauses: createPauses(rooms.clock) }
  const look = async (one: Sponsor, deadline: Deadline) => {
    const key = rooms.state.current().findKey(one.key)
    const node = rooms.ledgers.get(one.network)
    if (node && key) await purse.look(one, accountOf(one, key), node, deadline)
  }
  return {
    sponsor: (request, call) => sponsor(rooms, counter, request, call),
    look: async (deadline) => {
      // One whose node is away hides none of the others.
      const looks = await Promise.allSettled(rooms.sponsors.map((one) => look(one, deadline)))
      for (const one of looks) if (one.status === 'rejected') throw one.reason
    },
    balances: () =>
      rooms.sponsors.flatMap((one) => {
        const balance = purse.seen(one)
        return balance === undefined ? [] : [{ sponsor: one, balance }]
      }),
  }
}

/** The chain of the network reads the terms once, at start: a slip in them is found there. */
function readSponsor(sponsor: Sponsor, { chains, ledgers }: SponsoringRooms): Sponsor {
  if (sponsor.simulate && !ledgers.has(sponsor.network)) {
    throw new RangeError(`sponsor ${sponsor.key} simulates: give ${sponsor.network} an rpc, or say simulate: false`)
  }
  const chain = [...chains.values()].find(({ networks }) => networks.includes(sponsor.network))
  if (chain?.sponsoring) return { ...sponsor, terms: chain.sponsoring.readTerms(sponsor.terms) }
  throw new RangeError(`no chain of this build pays fees for others on ${sponsor.network}`)
}
