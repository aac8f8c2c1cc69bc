/** A policy as somebody wrote it, made into the one form that payments are compared with: text against text. */
import { didYouMean } from '../../base/nearest.ts'
import { invalidRequest, Refused } from '../../core/errors.ts'
import { isNetwork, type AssetId, type Network } from '../../core/names.ts'
import { shown } from '../../core/refusals.ts'
import type { WalletPolicy, WalletRule, WalletWindow } from '../../core/wallet-policy.ts'
import { tiers } from '../../core/wallets.ts'
import { placesOf } from '../assets.ts'
import type { WalletRooms } from '../rooms.ts'

type PolicyParts = Pick<WalletRooms, 'chains' | 'settings'>

/**
 * Its shape was looked at where it came in; here, what it means. Addresses come back in their chain's text form.
 * @throws Refused `invalid-request`, `unknown-network`, `not-supported` (an asset), and what a chain says of an address
 */
export function readPolicy(parts: PolicyParts, { rules, treasury, sweepFees }: WalletPolicy): WalletPolicy {
  const read = rules.map((rule, i) => readRule(parts, rule, `rules[${i}]`))
  requireEachOnce(
    read.map(({ name }) => name),
    (i) => `rules[${i}].name`,
  )
  return {
    rules: read,
    treasury: perNetwork(parts, treasury, 'treasury', (texts, network, where) =>
      readAddresses(parts, texts, network, where),
    ),
    sweepFees: perNetwork(parts, sweepFees, 'sweepFees', (fee, _, where) => readAmount(fee, where)),
  }
}

function readRule(parts: PolicyParts, rule: WalletRule, where: string): WalletRule {
  const { recipients, denied, tiers: some, users, windows, newDestinationHours } = rule
  const network = networkOfAsset(parts, rule.asset, `${where}.asset`)
  const addresses = (texts: readonly string[], member: string) =>
    readAddresses(parts, texts, network, `${where}.${member}`)
  return {
    name: readName(rule.name, `${where}.name`),
    asset: rule.asset,
    ...(some && { tiers: readSome(some, `${where}.tiers`).map((tier, i) => readTier(tier, `${where}.tiers[${i}]`)) }),
    ...(users && { users: readSome(users, `${where}.users`) }),
    recipients: recipients === '*' ? '*' : addresses(recipients, 'recipients'),
    ...(denied && { denied: addresses(denied, 'denied') }),
    maximum: readAmount(rule.maximum, `${where}.maximum`),
    maximumFee: readAmount(rule.maximumFee, `${where}.maximumFee`),
    ...(windows && { windows: readWindows(windows, `${where}.windows`) }),
    ...(newDestinationHours !== undefined && {
      newDestinationHours: readHours(newDestinationHours, `${where}.newDestinationHours`),
    }),
  }
}

/** So long that a window's scope, which holds an asset too, stays within 256 characters. */
const nameForm = /^[a-z0-9][-a-z0-9_.]{0,39}$/

function readName(name: string, where: string): string {
  if (nameForm.test(name)) return name
  throw invalidRequest(where, shown(name), '1 to 40 lower-case letters, digits, - _ or .')
}

function networkOfAsset(parts: PolicyParts, asset: AssetId, where: string): Network {
  const places = placesOf(parts)
  const place = places.find((one) => one.asset === asset)
  if (place !== undefined) return place.network
  const known = places.map((one) => one.asset)
  const hint = didYouMean(asset, known) ?? 'Tokens are listed in the configuration (assets, with a symbol)'
  const wanted = known.slice(0, 20).join(', ') || 'an asset of a configured network'
  throw new Refused('not-supported', 'No wallet holds this asset here', { where, got: shown(asset), wanted, hint })
}

/** Whoever means everybody leaves the list out: an empty one would be about nobody, and read as about all. */
function readSome<T extends string>(list: readonly T[], where: string): readonly T[] {
  if (list.length === 0) throw invalidRequest(where, 'an empty list', 'at least one, or no such member for all')
  requireEachOnce(list, (i) => `${where}[${i}]`)
  return list
}

function readTier(text: string, where: string) {
  const tier = tiers.find((one) => one === text)
  if (tier !== undefined) return tier
  throw invalidRequest(where, shown(text), tiers.join(', '))
}

const mostHours = 8_760

function readHours(hours: number, where: string): number {
  if (Number.isInteger(hours) && hours >= 0 && hours <= mostHours) return hours
  throw invalidRequest(where, String(hours), `whole hours, 0 to ${mostHours}`)
}

function readWindows(windows: readonly WalletWindow[], where: string): readonly WalletWindow[] {
  requireEachOnce(
    windows.map(({ per, period }) => `${per} ${period}`),
    (i) => `${where}[${i}]`,
  )
  return windows.map((window, i) => readWindow(window, `${where}[${i}]`))
}

function readWindow(window: WalletWindow, where: string): WalletWindow {
  const { period } = window
  if (period !== 'hour' && period !== 'day') throw invalidRequest(`${where}.period`, shown(period), 'hour or day')
  if (window.per === 'all') return { per: 'all', period, count: readCount(window.count, `${where}.count`) }
  const per = (['wallet', 'user', 'asset'] as const).find((one) => one === window.per)
  if (per === undefined) throw invalidRequest(`${where}.per`, shown(window.per), 'wallet, user, asset or all')
  return { per, period, amount: readAmount(window.amount, `${where}.amount`) }
}

function readCount(count: number, where: string): number {
  if (Number.isSafeInteger(count) && count >= 0) return count
  throw invalidRequest(where, String(count), 'a whole number of payments')
}

const decimal = /^(?:0|[1-9][0-9]{0,77})$/
const largest = (1n << 256n) - 1n

function readAmount(text: string, where: string): string {
  if (decimal.test(text) && BigInt(text) <= largest) return text
  throw invalidRequest(where, shown(text), 'base units in decimal, at most 2^256-1')
}

function perNetwork<T, R>(
  parts: PolicyParts,
  record: Readonly<Record<Network, T>>,
  member: string,
  read: (value: T, network: Network, where: string) => R,
): Readonly<Record<Network, R>> {
  const entries = Object.entries(record).map(([name, value]): [Network, R] => {
    const where = `${member}.${name}`
    const network = networkNamed(parts, name, where)
    return [network, read(value, network, where)]
  })
  return Object.fromEntries(entries)
}

function networkNamed({ chains }: PolicyParts, name: string, where: string): Network {
  const networks = [...chains.values()].flatMap((chain) => chain.networks)
  if (isNetwork(name) && networks.includes(name)) return name
  const particulars = { where, got: shown(name), wanted: networks.join(', ') || 'a configured network' }
  throw new Refused('unknown-network', 'The network is not configured', particulars)
}

/** What is written twice, in whatever spelling, stands once. */
function readAddresses(
  { chains }: PolicyParts,
  texts: readonly string[],
  network: Network,
  where: string,
): readonly string[] {
  const chain = [...chains.values()].find(({ networks }) => networks.includes(network))
  if (chain === undefined)
    throw new Refused('unknown-network', 'The network is not configured', { where, got: network })
  return [...new Set(texts.map((text, i) => chain.parseAddress(text, `${where}[${i}]`, network)))]
}

function requireEachOnce(names: readonly string[], where: (index: number) => string): void {
  const seen = new Set<string>()
  for (const [i, name] of names.entries()) {
    if (seen.has(name)) throw invalidRequest(where(i), `${shown(name)}, for the second time`, 'each once')
    seen.add(name)
  }
}
