/** What must hold of a transaction beyond the size of its fields, or no node would take it. */
import { invalid } from '../../core/refusals.ts'
import { accessListOf, priceCap, type Transaction } from './transaction.ts'

/** EIP-2681: the last nonce is 2^64-2. */
const nonceLimit = (1n << 64n) - 2n
/** EIP-2294: so that v, which holds 2 × chain id + 36, fits 64 bits. */
const chainIdLimit = (1n << 63n) - 37n
/** What nodes' pools take of a transaction without blobs (geth `txMaxSize`). */
export const dataLimit = 131_072
/** EIP-3860. */
const initCodeLimit = 49_152

/** @throws Refused `invalid-payload`, naming the field below `where`. */
export function checkTransaction(transaction: Transaction, where: string): void {
  const { chainId, nonce, gas, data } = transaction
  if (chainId > chainIdLimit) throw invalid(`${where}.chainId`, String(chainId), `at most ${chainIdLimit} (EIP-2294)`)
  if (nonce > nonceLimit) throw invalid(`${where}.nonce`, String(nonce), `at most ${nonceLimit} (EIP-2681)`)
  checkFees(transaction, where)
  if (data.length > dataLimit) throw invalid(`${where}.data`, `${data.length} bytes`, `at most ${dataLimit} bytes`)
  if (transaction.to === undefined && data.length > initCodeLimit) {
    throw invalid(`${where}.data`, `${data.length} bytes`, `at most ${initCodeLimit} bytes of init code (EIP-3860)`)
  }
  const least = intrinsicGas(transaction)
  if (gas < least) throw invalid(`${where}.gas`, String(gas), `at least ${least}, the intrinsic gas`)
}

function checkFees(transaction: Transaction, where: string): void {
  const field = transaction.type === 2 ? 'maxFeePerGas' : 'gasPrice'
  if (transaction.gas * priceCap(transaction) >= 1n << 256n) {
    throw invalid(`${where}.${field}`, String(priceCap(transaction)), 'less: gas × price must be below 2^256')
  }
  if (transaction.type === 2 && transaction.maxPriorityFeePerGas > transaction.maxFeePerGas) {
    const got = String(transaction.maxPriorityFeePerGas)
    throw invalid(`${where}.maxPriorityFeePerGas`, got, `at most maxFeePerGas (${transaction.maxFeePerGas})`)
  }
}

/**
 * The gas a transaction uses before its first instruction: Yellow Paper g0 with EIP-2028 (calldata), EIP-2930 (access
 * list) and EIP-3860 (init code). EIP-7623's floor is left out, as not every network has it.
 */
function intrinsicGas(transaction: Transaction): bigint {
  const { data } = transaction
  let zeros = 0
  for (const byte of data) if (byte === 0) zeros++
  const calldata = 16 * data.length - 12 * zeros
  const creation = transaction.to === undefined ? 32_000 + 2 * Math.ceil(data.length / 32) : 0
  const entries = accessListOf(transaction)
  const keys = entries.reduce((sum, entry) => sum + entry.storageKeys.length, 0)
  return BigInt(21_000 + creation + calldata + 2_400 * entries.length + 1_900 * keys)
}
