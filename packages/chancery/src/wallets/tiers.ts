/** Where the key of a wallet lives, by tier: the one table of it. What each means is in docs/wallets.md. */
import type { AddressForm, NativeAsset } from '../core/chain.ts'
import type { KeyBackend } from '../core/backend.ts'
import { canKeepTrees } from '../core/backend.ts'
import { Refused } from '../core/errors.ts'
import type { Tier } from '../core/wallet-store.ts'
import { tiers } from '../core/wallets.ts'
import { hasPublicChildren } from '../curves/bip32.ts'
import type { WalletRooms } from './rooms.ts'

const backendNames: Readonly<Record<Tier, string>> = {
  native: 'aws-kms',
  datakey: 'aws-data-key',
  hd: 'sealed',
  sealed: 'sealed',
}

type Rooms = Pick<WalletRooms, 'backends' | 'settings'>

/** @throws Refused `invalid-request` where neither the request nor the configuration names one */
export function tierOf({ settings }: Rooms, asked: Tier | undefined): Tier {
  const tier = asked ?? settings.tier
  if (tier !== undefined) return tier
  const hint = 'Each tier costs and risks something else: choose one here, or for all with the setting wallet.tier'
  const particulars = { where: 'tier', got: 'none', wanted: tiers.join(', '), hint }
  throw new Refused('invalid-request', 'The wallet names no tier', particulars)
}

type Form = Pick<AddressForm, 'name' | 'algorithm'>

/** @throws Refused `not-supported` where the tier's back-end is not configured, or does not sign for such addresses */
export function backendFor(
  { backends }: Rooms,
  tier: Tier,
  { symbol }: Pick<NativeAsset, 'symbol'>,
  form: Form,
): KeyBackend {
  const name = backendNames[tier]
  const backend = backends.get(name)
  if (backend === undefined) throw noBackend(tier, name, [...backends.keys()])
  if (signsFor(backend, tier, form)) return backend
  const able = tiers.filter((other) => signsFor(backends.get(backendNames[other]), other, form)).join(', ')
  const particulars = { where: 'tier', got: tier, wanted: able || 'a tier whose back-end is configured' }
  throw new Refused('not-supported', `${name} does not sign for ${form.name} addresses of ${symbol}`, particulars)
}

function signsFor(backend: KeyBackend | undefined, tier: Tier, { algorithm }: Form): boolean {
  const signs = backend?.algorithms.some((one) => one.algorithm === algorithm) ?? false
  if (tier !== 'hd' || backend === undefined) return signs
  return signs && canKeepTrees(backend) && hasPublicChildren(algorithm)
}

function noBackend(tier: Tier, name: string, configured: readonly string[]): Refused {
  const able = tiers.filter((one) => configured.includes(backendNames[one])).join(', ')
  const hint = `Add ${name} to the setting backends`
  return new Refused('not-supported', `The tier ${tier} needs the key back-end ${name}, which is not configured`, {
    where: 'tier',
    got: tier,
    wanted: able || 'a tier whose back-end is configured',
    hint,
  })
}
