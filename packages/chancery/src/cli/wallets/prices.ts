/**
 * What wallets cost in AWS in a month of 30 days, by tier: list prices, before any free tier. Money is in whole microdollars,
 * so that a request of three of them is counted exactly.
 */
import type { Tier } from '../../core/wallet-store.ts'
import { tiers } from '../../core/wallets.ts'

export interface Price {
  /** For one. */
  readonly microdollars: bigint
  readonly source: string
  /** When it was read there. Prices differ by region and change. */
  readonly date: string
}

const awsPage = 'https://aws.amazon.com/kms/pricing/'
/** AWS's page writes these by region, in a form that only its script shows. */
const guides = 'guides of 2026, not AWS itself'
const date = '2026-11-21'

export const prices = {
  /** A KMS key of any kind, for a month; none while its deletion is scheduled. */
  key: { microdollars: 1_000_000n, source: awsPage, date },
  /** $0.03 for 10,000: what looks, names and tags, and what a symmetric key does. */
  request: { microdollars: 3n, source: awsPage, date },
  /** $0.15 for 10,000: signatures by elliptic-curve keys. */
  signature: { microdollars: 15n, source: guides, date },
  /** $0.10 for 10,000: elliptic-curve data key pairs. */
  pair: { microdollars: 10n, source: guides, date },
} as const satisfies Readonly<Record<string, Price>>

export interface CostQuestion {
  readonly wallets: bigint
  /** In a month; a transaction of coins takes one for each that it spends. */
  readonly signatures: bigint
}

export interface CostLine {
  readonly what: string
  readonly count: bigint
  readonly price: keyof typeof prices
  /** Microdollars. */
  readonly total: bigint
}

export interface TierCost {
  readonly tier: Tier
  readonly monthly: readonly CostLine[]
  /** When the wallets are made. */
  readonly once: readonly CostLine[]
  /** Microdollars. */
  readonly monthlyTotal: bigint
  readonly onceTotal: bigint
  /** What stands in the way, or costs elsewhere, in sentences. */
  readonly notes: readonly string[]
}

/** @throws RangeError for numbers below zero */
export function walletCosts(question: CostQuestion): readonly TierCost[] {
  if (question.wallets < 0n || question.signatures < 0n)
    throw new RangeError('wallets and signatures are counted from 0')
  return tiers.map((tier) => {
    const { monthly, once, notes } = costs[tier](question)
    return { tier, monthly, once, monthlyTotal: sum(monthly), onceTotal: sum(once), notes }
  })
}

/** `$15,185.50`, to the nearest cent. */
export function dollars(microdollars: bigint): string {
  const cents = (microdollars + 5_000n) / 10_000n
  const whole = (cents / 100n).toString().replaceAll(/\B(?=(?:\d{3})+$)/g, ',')
  return `$${whole}.${(cents % 100n).toString().padStart(2, '0')}`
}

type Cost = (question: CostQuestion) => Pick<TierCost, 'monthly' | 'once' | 'notes'>

const costs: Readonly<Record<Tier, Cost>> = { native, datakey, hd: ownSecrets, sealed: ownSecrets }

/** The key's making, its name, its public key, and the test signature. */
function native({ wallets, signatures }: CostQuestion) {
  return {
    monthly: [
      line('a KMS key for each wallet', wallets, 'key'),
      line('signatures', signatures, 'signature'),
      line('looks for changes made outside', looksAMonth(wallets) * requestsOfALook, 'request'),
    ],
    once: [
      line('keys made, named and looked at', wallets * 3n, 'request'),
      line('test signatures', wallets, 'signature'),
    ],
    notes: quotaNotes(wallets),
  }
}

/** Each is opened twice when it is made: to compare its halves, and for the test signature. */
function datakey({ wallets, signatures }: CostQuestion) {
  return {
    monthly: [
      line('one KMS key for all wallets', wallets === 0n ? 0n : 1n, 'key'),
      line('decryptions, one for each signature', signatures, 'request'),
    ],
    once: [line('data key pairs made', wallets, 'pair'), line('decryptions of new keys', wallets * 2n, 'request')],
    notes: ['With cacheSeconds, signatures soon after one another share a decryption.'],
  }
}

function ownSecrets() {
  return {
    monthly: [],
    once: [],
    notes: ['Nothing in AWS, but for the KMS key around the key-encryption key, where there is one: $1.00 a month.'],
  }
}

const requestsOfALook = 4n
const month = 30n * 86_400_000n
/** Between two rounds, and what one request takes at the least: keys are looked at one after the other. Milliseconds. */
const pause = 60_000n
const leastRequest = 10n

/** A round over many keys takes longer than the minute that it waits for the next. */
function looksAMonth(keys: bigint): bigint {
  return keys * (month / (pause + keys * requestsOfALook * leastRequest))
}

/** https://docs.aws.amazon.com/kms/latest/developerguide/resource-limits.html, and requests-per-second.html for CreateKey */
const mostKeys = 100_000n
const keysASecond = 5n

function quotaNotes(wallets: bigint): readonly string[] {
  const minutes = wallets / keysASecond / 60n
  const slow =
    minutes < 10n ? [] : [`At AWS's quota of ${keysASecond} keys a second they take ${minutes} minutes to make.`]
  const over = `An account holds ${mostKeys} KMS keys in a region unless AWS allows more; disabled ones count.`
  return wallets > mostKeys ? [...slow, over] : slow
}

function line(what: string, count: bigint, price: keyof typeof prices): CostLine {
  return { what, count, price, total: count * prices[price].microdollars }
}

function sum(lines: readonly CostLine[]): bigint {
  return lines.reduce((total, one) => total + one.total, 0n)
}
