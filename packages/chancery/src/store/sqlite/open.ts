import { extname } from 'node:path'
import { Worker } from 'node:worker_threads'
import type { Clock } from '../../base/clock.ts'
import { threadEnvironment } from '../../base/thread.ts'
import type { Failed } from '../../core/errors.ts'
import type { ProtectionStore } from '../../core/protection.ts'
import type { LeaseStore, RegisterStore, RoundStore, StateStore, Store, TransactionStore } from '../../core/store.ts'
import type { WalletStore } from '../../core/wallet-store.ts'
import { checkRound } from '../round.ts'
import { recordOf } from '../rows.ts'
import { slots, type ThreadData } from './calls.ts'
import { connect, type Connection } from './connection.ts'
import { pieceSize, readState } from './state-pieces.ts'

export interface SqliteOptions {
  /** The data file; its directory is made when it is missing. */
  readonly path: string
  readonly clock: Clock
  /** After an I/O error nothing the process knows of the file can be trusted: the service must exit. */
  readonly onFatal?: (error: Failed) => void
}

/**
 * The embedded store: one file, one process.
 * @throws Failed `store-unavailable` when another process has the file open or its schema is newer, `store-corrupt`,
 * `disk-full`.
 */
export async function openSqlite({ path, clock, onFatal = () => {} }: SqliteOptions): Promise<Store> {
  const states = new SharedArrayBuffer(slots * Int32Array.BYTES_PER_ELEMENT)
  const workerData: ThreadData = { path, states }
  const thread = new URL(`./thread${extname(import.meta.url)}`, import.meta.url)
  const worker = new Worker(thread, { workerData, env: threadEnvironment(), execArgv: [] })
  const connection = await connect(worker, new Int32Array(states), clock, onFatal)
  return {
    name: 'sqlite',
    shared: false,
    ...rounds(connection),
    ...state(connection),
    ...register(connection),
    ...protection(connection),
    ...tree(connection),
    ...transactions(connection),
    ...wallets(connection),
    ...leases(connection),
    storedSignature: (publicKey, payload, deadline) =>
      connection.call('storedSignature', [publicKey, payload], deadline),
    idempotency: (client, route, key, deadline) => connection.call('idempotency', [client, route, key], deadline),
    time: () => Promise.resolve(clock.now()),
    backup: (to, deadline) => connection.call('backup', [to], deadline),
    close: () => connection.close(),
  }
}

function rounds(connection: Connection): RoundStore {
  return {
    commit: async (round, deadline) => {
      checkRound(round)
      return connection.call('commit', [round], deadline)
    },
    segmentHash: (position, deadline) => connection.call('segmentHash', [position], deadline),
  }
}

function state(connection: Connection): StateStore {
  return {
    fence: (deadline) => connection.call('fence', [], deadline),
    state: (deadline) =>
      readState(async (after) => {
        const { fence, rows } = await connection.call('statePiece', [after, pieceSize], deadline)
        return { fence, records: rows.map(recordOf) }
      }),
    highestEpoch: (deadline) => connection.call('highestEpoch', [], deadline),
  }
}

type Tree = 'leaves' | 'integrated' | 'integrate' | 'signCheckpoint' | 'latestCheckpoint' | 'checkpoints'

function register(connection: Connection): Omit<RegisterStore, Tree> {
  return {
    entry: (place, deadline) => connection.call('entry', [place], deadline),
    streams: (deadline) => connection.call('streams', [], deadline),
    segments: (stream, afterSeq, limit, deadline) => connection.call('segments', [stream, afterSeq, limit], deadline),
    entries: (segments, deadline) => connection.call('entries', [segments], deadline),
    latestEntries: (page, deadline) => connection.call('latestEntries', [page], deadline),
    unintegrated: (limit, deadline) => connection.call('unintegrated', [limit], deadline),
    guards: (after, limit, deadline) => connection.call('guards', [after, limit], deadline),
    windowUses: (after, limit, deadline) => connection.call('windowUses', [after, limit], deadline),
    windowTotals: (after, limit, deadline) => connection.call('windowTotals', [after, limit], deadline),
    windowTotal: (scope, period, deadline) => connection.call('windowTotal', [scope, period], deadline),
    fullestWindow: (prefix, period, deadline) => connection.call('fullestWindow', [prefix, period], deadline),
    acceptedGaps: (deadline) => connection.call('acceptedGaps', [], deadline),
    signatures: (after, limit, deadline) => connection.call('signatures', [after, limit], deadline),
  }
}

function protection(connection: Connection): ProtectionStore {
  return {
    protection: (scopes, deadline) => connection.call('protection', [scopes], deadline),
    protections: (after, limit, deadline) => connection.call('protections', [after, limit], deadline),
    signedDuties: (scopes, after, limit, deadline) => connection.call('signedDuties', [scopes, after, limit], deadline),
    forgetDuties: (before, limit, deadline) => connection.call('forgetDuties', [before, limit], deadline),
  }
}

function tree(connection: Connection): Pick<RegisterStore, Tree> {
  return {
    leaves: (from, to, deadline) => connection.call('leaves', [from, to], deadline),
    integrated: (from, limit, deadline) => connection.call('integrated', [from, limit], deadline),
    integrate: (size, segments, checkpoint, lease, deadline) =>
      connection.call('integrate', [size, segments, checkpoint, lease], deadline),
    signCheckpoint: (checkpoint, deadline) => connection.call('signCheckpoint', [checkpoint], deadline),
    latestCheckpoint: (deadline) => connection.call('latestCheckpoint', [], deadline),
    checkpoints: (afterSize, limit, deadline) => connection.call('checkpoints', [afterSize, limit], deadline),
  }
}

function transactions(connection: Connection): TransactionStore {
  return {
    transaction: (id, deadline) => connection.call('transaction', [id], deadline),
    transactions: (filter, page, deadline) => connection.call('transactions', [filter, page], deadline),
    lanes: (states, deadline) => connection.call('lanes', [states], deadline),
    highestNonce: (network, sender, deadline) => connection.call('highestNonce', [network, sender], deadline),
    signedTransactions: (id, deadline) => connection.call('signedTransactions', [id], deadline),
  }
}

function wallets(connection: Connection): WalletStore {
  return {
    wallet: (id, deadline) => connection.call('wallet', [id], deadline),
    walletAt: (network, address, deadline) => connection.call('walletAt', [network, address], deadline),
    walletOf: (user, asset, network, deadline) => connection.call('walletOf', [user, asset, network], deadline),
    wallets: (filter, page, deadline) => connection.call('wallets', [filter, page], deadline),
    walletAddresses: (id, page, deadline) => connection.call('walletAddresses', [id, page], deadline),
    highestAccount: (key, deadline) => connection.call('highestAccount', [key], deadline),
    destinationSince: (destination, deadline) => connection.call('destinationSince', [destination], deadline),
  }
}

function leases(connection: Connection): LeaseStore {
  return {
    lease: (name, holder, milliseconds, deadline) => connection.call('lease', [name, holder, milliseconds], deadline),
    release: (lease, deadline) => connection.call('release', [lease], deadline),
  }
}
