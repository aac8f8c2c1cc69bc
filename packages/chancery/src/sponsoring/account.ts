/** Which account a sponsor pays from: its key may sign for several. */
import { Refused } from '../core/errors.ts'
import type { KeyRecord } from '../core/key.ts'
import type { Sponsor } from '../core/sponsoring.ts'

/**
 * The one that is configured, or the only one there is to mean: that which was handed to the key, else its own.
 * @throws Refused `not-configured` where that is not clear: to pay from another account would be worse than not to pay
 */
export function accountOf({ account }: Sponsor, { accounts = [], address }: KeyRecord): string {
  const [handed, ...more] = accounts
  const only = more.length === 0 ? (handed ?? address) : undefined
  const meant = account ?? only
  const held = [...accounts, ...(address === undefined ? [] : [address])]
  if (meant !== undefined && held.includes(meant)) return meant
  const hint = 'Name one of them in the configuration: account'
  const particulars = { where: 'sponsors.account', got: account ?? 'none', wanted: `one of ${held.join(', ')}`, hint }
  throw new Refused('not-configured', "The sponsor's key does not sign for one account alone", particulars)
}
