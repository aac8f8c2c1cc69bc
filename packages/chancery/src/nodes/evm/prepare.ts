/** From what a caller wants sent to a complete transaction, but for its nonce. */
import type { Deadline } from '../../base/deadline.ts'
import { isJsonObject, type Json, type JsonObject } from '../../base/json.ts'
import { Failed, Refused } from '../../core/errors.ts'
import { feesFor, type FeeMode, hasFees } from './fees.ts'
import type { JsonRpc } from './json-rpc.ts'
import { answered, hexQuantity, member, quantity } from './quantity.ts'

/** No block of any configured chain holds more; an estimate beyond it is a lie or a mistake. */
const mostGas = 1n << 30n

/** @throws Refused `invalid-payload` for serialised bytes or a nonce: the relay hands nonces out */
export function draft(value: unknown, mode: FeeMode): JsonObject {
  if (!isJsonObject(value))
    throw new Refused('invalid-payload', 'The transaction is not an object', { where: 'transaction' })
  refuseMember(value, 'unsigned', 'The relay fills a transaction in, so it takes fields rather than bytes')
  refuseMember(value, 'nonce', 'The relay hands nonces out, so the transaction brings none')
  const gas = hasGas(value) ? {} : { gas: leastGas(value).toString() }
  return { ...draftFees(value, mode), ...value, nonce: '0', ...gas }
}

function refuseMember(value: JsonObject, name: string, why: string): void {
  if (Object.hasOwn(value, name))
    throw new Refused('invalid-payload', why, { where: `transaction.${name}`, wanted: 'absent' })
}

function hasGas(value: JsonObject): boolean {
  return Object.hasOwn(value, 'gas') || Object.hasOwn(value, 'gasLimit')
}

/**
 * What the transaction costs at least, so that a draft is not refused for its gas: 21,000, 40 a byte of calldata (the floor
 * of EIP-7623), 32,000 for a creation (EIP-2) and what the access list costs (EIP-2930). The node's estimate replaces it.
 */
function leastGas(value: JsonObject): number {
  const bytes = Math.max(...['data', 'input'].map((name) => textLength(value[name]) / 2))
  const creation = value['to'] === undefined || value['to'] === null ? 32_000 + Math.ceil(bytes / 32) * 2 : 0
  const list = Array.isArray(value['accessList']) ? value['accessList'].filter(isJsonObject) : []
  const keys = list.reduce((count, { storageKeys }) => count + (Array.isArray(storageKeys) ? storageKeys.length : 0), 0)
  return 21_000 + 40 * Math.ceil(bytes) + creation + 2_400 * list.length + 1_900 * keys
}

function textLength(value: Json | undefined): number {
  return typeof value === 'string' ? value.length : 0
}

function draftFees(value: JsonObject, mode: FeeMode): JsonObject {
  if (hasFees(value)) return {}
  const type = quantity(member(value, 'type'), 'transaction.type')
  if (type === 0n || type === 1n || (type === undefined && mode === 'zero')) return { gasPrice: '0' }
  return { type: 2, maxFeePerGas: '0', maxPriorityFeePerGas: '0' }
}

export async function prepare(
  value: JsonObject,
  sender: string,
  mode: FeeMode,
  rpc: JsonRpc,
  deadline: Deadline,
): Promise<JsonObject> {
  const priced = { ...(await feesFor(value, mode, rpc, deadline)), ...value }
  if (hasGas(priced)) return priced
  return { ...priced, gas: (await estimateGas(priced, sender, rpc, deadline)).toString() }
}

/** A fifth more than the estimate, for state that changes meanwhile; a bare transfer costs what it costs. */
async function estimateGas(value: JsonObject, sender: string, rpc: JsonRpc, deadline: Deadline): Promise<bigint> {
  const answer = await rpc.ask('eth_estimateGas', [callObject(value, sender)], deadline)
  if (!answer.ok) {
    const particulars = { got: answer.words }
    if (answer.busy) throw new Failed('node-refused', 'The node gave no estimate', { particulars })
    throw new Failed('not-executable', 'The node cannot execute this transaction', { particulars })
  }
  const estimate = answered(answer.result, 'gas estimate')
  if (estimate > mostGas) {
    const particulars = { got: estimate.toString(), wanted: `at most ${mostGas}` }
    throw new Failed('not-executable', 'No block holds as much gas as the node estimates', { particulars })
  }
  return estimate === 21_000n ? estimate : (estimate * 6n + 4n) / 5n
}

function callObject(value: JsonObject, sender: string): JsonObject {
  const amounts = ['value', 'gasPrice', 'maxFeePerGas', 'maxPriorityFeePerGas'].flatMap((name) => {
    const amount = quantity(member(value, name), `transaction.${name}`)
    return amount === undefined ? [] : [[name, hexQuantity(amount)] as const]
  })
  const copied = ['to', 'data', 'input', 'accessList'].flatMap((name): [string, Json][] => {
    const found = member(value, name)
    return found === undefined || found === null ? [] : [[name, found]]
  })
  return { from: sender, ...Object.fromEntries(copied), ...Object.fromEntries(amounts) }
}
