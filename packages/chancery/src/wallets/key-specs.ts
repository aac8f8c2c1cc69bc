/** Which kind of key an asset needs: composed from what its chain signs with and what the tier's back-end calls such keys. */
import type { KeyBackend } from '../core/backend.ts'
import type { Chain, KnownCoin } from '../core/chain.ts'
import { Refused } from '../core/errors.ts'
import type { Algorithm } from '../core/key.ts'
import type { CreateKmsKey, KeySpec, KeySpecQuestion } from '../core/wallets.ts'
import { formIn, formOf, isCalled, placeOf, placesOf } from './assets.ts'
import { knownCoin, type NamedCoin } from './known-coins.ts'
import type { WalletRooms } from './rooms.ts'
import { backendFor, tierOf } from './tiers.ts'

type Rooms = Pick<WalletRooms, 'chains' | 'backends' | 'settings'>

/** Keys of a coin are of one kind on all its networks, and of all coins of a family: none of them needs to be configured. */
export function getKeySpecForChain(rooms: Rooms, { asset, tier: asked, form: name }: KeySpecQuestion): KeySpec {
  const { chain, coin, hint } = coinCalled(rooms, asset)
  const form = formIn(coin, name)
  const tier = tierOf(rooms, asked ?? rooms.settings.tier ?? 'native')
  const backend = backendFor(rooms, tier, coin, form)
  const { algorithm } = form
  const keySpec = backend.keySpec?.(algorithm)
  return {
    family: chain.id,
    tier,
    backend: backend.name,
    algorithm,
    ...(keySpec && { keySpec }),
    ...(hint && { hint }),
  }
}

/** What the configuration calls so comes before what its chain knows. @throws Refused `not-supported` */
function coinCalled(rooms: Rooms, name: string): NamedCoin {
  const place = placesOf(rooms).find((one) => isCalled(one, name))
  const found =
    place === undefined ? knownCoin(rooms, name) : { chain: place.chain, coin: { otherNames: {}, ...place.native } }
  if (found !== undefined) return found
  const known = [...rooms.chains.values()].flatMap(namesIn)
  const hint = 'A chain is loaded where one of its networks is configured (networks, wallet)'
  const particulars = { where: 'asset', got: name, wanted: known.join(', ') || 'an asset of a configured chain', hint }
  throw new Refused('not-supported', 'No chain that is loaded here signs for this asset', particulars)
}

function namesIn({ collectiveName, knownCoins = [] }: Chain): readonly string[] {
  return [
    ...knownCoins.map(({ symbol }: KnownCoin) => symbol),
    ...(collectiveName === undefined ? [] : [collectiveName]),
  ]
}

/** Before there is a key: one of another kind than its caller counts on would be of no use. @throws Refused `not-supported` */
export function requireKeySpec(
  rooms: Rooms,
  { asset, network, tier, keySpec: got }: CreateKmsKey & Required<Pick<CreateKmsKey, 'tier'>>,
): void {
  if (got === undefined) return
  const place = placeOf(rooms, asset, network)
  const form = formOf(place, undefined)
  const names = namesOf(backendFor(rooms, tier, place.native, form), form.algorithm)
  if (names.some((name) => plain(name) === plain(got))) return
  const hint = `The asset and the tier decide it: leave keySpec out, or ask GET /v1/key-specs/${place.symbol} first`
  const particulars = { where: 'keySpec', got, wanted: names.join(' or '), hint }
  throw new Refused('not-supported', `Keys of ${place.symbol} in the tier ${tier} are of another kind`, particulars)
}

function namesOf(backend: KeyBackend, algorithm: Algorithm): readonly string[] {
  const own = backend.keySpec?.(algorithm)
  return own === undefined ? [algorithm] : [own, algorithm]
}

/** Libraries spell AWS's names in two ways: ECC_SECG_P256K1, and in Java ECC_SECG_P256_K1. */
function plain(name: string): string {
  return name.toUpperCase().replaceAll(/[^A-Z0-9]/g, '')
}
