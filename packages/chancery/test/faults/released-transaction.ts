/** What a signed EVM transaction commits its key to, worked out by viem and not by the service. */
import { keccak256, parseTransaction, serializeTransaction, type Hex, type TransactionSerialized } from 'viem'

export interface ReleasedTransaction {
  readonly nonce: string
  /** The digest that was signed. */
  readonly payload: Hex
  readonly response: Hex
}

/** @throws Error for bytes that are no signed transaction */
export function releasedTransaction(raw: unknown): ReleasedTransaction {
  if (typeof raw !== 'string') throw new Error('nothing was released')
  const response: TransactionSerialized = `0x02${raw.slice(4)}`
  if (response !== raw) throw new Error(`expected a transaction of type 2, got ${raw.slice(0, 10)}`)
  const { r: _r, s: _s, v: _v, yParity: _y, ...unsigned } = parseTransaction(response)
  return { nonce: String(unsigned.nonce ?? 0), payload: keccak256(serializeTransaction(unsigned)), response }
}
