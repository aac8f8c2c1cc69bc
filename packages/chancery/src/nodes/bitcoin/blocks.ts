/** Looking a transaction up in blocks, for nodes that index none. */
import type { Rpc } from './rpc.ts'
import { hash, list, member, whole, type Wire } from './wire.ts'

/** Of Bitcoin a day, of Dogecoin two and a half hours: how far back a transaction is looked for that was never seen. */
const farthest = 144n
/** How many blocks behind the last look the next one begins: they may have been replaced since. */
const overlap = 6n
const mostRemembered = 10_000

export interface Blocks {
  /** The hash of the block of the best chain that has it. */
  holding(txid: string, rpc: Rpc): Promise<string | undefined>
}

/** Remembers up to where it looked, so that the next look for the same transaction reads new blocks only. */
export function createBlocks(): Blocks {
  const looked = new Map<string, bigint>()
  const kept = new Map<string, ReadonlySet<string>>()
  return {
    async holding(txid, rpc) {
      const head = whole(await rpc.call('getblockcount', []), 'height')
      const last = looked.get(txid)
      const lowest = last === undefined ? head - farthest : last - overlap
      for (let number = head; number > lowest && number > 0n; number--) {
        const block = hash(await rpc.call('getblockhash', [Number(number)]), 'block hash')
        if ((await contents(block, kept, rpc)).has(txid)) return block
      }
      remember(looked, txid, head, mostRemembered)
      return undefined
    },
  }
}

async function contents(block: string, kept: Map<string, ReadonlySet<string>>, rpc: Rpc): Promise<ReadonlySet<string>> {
  const known = kept.get(block)
  if (known) return known
  const ids = list(member(await rpc.call('getblock', [block]), 'tx'), 'list of transactions')
  const found = new Set(ids.flatMap((one: Wire) => (typeof one === 'string' ? [one] : [])))
  remember(kept, block, found, Number(overlap) * 2)
  return found
}

/** The oldest is forgotten. */
export function remember<T>(map: Map<string, T>, name: string, value: T, most: number): void {
  map.delete(name)
  map.set(name, value)
  const [oldest] = map.keys()
  if (map.size > most && oldest !== undefined) map.delete(oldest)
}
