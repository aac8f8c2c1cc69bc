/** algod's answers, written by algosdk's own models of them. */
import {
  decodeMsgpack,
  encodeJSON,
  encodeMsgpack,
  makePaymentTxnWithSuggestedParamsFromObject,
  modelsv2,
  SignedTransaction,
  type Encodable,
  type Transaction,
} from 'algosdk'
import { entryOf } from './admission.ts'
import type { Chain, Confirmed } from './chain.ts'
import { LedgerRefusal, minFee } from './ledger.ts'

export interface Answer {
  readonly status: number
  readonly type: 'application/json' | 'application/msgpack'
  readonly body: string | Uint8Array
}

export function json(status: number, value: Record<string, unknown> | null): Answer {
  return { status, type: 'application/json', body: JSON.stringify(value) }
}

function model(value: Encodable, format: string | null): Answer {
  if (format === 'msgpack') return { status: 200, type: 'application/msgpack', body: encodeMsgpack(value) }
  return { status: 200, type: 'application/json', body: encodeJSON(value) }
}

export function versions({ genesis }: Chain): Answer {
  const build = { branch: 'test', build_number: 0, channel: 'test', commit_hash: '', major: 4, minor: 0 }
  return json(200, { build, genesis_hash_b64: genesis.hash, genesis_id: genesis.id, versions: ['v2'] })
}

export function params(chain: Chain): Answer {
  const { hash, id } = chain.genesis
  return json(200, {
    'consensus-version': 'future',
    fee: 0,
    'genesis-hash': hash,
    'genesis-id': id,
    'last-round': Number(chain.round()),
    'min-fee': Number(minFee),
  })
}

export function status(chain: Chain): Answer {
  const round = chain.round()
  return model(
    new modelsv2.NodeStatusResponse({
      catchupTime: 0,
      lastRound: round,
      lastVersion: 'future',
      nextVersion: 'future',
      nextVersionRound: round + 1n,
      nextVersionSupported: true,
      stoppedAtUnsupportedRound: false,
      timeSinceLastRound: 1,
    }),
    'json',
  )
}

export function account(chain: Chain, address: string): Answer {
  const { balance, minimum, authority, assetsHeld, assetsMade, appsMade } = chain.ledger.account(address)
  // algosdk's model leaves out what is zero; algod does not.
  const value = {
    address,
    amount: exact(balance),
    'amount-without-pending-rewards': exact(balance),
    'min-balance': exact(minimum),
    'pending-rewards': 0,
    rewards: 0,
    round: exact(chain.round()),
    status: 'Offline',
    'total-apps-opted-in': 0,
    'total-assets-opted-in': assetsHeld,
    'total-created-apps': appsMade,
    'total-created-assets': assetsMade,
    ...(authority === undefined ? {} : { 'auth-addr': authority }),
  }
  const body = JSON.stringify(value).replaceAll(/"exact:([0-9]+)"/g, '$1')
  return { status: 200, type: 'application/json', body }
}

/** Stands for a number that may pass 2^53. */
function exact(value: bigint): string {
  return `exact:${value}`
}

export function pending(chain: Chain, id: string, format: string | null): Answer {
  const found = chain.find(id)
  if (found !== undefined) return model(result(found, found.round <= chain.round() ? found.round : undefined), format)
  const message = 'could not find the transaction in the transaction pool or in the last 1000 confirmed transactions'
  return json(404, { message })
}

function result({ signed, inner }: Omit<Confirmed, 'round'>, round?: bigint): modelsv2.PendingTransactionResponse {
  return new modelsv2.PendingTransactionResponse({
    poolError: '',
    txn: signed,
    ...(round === undefined ? {} : { confirmedRound: round }),
    ...(inner === 0
      ? {}
      : { innerTxns: Array.from({ length: inner }, () => result({ signed: addedBy(signed.txn), inner: 0 })) }),
  })
}

/** A transaction that a contract added, told by nothing but its being there. */
function addedBy({ sender, firstValid, lastValid, genesisHash }: Transaction): SignedTransaction {
  if (genesisHash === undefined) throw new Error('a transaction without a genesis hash was let in')
  const suggestedParams = { fee: 0n, flatFee: true, minFee, firstValid, lastValid, genesisHash }
  return new SignedTransaction({
    txn: makePaymentTxnWithSuggestedParamsFromObject({ sender, receiver: sender, amount: 0n, suggestedParams }),
  })
}

export function simulated(chain: Chain, body: Uint8Array, format: string | null): Answer {
  const request = decodeMsgpack(body, modelsv2.SimulateRequest)
  const [group, ...more] = request.txnGroups
  if (group === undefined || more.length > 0) throw new LedgerRefusal('expected 1 transaction group')
  const entries = group.txns.map((signed) => entryOf(signed, encodeMsgpack(signed)))
  if (request.allowEmptySignatures !== true && entries.some(({ authoriser }) => authoriser === undefined)) {
    throw new LedgerRefusal('signedtxn has no sig')
  }
  const outcome = attempt(chain, entries)
  const inner = 'inner' in outcome ? outcome.inner : []
  const txnResults = group.txns.map(
    (signed, i) => new modelsv2.SimulateTransactionResult({ txnResult: result({ signed, inner: inner[i] ?? 0 }) }),
  )
  const failure = 'words' in outcome ? { failureMessage: outcome.words, failedAt: [outcome.at] } : {}
  const groups = [new modelsv2.SimulateTransactionGroupResult({ txnResults, ...failure })]
  return model(new modelsv2.SimulateResponse({ lastRound: chain.round(), txnGroups: groups, version: 2 }), format)
}

type Attempt = { readonly inner: readonly number[] } | { readonly words: string; readonly at: number }

function attempt(chain: Chain, entries: Parameters<Chain['attempt']>[0]): Attempt {
  try {
    return { inner: chain.attempt(entries) }
  } catch (error) {
    if (error instanceof LedgerRefusal) return { words: error.message, at: error.at ?? 0 }
    throw error
  }
}

export function controlled(chain: Chain, address: string): Answer {
  const accounts = chain.ledger.controlledBy(address).map((one) => ({ address: one, 'auth-addr': address }))
  return json(200, { accounts, 'current-round': Number(chain.round()) })
}

export function blockHeader({ genesis }: Chain, round: number): Answer {
  return json(200, { 'genesis-hash': genesis.hash, 'genesis-id': genesis.id, round })
}
