/** Rounds, the pool and what was confirmed: what is the same whatever keeps the accounts. */
import { createHash } from 'node:crypto'
import type { SignedTransaction } from 'algosdk'
import { requireForm, requireSigned, type Genesis } from './admission.ts'
import { LedgerRefusal, type Entry, type Ledger } from './ledger.ts'

export const testGenesis: Genesis = {
  id: 'chancery-test-v1',
  hash: createHash('sha256').update('a ledger for tests').digest('base64'),
}

export interface Confirmed {
  readonly round: bigint
  readonly signed: SignedTransaction
  readonly inner: number
}

export interface Chain {
  readonly genesis: Genesis
  readonly ledger: Ledger
  round(): bigint
  advance(rounds: bigint): void
  /** Rounds until what is sent shows as confirmed; 1 unless set. The accounts change at once. */
  delay: bigint
  /** @throws LedgerRefusal */
  submit(group: readonly Entry[]): string
  /** @throws LedgerRefusal */
  attempt(group: readonly Entry[]): readonly number[]
  /** What was taken, whether its round has come or not. */
  find(id: string): Confirmed | undefined
}

export function createChain(ledger: Ledger, genesis: Genesis = testGenesis): Chain {
  let round = 2_000n
  const taken = new Map<string, Confirmed>()
  const leases = new Map<string, bigint>()

  const check = (group: readonly Entry[]) => {
    requireForm(group, genesis, round + 1n)
    requireFresh(group, taken, leases, round + 1n)
  }
  const chain: Chain = {
    genesis,
    ledger,
    delay: 1n,
    round: () => round,
    advance: (rounds) => void (round += rounds),
    find: (id) => taken.get(id),
    attempt(group) {
      check(group)
      const restore = ledger.save()
      try {
        return ledger.apply(group, round + 1n)
      } finally {
        restore()
      }
    },
    submit(group) {
      requireSigned(group)
      check(group)
      const inner = ledger.apply(group, round + 1n)
      group.forEach(({ id, signed, transaction }, i) => {
        taken.set(id, { round: round + chain.delay, signed, inner: inner[i] ?? 0 })
        const lease = leaseOf(transaction)
        if (lease !== undefined) leases.set(lease, transaction.lastValid)
      })
      if (chain.delay === 1n) round += 1n
      return group[0]?.id ?? ''
    },
  }
  return chain
}

function requireFresh(
  group: readonly Entry[],
  taken: ReadonlyMap<string, Confirmed>,
  leases: ReadonlyMap<string, bigint>,
  round: bigint,
): void {
  const seen = new Set<string>()
  for (const { id, transaction } of group) {
    if (taken.has(id) || seen.has(id)) {
      throw new LedgerRefusal(`TransactionPool.Remember: transaction already in ledger: ${id}`)
    }
    const lease = leaseOf(transaction)
    if (lease !== undefined && (seen.has(lease) || (leases.get(lease) ?? 0n) >= round)) {
      throw new LedgerRefusal(`TransactionPool.Remember: transaction ${id} using an overlapping lease ${lease}`)
    }
    seen.add(id)
    if (lease !== undefined) seen.add(lease)
  }
}

/** A lease is its sender's, until the last round of the transaction that took it. */
function leaseOf({ sender, lease }: Entry['transaction']): string | undefined {
  return lease === undefined ? undefined : `${sender.toString()}:${Buffer.from(lease).toString('base64')}`
}
