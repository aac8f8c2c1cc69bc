/** Freezes of wallets, users and assets: records of their own, which whoever is about to pay looks up. */
import type { Deadline } from '../base/deadline.ts'
import { Refused } from '../core/errors.ts'
import type { AssetId, WalletId } from '../core/names.ts'
import { shown } from '../core/refusals.ts'
import type { FreezeTarget } from '../core/services.ts'
import type { ChangeRequest, Snapshot } from '../core/state.ts'
import { freezeId, type WalletFreeze } from '../core/wallet-policy.ts'

export interface PaymentFreezeRooms {
  /** Absent where there are no wallets. */
  hasWallet?(id: WalletId, deadline: Deadline): Promise<boolean>
  /** What is called so, or has this id; empty for what nobody knows here. */
  assetsNamed?(name: string): readonly AssetId[]
}

export type Action = 'freeze' | 'thaw'
type Target = Exclude<FreezeTarget, { everything: true } | { key: string } | { client: unknown }>

/**
 * A slip in a name must not pass for a freeze: what nobody knows here is refused. Users are known elsewhere, and any name is
 * taken for one.
 */
export async function freezeChange(
  rooms: PaymentFreezeRooms,
  { freezes }: Snapshot,
  what: Target,
  action: Action,
  deadline: Deadline,
): Promise<Omit<ChangeRequest, 'actor'>> {
  const named = await freezesNamed(rooms, what, deadline)
  const known = named.length > 0 ? named : asWritten(what)
  const ids = known.map(freezeId).filter((id) => freezes.has(id) || (action === 'freeze' && named.length > 0))
  if (ids.length === 0) throw unknown(what, action)
  const [kind = ''] = Object.keys(what)
  const value = { frozen: action === 'freeze' }
  const puts = ids.map((id) => ({ kind: 'freeze', id, value, expect: freezes.get(id)?.version ?? 0 }) as const)
  return { action: `${kind}.${action}`, about: { freezes: ids }, puts }
}

async function freezesNamed(
  rooms: PaymentFreezeRooms,
  what: Target,
  deadline: Deadline,
): Promise<readonly WalletFreeze[]> {
  if ('user' in what) return [what]
  if ('wallet' in what) return (await rooms.hasWallet?.(what.wallet, deadline)) === true ? [what] : []
  return (rooms.assetsNamed?.(what.asset) ?? []).map((asset) => ({ asset }))
}

/** What was frozen is thawed also when nobody knows it here any more. */
function asWritten(what: Target): readonly WalletFreeze[] {
  if (!('asset' in what)) return [what]
  return isAsset(what.asset) ? [{ asset: what.asset }] : []
}

function isAsset(text: string): text is AssetId {
  return /^[^/:]+:[^/:]+\/[^/:]+:.+$/.test(text)
}

function unknown(what: Target, action: Action): Refused {
  const [[kind, name] = ['', '']] = Object.entries(what)
  const detail = action === 'thaw' ? `This ${kind} is not frozen` : `There is no such ${kind}`
  return new Refused('not-found', detail, { where: kind, got: shown(name) })
}
