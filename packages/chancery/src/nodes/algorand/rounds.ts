/** Rounds, and what the next transaction needs to know of them. */
import { Failed } from '../../core/errors.ts'
import type { LedgerParameters } from '../../core/node.ts'
import type { Network } from '../../core/names.ts'
import { requireNetwork } from './genesis.ts'
import type { Ask, Reply } from './rest.ts'
import { amount, member, mostRounds, text, type Wire } from './wire.ts'

/** `MaxTxnLife` of every consensus version so far (go-algorand, config/consensus.go). */
const longestValid = 1_000n

/** The least fee has been 1,000 for as long as there is a ledger; what asks a thousand times as much is believed no more. */
const mostFee = 1_000_000n

/** @throws Failed `node-refused`; Refused `wrong-network`: behind one URL there may be several nodes */
export async function parameters(network: Network, ask: Ask): Promise<LedgerParameters> {
  const value = done(await ask({ name: 'params', path: '/v2/transactions/params' }))
  const genesisHash = member(value, 'genesis-hash')
  requireNetwork(genesisHash, network, 'this URL')
  const round = amount(member(value, 'last-round'), 'round', mostRounds)
  return {
    minFee: amount(member(value, 'min-fee'), 'least fee', mostFee),
    feePerByte: amount(member(value, 'fee'), 'suggested fee', mostFee),
    firstValid: round,
    lastValid: round + longestValid,
    genesis: {
      genesisHash: text(genesisHash, 'genesis hash', /=$/),
      genesisID: text(member(value, 'genesis-id'), 'genesis id', /^[-.\w]{1,64}$/),
    },
  }
}

/** @throws Failed `node-refused` */
export async function head(ask: Ask): Promise<bigint> {
  return lastRound(await ask({ name: 'status', path: '/v2/status' }), 'last-round')
}

/** The node answers once there is a block after `round`, or in a minute. */
export async function waitAfter(round: bigint, ask: Ask): Promise<bigint> {
  const path = `/v2/status/wait-for-block-after/${round}`
  return lastRound(await ask({ name: 'wait', path, patience: longestWait }), 'last-round')
}

const longestWait = 15_000

/** @throws Failed `node-refused` */
export function lastRound(reply: Reply, name: string): bigint {
  return amount(member(done(reply), name), 'round', mostRounds)
}

function done({ value, words }: Reply): Wire {
  if (words === '') return value
  throw new Failed('node-refused', 'The node answered with an error', { particulars: { got: words } })
}
