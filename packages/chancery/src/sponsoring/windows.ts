/** What a sponsored group counts against: the day of the sponsor, and the day of everyone who takes part. */
import type { Clock } from '../base/clock.ts'
import type { Sponsor, SponsoredGroup } from '../core/sponsoring.ts'
import type { WindowClaim } from '../core/claim.ts'
import { dayOf } from '../core/period.ts'

/** By the group's id: however often it is asked for, it counts once. */
export function windowsOf(
  sponsor: Sponsor,
  account: string,
  { group, fee, topUp, users }: SponsoredGroup,
  clock: Clock,
): readonly WindowClaim[] {
  const common = { kind: 'window', period: dayOf(clock.now()), root: group } as const
  const cost = fee + topUp
  const scope = `sponsor ${sponsor.network} ${account}`
  const each = users.flatMap((user): readonly WindowClaim[] => [
    { ...common, scope: `${scope} fees ${user}`, amount: cost, limit: sponsor.perSenderDay },
    { ...common, scope: `${scope} groups ${user}`, amount: 1n, limit: BigInt(sponsor.groupsPerSenderDay) },
  ])
  return [{ ...common, scope: `${scope} fees`, amount: cost, limit: sponsor.perDay }, ...each]
}
