/** When a payment is judged, and since when its destination is known: by the store's clock, which noted it. */
import type { Deadline } from '../../base/deadline.ts'
import type { Store } from '../../core/store.ts'
import type { WalletPolicy } from '../../core/wallet-policy.ts'
import type { AskedPayment } from '../../core/wallet-policies.ts'
import { asksForDestination, destinationOf, type Moment } from './evaluate.ts'
import type { PolicyRooms } from './rooms.ts'

/** The store is asked only where a rule wants to know. */
export async function momentOf(
  { store, clock }: Pick<PolicyRooms, 'clock'> & { readonly store: Pick<Store, 'destinationSince' | 'time'> },
  policy: WalletPolicy,
  payment: AskedPayment,
  deadline: Deadline,
): Promise<Moment> {
  if (!asksForDestination(policy, payment)) return { now: clock.now() }
  const since = store.destinationSince(destinationOf(payment), deadline)
  const [destinationSince, now] = await Promise.all([since, store.time(deadline)])
  return { now, ...(destinationSince !== undefined && { destinationSince }) }
}
