/** From a request to an intent: decoded once, strictly, and encoded again before anyone believes it. */
import { equal, toHex } from '../../base/bytes.ts'
import type { SignRequestBody } from '../../core/chain.ts'
import { Refused } from '../../core/errors.ts'
import type { Network, SignOperation } from '../../core/names.ts'
import { addressOf, readAddress } from './address.ts'
import { chainIdOf } from './assets.ts'
import { readBytes, readClosedObject, readObject } from '../../core/fields.ts'
import type { DigestIntent, EvmIntent, MessageIntent, TransactionIntent, TypedDataIntent } from './intent.ts'
import { keccak256 } from './keccak.ts'
import { isOpaqueMessage, messageDigest, readMessage } from './messages.ts'
import { invalid, notCanonical, refusal, unsupported } from '../../core/refusals.ts'
import { readUnsigned } from './transaction-decoding.ts'
import { serialiseUnsigned } from './transaction-encoding.ts'
import { readTransaction } from './transaction-fields.ts'
import { checkTransaction } from './transaction-rules.ts'
import { summariseTransaction } from './transaction-summary.ts'
import type { Transaction } from './transaction.ts'
import { readTypedData, summariseTypedData } from './typed-data.ts'

/** @throws Refused with where, got and wanted. */
export function parse(request: SignRequestBody, networks: readonly Network[]): EvmIntent {
  const { operation } = request
  if (!isOurs(operation)) throw unsupported('', operation, 'The EVM has no such thing to sign')
  switch (operation) {
    case 'sign:transaction':
      return parseTransaction(request, requireNetwork(request, networks))
    case 'sign:message':
      return parseMessage(request, requireNetwork(request, networks))
    case 'sign:digest':
      return parseDigest(request)
    case 'sign:typed-data':
      return parseTypedData(request, requireNetwork(request, networks))
    case 'sign:authorization':
      throw unsupported('authorization', operation, 'Authorizations (EIP-7702) are not signed here')
  }
}

const ours = ['sign:transaction', 'sign:message', 'sign:digest', 'sign:typed-data', 'sign:authorization'] as const

function isOurs(operation: SignOperation): operation is (typeof ours)[number] {
  return ours.some((one) => one === operation)
}

function requireNetwork({ network }: SignRequestBody, networks: readonly Network[]): Network {
  if (network === undefined) throw refusal('invalid-request', 'network is missing', 'network', undefined, 'a network')
  if (networks.includes(network)) return network
  throw refusal('unknown-network', 'The network is not configured', 'network', network, networks.join(', '))
}

function parseTransaction(request: SignRequestBody, network: Network): TransactionIntent {
  const from = addressOf(request.publicKey)
  const { transaction, unsigned } = readEitherForm(request.value, chainIdOf(network), from)
  return {
    chain: 'evm',
    kind: 'transaction',
    operation: 'sign:transaction',
    network,
    transaction,
    digest: keccak256(unsigned),
    summary: summariseTransaction(transaction, from),
  }
}

interface ReadTransaction {
  readonly transaction: Transaction
  readonly unsigned: Uint8Array
}

/** JSON fields, or `{ unsigned }` with the serialised transaction. */
function readEitherForm(value: unknown, chainId: bigint, from: string): ReadTransaction {
  const fields = readObject(value, 'transaction')
  if (fields.unsigned !== undefined) return readSerialised(value, chainId)
  if (fields.from !== undefined) checkSender(fields.from, from)
  const transaction = readTransaction(value, 'transaction', chainId)
  checkChainId(transaction, chainId, 'transaction')
  checkTransaction(transaction, 'transaction')
  return { transaction, unsigned: serialiseUnsigned(transaction) }
}

function readSerialised(value: unknown, chainId: bigint): ReadTransaction {
  const where = 'transaction.unsigned'
  const bytes = readBytes(readClosedObject(value, 'transaction', ['unsigned']).unsigned, where)
  const transaction = readUnsigned(bytes, where)
  checkChainId(transaction, chainId, where)
  checkTransaction(transaction, where)
  const unsigned = serialiseUnsigned(transaction)
  if (!equal(unsigned, bytes)) throw notCanonical(where, toHex(bytes), toHex(unsigned))
  return { transaction, unsigned }
}

function checkSender(value: unknown, from: string): void {
  const sender = readAddress(value, 'transaction.from')
  if (toHex(sender) !== from.toLowerCase()) throw invalid('transaction.from', value, `the key's address, ${from}`)
}

function checkChainId({ chainId }: Transaction, wanted: bigint, where: string): void {
  if (chainId === wanted) return
  const place = `${where}.chainId`
  throw refusal('wrong-network', 'The transaction belongs to another network', place, String(chainId), String(wanted))
}

function parseMessage(request: SignRequestBody, network: Network): MessageIntent {
  const message = readMessage(request.value, 'message')
  return {
    chain: 'evm',
    kind: 'message',
    operation: isOpaqueMessage(message) ? 'sign:digest' : 'sign:message',
    network,
    digest: messageDigest(message),
    summary: message.text === undefined ? { bytes: toHex(message.bytes) } : { text: message.text },
  }
}

function parseTypedData(request: SignRequestBody, network: Network): TypedDataIntent {
  const typedData = readTypedData(request.value, 'typedData', chainIdOf(network))
  return {
    chain: 'evm',
    kind: 'typed-data',
    operation: 'sign:typed-data',
    network,
    typedData,
    digest: typedData.digest,
    summary: summariseTypedData(typedData),
  }
}

/** A bare digest belongs to no network, so naming one would promise what nobody can check. */
function parseDigest({ network, value }: SignRequestBody): DigestIntent {
  if (network !== undefined) {
    throw new Refused('invalid-request', 'A digest belongs to no network', {
      where: 'network',
      got: network,
      wanted: 'none',
    })
  }
  const digest = readBytes(value, 'digest', 32)
  return { chain: 'evm', kind: 'digest', operation: 'sign:digest', digest, summary: { digest: toHex(digest) } }
}
