/** Users, their wallets, and what these pay. */
import type { Deadline } from '../base/deadline.ts'
import { Refused } from '../core/errors.ts'
import type { WalletId } from '../core/names.ts'
import type { WalletRow } from '../core/wallet-store.ts'
import type { Wallets } from '../core/wallets.ts'
import type { WalletWatch } from '../core/watching.ts'
import { Accounts } from './accounts.ts'
import { checkAddress } from './check-address.ts'
import { createWallet } from './create.ts'
import { listAddresses, newAddress } from './deposits.ts'
import { consolidate, payForParent, raiseFee } from './fees.ts'
import { findWallet } from './find.ts'
import { importWallet } from './import.ts'
import { createKmsKey, deleteKmsKey, getPublicKey, signTransactionHash } from './key-service.ts'
import { getKeySpecForChain } from './key-specs.ts'
import { finishLeftOver } from './left-over.ts'
import { cancelDeletion, purge, scheduleDeletion } from './life.ts'
import { listWallets } from './list.ts'
import { manyCreator } from './many.ts'
import { planImport } from './migration/plan.ts'
import { shadow } from './migration/shadow.ts'
import { cutOver, migration, rollBack } from './migration/switch.ts'
import { readingGenuine } from './reading.ts'
import type { WalletDesk, WalletRooms } from './rooms.ts'
import { sweep } from './sweep.ts'
import { verifyWallet } from './verify.ts'
import { viewOf } from './view.ts'
import { withdraw } from './withdraw.ts'
import { awaited, withdrawal, withdrawals } from './withdrawals.ts'
import { Works } from './works.ts'

export interface RunningWallets extends Wallets {
  /** Finishes creations that were interrupted. */
  finishLeftOver(deadline: Deadline, signal: AbortSignal): Promise<void>
}

export function createWallets(rooms: WalletRooms): RunningWallets {
  const remembered = { accounts: new Accounts(), works: new Works<WalletId, WalletRow>(), asked: new Map() }
  const desk: WalletDesk = { ...rooms, store: readingGenuine(rooms), ...remembered }
  const ended = <T>(ending: Promise<T>) => counted(desk.meter, ending)
  return {
    create: (request, call) => createWallet(desk, request, call),
    createMany: manyCreator(desk),
    get: async (name, call) => viewOf(desk, await findWallet(desk, name, 'wallets:read', call), call),
    list: (query, page, call) => listWallets(desk, query, page, call),
    newAddress: (id, call) => newAddress(desk, id, call),
    addresses: (id, page, call) => listAddresses(desk, id, page, call),
    verify: (id, call) => verifyWallet(desk, id, call),
    scheduleDeletion: (id, days, empty, call) => ended(scheduleDeletion(desk, id, { days, empty }, call)),
    cancelDeletion: (id, call) => cancelDeletion(desk, id, call),
    purge: (id, call) => ended(purge(desk, id, call)),
    import: (record, call, how) => importWallet(desk, record, call, how),
    planImport: (record, call) => planImport(desk, record, call),
    shadow: (id, signed, call) => shadow(desk, id, signed, call),
    cutOver: (id, forced, call) => cutOver(desk, id, forced, call),
    rollBack: (id, call) => rollBack(desk, id, call),
    migration: (id, call) => migration(desk, id, call),
    checkAddress: (question) => checkAddress(desk, question),
    createKmsKey: (request, call) => createKmsKey(desk, request, call),
    getPublicKey: (key, call) => getPublicKey(desk, key, call),
    signTransactionHash: (key, hash, call, once) => signTransactionHash(desk, { key, hash, ...once }, call),
    deleteKmsKey: (key, days, call) => deleteKmsKey(desk, key, days, call),
    getKeySpecForChain: (question) => getKeySpecForChain(desk, question),
    withdraw: (request, call) => withdraw(desk, request, call),
    sweep: (request, call) => sweep(desk, request, call),
    raiseFee: (id, terms, call) => raiseFee(desk, id, terms, call),
    payForParent: (id, terms, call) => payForParent(desk, id, terms, call),
    consolidate: (wallet, terms, call) => consolidate(desk, wallet, terms, call),
    withdrawal: (id, call) => withdrawal(desk, id, call),
    awaited: (paid, whileIn, deadline) => awaited(desk, paid, whileIn, deadline),
    withdrawals: (filter, page, call) => withdrawals(desk, filter, page, call),
    finishLeftOver: (deadline, signal) => finishLeftOver(desk, deadline, signal),
  }
}

/** Ends that were refused are counted too: they are the ones to look at. */
async function counted<T>({ deletionAsked }: WalletWatch, ending: Promise<T>): Promise<T> {
  try {
    const done = await ending
    deletionAsked('wallet', 'done')
    return done
  } catch (error) {
    deletionAsked('wallet', error instanceof Refused ? 'refused' : 'failed')
    throw error
  }
}
