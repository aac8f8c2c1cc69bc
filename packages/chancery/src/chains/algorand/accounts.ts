/** The few transactions the service builds itself: a payment of nothing that proves a key, and a change of the key. */
import {
  Address,
  assignGroupID,
  makePaymentTxnWithSuggestedParamsFromObject,
  type SuggestedParams,
  type Transaction,
} from 'algosdk'
import type { ChainAccounts, Built } from '../../core/accounts.ts'
import { Refused } from '../../core/errors.ts'
import type { LedgerParameters } from '../../core/node.ts'
import type { Network } from '../../core/names.ts'
import { noRules, type Rules } from '../../core/rules.ts'
import { base64 } from './base64.ts'
import { nativeAsset } from './facts.ts'
import { genesisOf } from './networks.ts'

/** A hundred times the least fee: what a congested network may ask, and a lying node gets no further. Microalgos. */
const mostFee = 100_000n

export const accounts: ChainAccounts = {
  /** The transaction is never sent, so its rounds need not be those of today. */
  unsent: (network) => ({
    minFee: 1_000n,
    feePerByte: 0n,
    firstValid: 1n,
    lastValid: 1_000n,
    genesis: { ...genesisOf(network) },
  }),
  toSelf: ({ account, network, parameters, note }) => {
    const transaction = toSelf(account, parameters, { note: new TextEncoder().encode(note) })
    return { transactions: [wallet(transaction)], ...about([transaction], account, network) }
  },
  handOver: ({ account, from, to, network, parameters }) => {
    const group = assignGroupID([
      toSelf(account, parameters, { rekeyTo: Address.fromString(to) }),
      toSelf(account, parameters, {}),
    ])
    const { rules, ...rest } = about(group, account, network)
    return {
      ...rest,
      byOld: signedBy(group, 0, from),
      byNew: signedBy(group, 1, to),
      rules: { ...rules, authorities: ['rekey'], delegates: [to] },
    }
  },
}

function toSelf(
  account: string,
  parameters: LedgerParameters,
  more: { readonly note?: Uint8Array; readonly rekeyTo?: Address },
): Transaction {
  const transaction = makePaymentTxnWithSuggestedParamsFromObject({
    sender: account,
    receiver: account,
    amount: 0n,
    suggestedParams: suggested(parameters),
    ...more,
  })
  if (transaction.fee <= mostFee) return transaction
  const particulars = { got: `${transaction.fee} microalgos`, wanted: `at most ${mostFee}` }
  throw new Refused('denied', 'The network asks for a fee that this is not worth', particulars)
}

function suggested({ minFee, feePerByte, firstValid, lastValid, genesis }: LedgerParameters): SuggestedParams {
  const { genesisHash, genesisID } = genesis
  return {
    fee: feePerByte,
    minFee,
    firstValid,
    lastValid,
    ...(typeof genesisHash === 'string' && { genesisHash: Uint8Array.from(Buffer.from(genesisHash, 'base64')) }),
    ...(typeof genesisID === 'string' && { genesisID }),
  }
}

/** Two rounds of the same second would make the same transaction twice, which the ledger takes once: no harm. */
function about(group: readonly Transaction[], account: string, network: Network): Omit<Built, 'transactions'> {
  const fee = group.reduce((sum, transaction) => sum + transaction.fee, 0n)
  const rules: Rules = {
    ...noRules,
    operations: ['sign:transaction'],
    networks: [network],
    recipients: [account],
    maximums: { [nativeAsset(network)]: '0' },
    fees: { [network]: String(fee) },
  }
  const [first] = group
  return { rules, id: first?.txID() ?? '', lastValid: first?.lastValid ?? 0n }
}

function wallet(transaction: Transaction) {
  return { txn: base64(transaction.toByte()) }
}

/** The whole group, of which `authority` signs the one at `index`. */
function signedBy(group: readonly Transaction[], index: number, authority: string) {
  return group.map((transaction, i) => ({
    ...wallet(transaction),
    ...(i === index ? { authAddr: authority } : { signers: [] }),
  }))
}
