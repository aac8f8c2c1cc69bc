/** Where a transaction is, found by its hash and never by an error's words. */
import { isHex, type Hex } from '../../base/bytes.ts'
import type { Deadline } from '../../base/deadline.ts'
import { isJsonObject, type JsonObject } from '../../base/json.ts'
import { Failed } from '../../core/errors.ts'
import type { Sighting } from '../../core/node.ts'
import type { JsonRpc } from './json-rpc.ts'
import { answered, member } from './quantity.ts'

export const mostBlocks = 1n << 63n

export async function sighting(hash: Hex, rpc: JsonRpc, deadline: Deadline): Promise<Sighting> {
  const receipt = await rpc.call('eth_getTransactionReceipt', [hash], deadline)
  if (isJsonObject(receipt)) return inBlock(hash, receipt, rpc, deadline)
  const transaction = await rpc.call('eth_getTransactionByHash', [hash], deadline)
  return { seen: isJsonObject(transaction) && sameHash(member(transaction, 'hash'), hash) ? 'pool' : 'nowhere' }
}

async function inBlock(hash: Hex, receipt: JsonObject, rpc: JsonRpc, deadline: Deadline): Promise<Sighting> {
  const block = member(receipt, 'blockHash')
  if (!sameHash(member(receipt, 'transactionHash'), hash) || !isHex(block, 32)) throw notTheReceipt()
  const number = answered(member(receipt, 'blockNumber'), 'block number', mostBlocks)
  const head = answered(await rpc.call('eth_blockNumber', [], deadline), 'block number', mostBlocks)
  const depth = head < number ? 1n : head - number + 1n
  const success = member(receipt, 'status') === '0x1'
  return { seen: 'block', block, number, depth, success, receipt: brief(receipt), ...feeIn(receipt) }
}

function sameHash(got: unknown, wanted: Hex): boolean {
  return typeof got === 'string' && got.toLowerCase() === wanted.toLowerCase()
}

function notTheReceipt(): Failed {
  return new Failed('node-refused', 'The node answered with the receipt of another transaction')
}

/** Networks on top of another chain say apart what that costs. A receipt without these numbers is one all the same. */
function feeIn(receipt: JsonObject): { readonly fee?: bigint } {
  const [used, price] = [amountIn(receipt['gasUsed']), amountIn(receipt['effectiveGasPrice'])]
  if (used === undefined || price === undefined) return {}
  return { fee: used * price + (amountIn(receipt['l1Fee']) ?? 0n) }
}

function amountIn(value: unknown): bigint | undefined {
  return typeof value === 'string' && /^0x[0-9a-f]{1,24}$/i.test(value) ? BigInt(value) : undefined
}

/** What is kept of a receipt: logs can be large and can be read from the chain. */
function brief(receipt: JsonObject): JsonObject {
  const names = [
    'blockHash',
    'blockNumber',
    'transactionIndex',
    'status',
    'gasUsed',
    'effectiveGasPrice',
    'contractAddress',
  ]
  return Object.fromEntries(names.flatMap((name) => (typeof receipt[name] === 'string' ? [[name, receipt[name]]] : [])))
}
