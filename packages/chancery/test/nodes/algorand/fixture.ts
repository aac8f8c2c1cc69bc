/** Accounts, transactions and groups as algosdk makes and signs them, and a node that speaks to the test server. */
import {
  assignGroupID,
  generateAccount,
  makeApplicationNoOpTxnFromObject,
  makePaymentTxnWithSuggestedParamsFromObject,
  type Account,
  type Address,
  type SuggestedParams,
  type Transaction,
} from 'algosdk'
import { onTestFinished } from 'vitest'
import { systemClock } from '../../../src/base/clock.ts'
import { deadlineIn, type Deadline } from '../../../src/base/deadline.ts'
import type { LedgerNode, NodeCall } from '../../../src/core/node.ts'
import { createAlgorandNode } from '../../../src/nodes/algorand/node.ts'
import { networkOf } from '../../../src/nodes/algorand/genesis.ts'
import { testGenesis } from './algod/chain.ts'
import type { Ledger } from './algod/ledger.ts'
import { createMemoryLedger } from './algod/memory-ledger.ts'
import { startAlgod, type Algod, type AlgodOptions } from './algod/server.ts'

export const testNetwork = networkOf(testGenesis.hash) ?? 'algorand:none'

export const soon = (milliseconds = 5_000): Deadline => deadlineIn(milliseconds, systemClock)

export async function serving(options: Partial<AlgodOptions> = {}): Promise<Algod> {
  const algod = await startAlgod({ ledger: createMemoryLedger(), ...options })
  onTestFinished(algod.close)
  return algod
}

export function nodeAt(...urls: readonly URL[]): LedgerNode {
  return createAlgorandNode({ network: testNetwork, urls })
}

export function watchedNode(urls: readonly URL[], calls: NodeCall[], patience = 5_000): LedgerNode {
  return createAlgorandNode({ network: testNetwork, urls, patience, observe: (call) => calls.push(call) })
}

/** An account with ten Algos. */
export function funded(ledger: Ledger): Account {
  const account = generateAccount()
  ledger.fund(account.addr.toString(), 10_000_000n)
  return account
}

export async function suggested(node: LedgerNode, fee = 1_000n): Promise<SuggestedParams> {
  const { minFee, firstValid, lastValid, genesis } = await node.parameters(soon())
  const { genesisHash: hash, genesisID } = genesis
  if (typeof hash !== 'string' || typeof genesisID !== 'string') throw new Error('no genesis')
  const genesisHash = Buffer.from(hash, 'base64')
  return { fee, flatFee: true, minFee, firstValid, lastValid, genesisHash, genesisID }
}

export interface Payment {
  readonly from: Address
  readonly to?: Address
  readonly amount?: bigint
  readonly rekeyTo?: Address
  readonly closeTo?: Address
  readonly lease?: Uint8Array
}

export function payment(suggestedParams: SuggestedParams, options: Payment): Transaction {
  const { from, to = from, amount = 0n, rekeyTo, closeTo, lease } = options
  return makePaymentTxnWithSuggestedParamsFromObject({
    sender: from,
    receiver: to,
    amount,
    suggestedParams,
    ...(rekeyTo && { rekeyTo }),
    ...(closeTo && { closeRemainderTo: closeTo }),
    ...(lease && { lease }),
  })
}

export function call(suggestedParams: SuggestedParams, sender: Address, appIndex: bigint): Transaction {
  return makeApplicationNoOpTxnFromObject({ sender, appIndex, suggestedParams })
}

export function grouped(...transactions: Transaction[]): Transaction[] {
  return assignGroupID(transactions)
}

/** Hands `account` over to `next`, proving in the same group that `next` can sign. */
export function rekeyGroup(params: SuggestedParams, account: Account, signer: Account, next: Account): Uint8Array[] {
  const [over, proof] = grouped(
    payment(params, { from: account.addr, rekeyTo: next.addr }),
    payment(params, { from: account.addr }),
  )
  if (over === undefined || proof === undefined) throw new Error('a group of two has two')
  return [over.signTxn(signer.sk), proof.signTxn(next.sk)]
}
