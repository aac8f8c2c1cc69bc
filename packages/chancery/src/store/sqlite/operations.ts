/** Every call of the store, as the thread does it. */
import { commit, segmentHash } from './commit.ts'
import type { Arguments, Call, Method, Results } from './calls.ts'
import type { Database } from './database.ts'
import { lease, release } from './leases.ts'
import * as register from './register.ts'
import { forgetDuties, signedDuties } from './history.ts'
import { protection, protections } from './protection.ts'
import { idempotency, storedSignature } from './signatures.ts'
import * as state from './state.ts'
import * as transactions from './transactions.ts'
import * as tree from './tree.ts'
import * as wallets from './wallets.ts'
import { fullestWindow, windowTotal } from './windows.ts'

type Later = 'backup'
type Operations = { [M in Exclude<Method, Later>]: (...args: Arguments[M]) => Results[M] }

/** `now` answers the service's clock as of the call in hand. */
export function operationsOf(db: Database, now: () => number): Operations {
  return {
    commit: (round) => commit(db, round, now()),
    segmentHash: (position) => segmentHash(db, position),
    storedSignature: (publicKey, payload) => storedSignature(db, publicKey, payload),
    idempotency: (client, route, key) => idempotency(db, client, route, key),
    fence: () => state.fence(db),
    statePiece: (after, limit) => state.statePiece(db, after, limit),
    highestEpoch: () => state.highestEpoch(db),
    entry: (place) => register.entry(db, place),
    streams: () => register.streams(db),
    segments: (stream, afterSeq, limit) => register.segments(db, stream, afterSeq, limit),
    entries: (segments) => register.entries(db, segments),
    latestEntries: (page) => register.latestEntries(db, page),
    unintegrated: (limit) => register.unintegrated(db, limit),
    guards: (after, limit) => register.guards(db, after, limit),
    windowUses: (after, limit) => register.windowUses(db, after, limit),
    windowTotals: (after, limit) => register.windowTotals(db, after, limit),
    windowTotal: (scope, period) => windowTotal(db, scope, period),
    fullestWindow: (scopePrefix, period) => fullestWindow(db, scopePrefix, period),
    acceptedGaps: () => register.acceptedGaps(db),
    signatures: (after, limit) => register.signatures(db, after, limit),
    protection: (scopes) => protection(db, scopes),
    protections: (after, limit) => protections(db, after, limit),
    signedDuties: (scopes, after, limit) => signedDuties(db, scopes, after, limit),
    forgetDuties: (before, limit) => forgetDuties(db, before, limit),
    leaves: (from, to) => tree.leaves(db, from, to),
    integrated: (from, limit) => tree.integrated(db, from, limit),
    integrate: (size, segments, checkpoint, held) => tree.integrate(db, size, segments, checkpoint, held),
    signCheckpoint: (checkpoint) => tree.signCheckpoint(db, checkpoint),
    latestCheckpoint: () => tree.latestCheckpoint(db),
    checkpoints: (afterSize, limit) => tree.checkpoints(db, afterSize, limit),
    transaction: (id) => transactions.transaction(db, id),
    transactions: (filter, page) => transactions.transactions(db, filter, page),
    lanes: (states) => transactions.lanes(db, states),
    highestNonce: (network, sender) => transactions.highestNonce(db, network, sender),
    signedTransactions: (id) => transactions.signedTransactions(db, id),
    wallet: (id) => wallets.wallet(db, id),
    walletAt: (network, address) => wallets.walletAt(db, network, address),
    walletOf: (user, asset, network) => wallets.ownedBy(db, user, asset, network),
    wallets: (filter, page) => wallets.wallets(db, filter, page),
    walletAddresses: (id, page) => wallets.walletAddresses(db, id, page),
    highestAccount: (key) => wallets.highestAccount(db, key),
    destinationSince: (destination) => wallets.destinationSince(db, destination),
    lease: (name, holder, milliseconds) => lease(db, name, holder, milliseconds, now()),
    release: (held) => release(db, held),
  }
}

export function perform<M extends Exclude<Method, Later>>(
  operations: Operations,
  { method, args }: Call<M>,
): Results[M] {
  return operations[method](...args)
}

export function isBackup(call: Call): call is Call<'backup'> {
  return call.method === 'backup'
}

export function isCommit(call: Call): call is Call<'commit'> {
  return call.method === 'commit'
}

export function isOperation(call: Call): call is Call<Exclude<Method, Later>> {
  return call.method !== 'backup'
}
