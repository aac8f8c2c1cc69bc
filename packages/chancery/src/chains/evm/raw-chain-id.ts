/** The chain id of a raw transaction of any type, without reading the rest: blobs alone can be megabytes. */
import { Refused } from '../../core/errors.ts'
import { toHex } from '../../base/bytes.ts'
import { type Extent, readExtent } from './rlp.ts'

/** v is the seventh field of a legacy transaction. */
const legacyV = 6

/**
 * The chain id that a raw transaction of type 0 to 4 carries, blob network wrappers (EIP-4844, EIP-7594) included;
 * undefined for a legacy one that carries none (before EIP-155).
 * @throws Refused `invalid-payload` or `not-canonical` for what is no transaction
 */
export function rawTransactionChainId(raw: Uint8Array): bigint | undefined {
  const type = raw[0] ?? 0
  if (type >= 0xc0) return legacyChainId(field(raw, listAt(raw, 0, raw.length), legacyV))
  if (type < 1 || type > 4) throw unreadable(`a first byte of ${type}`, '1 to 4, or a list')
  const outer = listAt(raw, 1, raw.length)
  const first = readExtent(raw, outer.start, outer.end, 'raw')
  // A wrapper holds the whole transaction as its first item; the transaction itself begins with a number.
  return integer(raw, type === 3 && first.list ? readExtent(raw, first.start, first.end, 'raw') : first)
}

function unreadable(got: string, wanted: string): Refused {
  return new Refused('invalid-payload', 'This is no transaction', { where: 'raw', got, wanted })
}

/** The list that fills the bytes from `at` to the end. */
function listAt(raw: Uint8Array, at: number, limit: number): Extent {
  const extent = readExtent(raw, at, limit, 'raw')
  if (!extent.list || extent.end !== limit) throw unreadable('something else', 'one list of fields')
  return extent
}

function field(raw: Uint8Array, list: Extent, index: number): bigint {
  let item = readExtent(raw, list.start, list.end, 'raw')
  for (let i = 0; i < index; i++) item = readExtent(raw, item.end, list.end, 'raw')
  return integer(raw, item)
}

/** EIP-155: v is 35 or 36 and twice the chain id; without one it is 27 or 28. */
function legacyChainId(v: bigint): bigint | undefined {
  if (v === 27n || v === 28n) return undefined
  if (v >= 37n) return (v - 35n) / 2n
  throw unreadable(`v of ${v}`, '27, 28, or 37 and more')
}

function integer(raw: Uint8Array, { list, start, end }: Extent): bigint {
  if (list || end - start > 8 || (start < end && raw[start] === 0))
    throw unreadable('something else', 'a number of 64 bits')
  return start === end ? 0n : BigInt(toHex(raw.subarray(start, end)))
}
