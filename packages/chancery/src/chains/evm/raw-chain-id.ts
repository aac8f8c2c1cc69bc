/** The chain id of a raw transaction of any type, without reading the rest: blobs alone can be megabytes. */
import { Refused } from '../../core/errors.ts'
import { toHex } from '../../base/bytes.ts'
import { type Extent, readExtent } from './rlp.ts'

/** v is the seventh field of a legacy transaction. */
const legacyV = 6

/**
 * The chain id that a raw transaction of type 0 to 4 carries, blob network wrappers (EIP-4844, EIP-7594) included;
 * undefined when it carries none (before EIP-155), or cannot be read.
 */
export function rawTransactionChainId(raw: Uint8Array): bigint | undefined {
  try {
    const type = raw[0] ?? 0
    if (type >= 0xc0) return legacyChainId(field(raw, listAt(raw, 0, raw.length), legacyV))
    if (type < 1 || type > 4) return undefined
    const outer = listAt(raw, 1, raw.length)
    const first = readExtent(raw, outer.start, outer.end, 'raw')
    // A wrapper holds the whole transaction as its first item; the transaction itself begins with a number.
    return integer(raw, type === 3 && first.list ? readExtent(raw, first.start, first.end, 'raw') : first)
  } catch (error) {
    if (error instanceof Refused) return undefined
    throw error
  }
}

/** The list that fills the bytes from `at` to the end. */
function listAt(raw: Uint8Array, at: number, limit: number): Extent {
  const extent = readExtent(raw, at, limit, 'raw')
  if (!extent.list || extent.end !== limit) throw new Refused('invalid-payload', 'raw must be one list of fields')
  return extent
}

function field(raw: Uint8Array, list: Extent, index: number): bigint | undefined {
  let item = readExtent(raw, list.start, list.end, 'raw')
  for (let i = 0; i < index; i++) item = readExtent(raw, item.end, list.end, 'raw')
  return integer(raw, item)
}

function legacyChainId(v: bigint | undefined): bigint | undefined {
  return v === undefined || v < 37n ? undefined : (v - 35n) / 2n
}

function integer(raw: Uint8Array, { list, start, end }: Extent): bigint | undefined {
  if (list || end - start > 8 || raw[start] === 0) return undefined
  return start === end ? 0n : BigInt(toHex(raw.subarray(start, end)))
}
