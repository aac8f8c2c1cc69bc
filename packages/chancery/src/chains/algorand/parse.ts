/** From a request to an intent: decoded once, strictly. */
import type { SignRequestBody } from '../../core/chain.ts'
import type { Network, SignOperation } from '../../core/names.ts'
import { refusal, unsupported } from '../../core/refusals.ts'
import { type Application, readCall } from './applications.ts'
import { readGroup } from './group.ts'
import type { AlgorandIntent, PrefixedIntent, TransactionsIntent } from './intent.ts'
import { readLogicSignature, readMessage, readProgramData } from './messages.ts'
import { summariseGroup } from './summary.ts'

export interface Configured {
  readonly networks: readonly Network[]
  readonly applications: readonly Application[]
}

/** @throws Refused with where, got and wanted. */
export function parse(request: SignRequestBody, configured: Configured): AlgorandIntent {
  const network = requireNetwork(request, configured.networks)
  const { operation } = request
  if (!isOurs(operation)) throw unsupported('', operation, 'Algorand has no such thing to sign')
  switch (operation) {
    case 'sign:transaction':
      return parseTransactions(request, network, configured.applications)
    case 'sign:message':
      return prefixed(request, network, operation, readMessage(request.value, 'message'))
    case 'sign:logic-signature':
      return prefixed(request, network, operation, readLogicSignature(request.value, 'logicSignature'))
    case 'sign:program-data':
      return prefixed(request, network, operation, readProgramData(request.value, 'programData'))
    case 'sign:digest':
      throw unsupported('digest', operation, 'Ed25519 signs whole messages: send the transactions, or a message')
  }
}

const ours = ['sign:transaction', 'sign:message', 'sign:logic-signature', 'sign:program-data', 'sign:digest'] as const

function isOurs(operation: SignOperation): operation is (typeof ours)[number] {
  return ours.some((one) => one === operation)
}

function requireNetwork({ network }: SignRequestBody, networks: readonly Network[]): Network {
  if (network === undefined) throw refusal('invalid-request', 'network is missing', 'network', undefined, 'a network')
  if (networks.includes(network)) return network
  throw refusal('unknown-network', 'The network is not configured', 'network', network, networks.join(', '))
}

function parseTransactions(
  { value, publicKey, accounts = [] }: SignRequestBody,
  network: Network,
  applications: readonly Application[],
): TransactionsIntent {
  const group = readGroup(value, 'transactions', { publicKey, accounts, network })
  const all = group.map(({ transaction }) => transaction)
  const here = applications.filter((application) => application.network === network)
  const calls = all.map((transaction, i) => {
    const before = transaction.group ? all.slice(0, i) : []
    return readCall(transaction, before, here, `transactions[${i}].txn`)
  })
  return {
    chain: 'algorand',
    kind: 'transactions',
    operation: 'sign:transaction',
    network,
    publicKey,
    transactions: group,
    summary: summariseGroup(group, calls),
  }
}

function prefixed(
  { publicKey }: SignRequestBody,
  network: Network,
  operation: PrefixedIntent['operation'],
  read: Pick<PrefixedIntent, 'bytes' | 'summary' | 'program'>,
): PrefixedIntent {
  return { chain: 'algorand', kind: 'prefixed', operation, network, publicKey, ...read }
}
