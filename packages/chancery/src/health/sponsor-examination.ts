/** Whether sponsors have what they need: their keys, and enough to pay from. */
import type { Deadline } from '../base/deadline.ts'
import type { KeyRecord } from '../core/key.ts'
import type { Finding } from '../core/services.ts'
import type { Sponsor } from '../core/sponsoring.ts'
import type { Examination } from './doctor.ts'

export interface SponsorsExamined {
  readonly sponsors: readonly Sponsor[]
  findKey(name: string): KeyRecord | undefined
  /** Asks the nodes again. */
  look(deadline: Deadline): Promise<void>
  balances(): readonly { readonly sponsor: Sponsor; readonly balance: bigint }[]
}

export function sponsorExamination(parts: SponsorsExamined): Examination {
  return {
    name: 'sponsors',
    examine: async (deadline) => {
      if (parts.sponsors.length === 0) return []
      // What a node cannot tell is said of the node.
      await parts.look(deadline).catch(() => {})
      const seen = parts.balances()
      return parts.sponsors.map((sponsor) => findingOf(sponsor, parts.findKey(sponsor.key), balanceIn(seen, sponsor)))
    },
  }
}

function balanceIn(seen: ReturnType<SponsorsExamined['balances']>, { key, network }: Sponsor): bigint | undefined {
  return seen.find(({ sponsor }) => sponsor.key === key && sponsor.network === network)?.balance
}

function findingOf(sponsor: Sponsor, key: KeyRecord | undefined, balance: bigint | undefined): Finding {
  const { minimumBalance } = sponsor
  const subject = `sponsor ${sponsor.key} on ${sponsor.network}`
  if (key === undefined) {
    const advice = `Name a key of this service in sponsors, or make it: chancery algorand create --name ${sponsor.key}`
    return { subject, level: 'problem', got: 'no key of that name', advice }
  }
  if (key.state !== 'enabled' || key.frozen) {
    const got = key.frozen ? 'its key is frozen' : `its key is ${key.state}`
    return { subject, level: 'problem', got, advice: 'It pays for nobody until the key signs again' }
  }
  if (balance === undefined) return { subject, level: 'warning', got: 'no node told its balance' }
  if (balance > minimumBalance) return { subject, level: 'ok', got: `has ${balance}, keeps ${minimumBalance}` }
  const advice = 'It pays for nobody until it is funded'
  return { subject, level: 'problem', got: `has ${balance}, of which it keeps ${minimumBalance}`, advice }
}
