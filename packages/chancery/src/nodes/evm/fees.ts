/** What a transaction will pay, by the network's fee mode. Bounded by the key's rules later, whatever the node says. */
import type { Deadline } from '../../base/deadline.ts'
import { isJsonObject, type JsonObject } from '../../base/json.ts'
import type { JsonRpc } from './json-rpc.ts'
import { answered, member, quantity } from './quantity.ts'

/** `zero` is a price, not "unset": gas-free Besu and GoQuorum chains refuse anything else. */
export type FeeMode = 'auto' | 'zero'

/** No chain's gas has cost more than 10^18 wei; an answer beyond that is a lie or a mistake. */
const mostPerGas = 10n ** 18n

export function hasFees(value: JsonObject): boolean {
  return ['gasPrice', 'maxFeePerGas', 'maxPriorityFeePerGas'].some((name) => Object.hasOwn(value, name))
}

/** The fee members the value lacks, as decimal strings, and a type where it names none. Empty when the caller gave them. */
export async function feesFor(value: JsonObject, mode: FeeMode, rpc: JsonRpc, deadline: Deadline): Promise<JsonObject> {
  if (hasFees(value)) return {}
  const type = quantity(member(value, 'type'), 'transaction.type')
  const legacy = type !== undefined && type < 2n
  if (mode === 'zero') return zeroFees(type !== undefined && !legacy)
  const base = await baseFee(rpc, deadline)
  if (legacy || base === undefined) return legacyFees(value, rpc, deadline)
  return dynamicFees(base, rpc, deadline)
}

/** Without a type the oldest form is used: GoQuorum takes no other. */
function zeroFees(dynamic: boolean): JsonObject {
  return dynamic ? { type: 2, maxFeePerGas: '0', maxPriorityFeePerGas: '0' } : { gasPrice: '0' }
}

async function legacyFees(value: JsonObject, rpc: JsonRpc, deadline: Deadline): Promise<JsonObject> {
  const price = answered(await rpc.call('eth_gasPrice', [], deadline), 'gas price', mostPerGas)
  const type = Object.hasOwn(value, 'accessList') ? 1 : 0
  return { type, gasPrice: price.toString() }
}

/** Twice the base fee outlasts six full blocks, each raising it by an eighth (EIP-1559). */
async function dynamicFees(base: bigint, rpc: JsonRpc, deadline: Deadline): Promise<JsonObject> {
  const tip = await priorityFee(rpc, deadline)
  return { type: 2, maxFeePerGas: (2n * base + tip).toString(), maxPriorityFeePerGas: tip.toString() }
}

async function baseFee(rpc: JsonRpc, deadline: Deadline): Promise<bigint | undefined> {
  const block = await rpc.call('eth_getBlockByNumber', ['latest', false], deadline)
  const fee = isJsonObject(block) ? member(block, 'baseFeePerGas') : undefined
  return fee === undefined || fee === null ? undefined : answered(fee, 'base fee', mostPerGas)
}

/** Not every node has eth_maxPriorityFeePerGas; the gas price less the base fee is what it would answer. */
async function priorityFee(rpc: JsonRpc, deadline: Deadline): Promise<bigint> {
  const answer = await rpc.ask('eth_maxPriorityFeePerGas', [], deadline)
  if (answer.ok) return answered(answer.result, 'priority fee', mostPerGas)
  const base = (await baseFee(rpc, deadline)) ?? 0n
  const price = answered(await rpc.call('eth_gasPrice', [], deadline), 'gas price', mostPerGas)
  return price > base ? price - base : 0n
}
