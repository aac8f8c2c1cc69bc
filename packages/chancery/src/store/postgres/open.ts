import type pg from 'pg'
import type { Clock } from '../../base/clock.ts'
import { deadlineIn } from '../../base/deadline.ts'
import { Failed } from '../../core/errors.ts'
import type { ProtectionStore } from '../../core/protection.ts'
import type { LeaseStore, RegisterStore, RoundStore, StateStore, Store, TransactionStore } from '../../core/store.ts'
import type { WalletStore } from '../../core/wallet-store.ts'
import { checkRound } from '../round.ts'
import { integer } from '../rows.ts'
import { backup } from './backup.ts'
import { commit, segmentHash, type Settled } from './commit.ts'
import { forgetDuties, signedDuties } from './history.ts'
import { idempotency, storedSignature } from './kept.ts'
import { lease, release, serverTime } from './leases.ts'
import { migrate } from './migrations.ts'
import { createPool, read, write, type PoolOptions, type Session } from './pool.ts'
import { protection, protections } from './protection.ts'
import * as log from './register.ts'
import * as states from './state.ts'
import * as relay from './transactions.ts'
import { presentTimeline, timelinesOf } from './timelines.ts'
import * as trees from './tree.ts'
import * as kept from './wallets.ts'
import { fullestWindow, windowTotal } from './windows.ts'

export interface PostgresOptions {
  readonly url: string
  /** Connections of this process; 8 where not given. */
  readonly poolSize?: number
  readonly ssl?: PoolOptions['ssl']
  readonly clock: Clock
}

/** Opening may migrate, which takes longer than a call. */
const openTime = 60_000

/**
 * The shared store: several processes, one database.
 * @throws Failed `store-unavailable` when the server does not answer, is in recovery, does not keep what it commits, or
 * has a newer schema; `clock-in-doubt` when this process has no clock.
 */
export async function openPostgres({ url, poolSize = 8, ssl, clock }: PostgresOptions): Promise<Store> {
  if (!Number.isSafeInteger(clock.now())) throw new Failed('clock-in-doubt', 'the clock of this process cannot be read')
  const pool = createPool({ url, poolSize, ssl })
  try {
    const deadline = deadlineIn(openTime, clock)
    await read(pool, deadline, checkDurable)
    await migrate(pool, deadline)
    timelinesOf(pool).saw(await read(pool, deadline, firstTimeline).catch(() => undefined))
  } catch (error) {
    await pool.end()
    throw error
  }
  return storeOf(pool)
}

/** @throws Failed `store-unavailable` for a server that does not keep what it commits. */
export async function checkDurable(session: Session): Promise<void> {
  const [row] = await session.query(`SELECT current_setting('fsync') AS fsync`)
  if (row?.['fsync'] !== 'on')
    throw new Failed('store-unavailable', 'PostgreSQL has fsync off: it keeps nothing for certain')
}

/** Where the service's role may not ask, or the server has no timelines, none is known, and nothing waits for a promotion. */
async function firstTimeline(session: Session): Promise<unknown> {
  const allowed = `has_function_privilege('pg_walfile_name(pg_lsn)', 'EXECUTE')
    AND has_function_privilege('pg_current_wal_lsn()', 'EXECUTE')`
  const [row] = await session.query(`SELECT ${allowed} AS allowed`)
  if (row?.['allowed'] !== true) return undefined
  const [found] = await session.query(`SELECT ${presentTimeline} AS timeline`)
  return found?.['timeline']
}

function storeOf(pool: pg.Pool): Store {
  return {
    name: 'postgres',
    shared: true,
    ...rounds(pool),
    ...state(pool),
    ...register(pool),
    ...duties(pool),
    ...tree(pool),
    ...transactions(pool),
    ...wallets(pool),
    ...leases(pool),
    storedSignature: (publicKey, payload, deadline) =>
      read(pool, deadline, (s) => storedSignature(s, publicKey, payload)),
    idempotency: (client, route, key, deadline) => read(pool, deadline, (s) => idempotency(s, client, route, key)),
    time: (deadline) => read(pool, deadline, time),
    backup: (path, deadline) => backup(pool, path, deadline),
    close: () => pool.end(),
  }
}

async function time(session: Session): Promise<number> {
  const [row] = await session.query(`SELECT ${serverTime} AS time`)
  return row ? integer(row, 'time') : Number.NaN
}

const justPromoted =
  'PostgreSQL was promoted from a standby just now: whoever misses commits that it made says so first'

function rounds(pool: pg.Pool): RoundStore {
  return {
    commit: async (round, deadline) => {
      checkRound(round)
      let early = false
      const mayKeep = ({ keep }: Settled): boolean => {
        early = keep && round.signs && timelinesOf(pool).areSettling()
        return keep && !early
      }
      const { result } = await write(pool, deadline, (s) => commit(s, round), mayKeep)
      if (early) throw new Failed('store-unavailable', justPromoted)
      return result
    },
    segmentHash: (position, deadline) => read(pool, deadline, (s) => segmentHash(s, position)),
  }
}

function state(pool: pg.Pool): StateStore {
  return {
    fence: (deadline) => read(pool, deadline, states.fence),
    state: (deadline) => read(pool, deadline, states.state),
    highestEpoch: (deadline) => read(pool, deadline, states.highestEpoch),
  }
}

type Tree = 'leaves' | 'integrated' | 'integrate' | 'signCheckpoint' | 'latestCheckpoint' | 'checkpoints'

function register(pool: pg.Pool): Omit<RegisterStore, Tree> {
  return {
    entry: (place, deadline) => read(pool, deadline, (s) => log.entry(s, place)),
    streams: (deadline) => read(pool, deadline, log.streams),
    segments: (stream, after, limit, deadline) => read(pool, deadline, (s) => log.segments(s, stream, after, limit)),
    entries: (segments, deadline) => read(pool, deadline, (s) => log.entries(s, segments)),
    latestEntries: (page, deadline) => read(pool, deadline, (s) => log.latestEntries(s, page)),
    unintegrated: (limit, deadline) => read(pool, deadline, (s) => log.unintegrated(s, limit)),
    guards: (after, limit, deadline) => read(pool, deadline, (s) => log.guards(s, after, limit)),
    windowUses: (after, limit, deadline) => read(pool, deadline, (s) => log.windowUses(s, after, limit)),
    windowTotals: (after, limit, deadline) => read(pool, deadline, (s) => log.windowTotals(s, after, limit)),
    windowTotal: (scope, period, deadline) => read(pool, deadline, (s) => windowTotal(s, scope, period)),
    fullestWindow: (prefix, period, deadline) => read(pool, deadline, (s) => fullestWindow(s, prefix, period)),
    acceptedGaps: (deadline) => read(pool, deadline, log.acceptedGaps),
    signatures: (after, limit, deadline) => read(pool, deadline, (s) => log.signatures(s, after, limit)),
  }
}

function duties(pool: pg.Pool): ProtectionStore {
  return {
    protection: (scopes, deadline) => read(pool, deadline, (s) => protection(s, scopes)),
    protections: (after, limit, deadline) => read(pool, deadline, (s) => protections(s, after, limit)),
    signedDuties: (scopes, after, limit, deadline) =>
      read(pool, deadline, (s) => signedDuties(s, scopes, after, limit)),
    forgetDuties: (before, limit, deadline) => write(pool, deadline, (s) => forgetDuties(s, before, limit)),
  }
}

function tree(pool: pg.Pool): Pick<RegisterStore, Tree> {
  return {
    leaves: (from, to, deadline) => read(pool, deadline, (s) => trees.leaves(s, from, to)),
    integrated: (from, limit, deadline) => read(pool, deadline, (s) => trees.integrated(s, from, limit)),
    integrate: (size, segments, checkpoint, held, deadline) =>
      write(pool, deadline, (s) => trees.integrate(s, size, segments, checkpoint, held), Boolean),
    signCheckpoint: (checkpoint, deadline) => write(pool, deadline, (s) => trees.signCheckpoint(s, checkpoint)),
    latestCheckpoint: (deadline) => read(pool, deadline, trees.latestCheckpoint),
    checkpoints: (afterSize, limit, deadline) => read(pool, deadline, (s) => trees.checkpoints(s, afterSize, limit)),
  }
}

function transactions(pool: pg.Pool): TransactionStore {
  return {
    transaction: (id, deadline) => read(pool, deadline, (s) => relay.transaction(s, id)),
    transactions: (filter, page, deadline) => read(pool, deadline, (s) => relay.transactions(s, filter, page)),
    lanes: (wanted, deadline) => read(pool, deadline, (s) => relay.lanes(s, wanted)),
    highestNonce: (network, sender, deadline) => read(pool, deadline, (s) => relay.highestNonce(s, network, sender)),
    signedTransactions: (id, deadline) => read(pool, deadline, (s) => relay.signedTransactions(s, id)),
  }
}

function wallets(pool: pg.Pool): WalletStore {
  return {
    wallet: (id, deadline) => read(pool, deadline, (s) => kept.wallet(s, id)),
    walletAt: (network, address, deadline) => read(pool, deadline, (s) => kept.walletAt(s, network, address)),
    walletOf: (user, asset, network, deadline) => read(pool, deadline, (s) => kept.ownedBy(s, user, asset, network)),
    wallets: (filter, page, deadline) => read(pool, deadline, (s) => kept.wallets(s, filter, page)),
    walletAddresses: (id, page, deadline) => read(pool, deadline, (s) => kept.walletAddresses(s, id, page)),
    highestAccount: (key, deadline) => read(pool, deadline, (s) => kept.highestAccount(s, key)),
    destinationSince: (destination, deadline) => read(pool, deadline, (s) => kept.destinationSince(s, destination)),
  }
}

function leases(pool: pg.Pool): LeaseStore {
  return {
    lease: (name, holder, milliseconds, deadline) => write(pool, deadline, (s) => lease(s, name, holder, milliseconds)),
    release: (held, deadline) => write(pool, deadline, (s) => release(s, held)),
  }
}
