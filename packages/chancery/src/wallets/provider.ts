/** A provider id names one wallet: whoever pays or books by it must not meet another user's. */
import type { Call } from '../core/call.ts'
import { Refused } from '../core/errors.ts'
import type { WalletRooms } from './rooms.ts'

/** Asked before a key is taken into use; the store's own index decides. @throws Refused `already-exists` */
export async function refuseProviderTaken(
  { store }: Pick<WalletRooms, 'store'>,
  provider: string,
  { deadline }: Call,
): Promise<void> {
  const [other] = await store.wallets({ provider }, { limit: 1 }, deadline)
  if (other !== undefined) throw providerTaken(provider)
}

/** Says nothing of the wallet that has it: whoever asks may not be allowed to see it. */
export function providerTaken(got: string | undefined): Refused {
  const hint = 'Two records with one provider id are two users of one key, or a mistake in one of them: look which'
  const particulars = { where: 'providerId', got: got ?? 'none', wanted: 'one that no other wallet has', hint }
  return new Refused('already-exists', 'Another wallet has this provider id', particulars)
}
