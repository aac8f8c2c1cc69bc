/** Wallets and their keys: what was made, what was ended and by whom, and what waits. */
import type { Tier } from '../core/wallet-store.ts'
import type { AddressFault, Ending, WalletWatch } from '../core/watching.ts'
import { tiers } from '../core/wallets.ts'
import type { LookEnd } from './orphan-findings.ts'
import { counterText, gaugeText, totalText } from './tally.ts'

export interface WalletMeter extends WalletWatch {
  /** Zeros for addresses of these families. */
  expect(families: readonly string[]): void
  /** A key that changed in its back-end, and not by the service. */
  changedOutside(): void
  /** A look for keys of this installation in back-ends that no record names has ended, and found so many. */
  orphans(end: LookEnd, count: number): void
  /** `now` in milliseconds since 1970. */
  text(now: number): string
}

interface Waiting {
  readonly count: number
  readonly oldest?: number
}

interface Tallies {
  readonly created: Map<string, number>
  readonly ended: Map<string, number>
  readonly invalid: Map<string, number>
  readonly looks: Map<string, number>
  changed: number
  orphans?: number
  creating?: Waiting
  paying?: Waiting
}

const endings: readonly Ending[] = ['done', 'refused', 'failed']
const lookEnds: readonly LookEnd[] = ['done', 'partly', 'failed']
const faults: readonly AddressFault[] = ['derived', 'network', 'checksum', 'form']
const mortals = ['wallet', 'key'] as const

export function createWalletMeter(): WalletMeter {
  // Zeros from the start: an alert on an increase needs a number to begin from.
  const tallies: Tallies = {
    created: zeros(tiers.flatMap((tier) => endings.map((ending) => creationOf(tier, ending)))),
    ended: zeros(mortals.flatMap((what) => endings.map((ending) => endOf(what, ending)))),
    invalid: new Map(),
    looks: zeros(lookEnds.map(lookOf)),
    changed: 0,
  }
  return {
    created: (tier, ending) => raise(tallies.created, creationOf(tier, ending)),
    deletionAsked: (what, ending) => raise(tallies.ended, endOf(what, ending)),
    addressInvalid: (family, fault) => raise(tallies.invalid, faultOf(family, fault)),
    expect: (families) => {
      const rows = families.flatMap((family) => faults.map((fault) => faultOf(family, fault)))
      for (const row of rows) tallies.invalid.set(row, tallies.invalid.get(row) ?? 0)
    },
    changedOutside: () => void (tallies.changed += 1),
    orphans: (end, count) => looked(tallies, end, count),
    creating: (count, oldest) => void (tallies.creating = waiting(count, oldest)),
    paying: (count, oldest) => void (tallies.paying = waiting(count, oldest)),
    text: (now) => textOf(tallies, now),
  }
}

const creationOf = (tier: Tier, ending: Ending) => `tier="${tier}",outcome="${ending}"`
const endOf = (what: (typeof mortals)[number], ending: Ending) => `what="${what}",outcome="${ending}"`
const lookOf = (end: LookEnd) => `outcome="${end}"`
const faultOf = (family: string, fault: AddressFault) => `family="${family}",reason="${fault}"`

function zeros(labels: readonly string[]): Map<string, number> {
  return new Map(labels.map((one) => [one, 0]))
}

function raise(counts: Map<string, number>, labels: string): void {
  counts.set(labels, (counts.get(labels) ?? 0) + 1)
}

/** A look that did not see everything does not say that there are fewer than the last that did. */
function looked(tallies: Tallies, end: LookEnd, count: number): void {
  raise(tallies.looks, lookOf(end))
  if (end === 'done' || count > (tallies.orphans ?? 0)) tallies.orphans = count
}

function waiting(count: number, oldest: number | undefined): Waiting {
  return { count, ...(oldest !== undefined && { oldest }) }
}

function textOf(tallies: Tallies, now: number): string {
  const { created, ended, invalid, looks, changed, orphans, creating, paying } = tallies
  return [
    counterText('chancery_wallet_creations_total', 'Wallets asked for, by tier and outcome', rowsOf(created)),
    counterText('chancery_deletions_asked_total', 'Ends of wallets and keys asked for, by outcome', rowsOf(ended)),
    counterText(
      'chancery_address_validation_failures_total',
      'Addresses that are none of their network; derived: of our own making',
      rowsOf(invalid),
    ),
    totalText(
      'chancery_changes_outside_total',
      'Changes of keys in their back-ends that the service did not make',
      changed,
    ),
    orphanText(orphans),
    counterText('chancery_orphan_looks_total', 'Looks for keys that no record names, by outcome', rowsOf(looks)),
    waitingText('chancery_wallets_creating', 'Wallets that are being created', creating, now),
    waitingText('chancery_payments_waiting', 'Payments that are accepted and not yet sent', paying, now),
  ].join('')
}

function rowsOf(counts: ReadonlyMap<string, number>) {
  return [...counts].map(([labels, count]) => ({ labels, count }))
}

/** Nobody could look yet, and none was found, are two things. */
function orphanText(orphans: number | undefined): string {
  const help = 'Keys of this installation in back-ends that no record names, at the last whole look'
  return orphans === undefined ? '' : gaugeText('chancery_orphan_keys', help, orphans)
}

function waitingText(name: string, help: string, what: Waiting | undefined, now: number): string {
  if (what === undefined) return ''
  const seconds = what.oldest === undefined ? 0 : Math.max(0, now - what.oldest) / 1_000
  return gaugeText(name, help, what.count) + gaugeText(`${name}_oldest_seconds`, `${help}: age of the oldest`, seconds)
}
