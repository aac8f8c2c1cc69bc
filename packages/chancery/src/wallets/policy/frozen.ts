/** Freezes of wallets, users and assets: what is frozen pays nothing, whatever the policy says; nor what pays from elsewhere. */
import { Refused } from '../../core/errors.ts'
import type { AssetId, WalletId } from '../../core/names.ts'
import type { Snapshot } from '../../core/state.ts'
import { elsewhereId, freezeId } from '../../core/wallet-policy.ts'

export interface Owned {
  readonly wallet: WalletId
  readonly user: string
  readonly asset: AssetId
}

const whoFroze = { hint: 'Who did and why: chancery audit tail. To go on: chancery thaw' }

type Freezes = Pick<Snapshot, 'halted' | 'freezes'>

/** @throws Refused `frozen`, with what is frozen in `where`; `wallet-state` for a wallet that pays from elsewhere */
export function refuseFrozen(snapshot: Freezes, about: Owned): void {
  if (snapshot.halted) throw new Refused('frozen', 'All signing is frozen', whoFroze)
  const where = frozenBy(snapshot, about)
  if (where !== undefined)
    throw new Refused('frozen', 'This wallet, its user or its asset is frozen', { where, ...whoFroze })
  if (paysElsewhere(snapshot, about.wallet)) throw elsewhere()
}

/** Why a payment from it is not accepted now, by the id of the record; a halt of everything apart. */
export function heldBy(snapshot: Pick<Freezes, 'freezes'>, about: Owned): string | undefined {
  return frozenBy(snapshot, about) ?? (paysElsewhere(snapshot, about.wallet) ? elsewhereId(about.wallet) : undefined)
}

/** Whether an old signer pays from it, and nothing here does. */
export function paysElsewhere({ freezes }: Pick<Freezes, 'freezes'>, wallet: WalletId): boolean {
  return freezes.get(elsewhereId(wallet))?.value.frozen === true
}

/** A definite end of the request: nothing of it is under way here, and the old signer may have it. */
export function elsewhere(): Refused {
  const hint = 'Ask the old signer. To have it pay from here: chancery wallets migrate cut-over'
  return new Refused('wallet-state', 'This wallet pays from elsewhere, not from here', {
    got: 'elsewhere',
    wanted: 'here',
    hint,
  })
}

/** Which freeze holds the wallet, by its id; a halt of everything apart. */
export function frozenBy({ freezes }: Pick<Freezes, 'freezes'>, { wallet, user, asset }: Owned): string | undefined {
  const ids = [freezeId({ wallet }), freezeId({ user }), freezeId({ asset })]
  return ids.find((id) => freezes.get(id)?.value.frozen === true)
}
