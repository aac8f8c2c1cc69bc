/** How far a payment is, in the words of its chain: what it costs and what it is called there. */
import { isHex, type Hex } from '../base/bytes.ts'
import { isJsonObject, type JsonObject } from '../base/json.ts'
import type { ChainCoins } from '../core/coins.ts'
import type { TransactionView } from '../core/transactions.ts'
import type { Withdrawal } from '../core/wallets.ts'

/** `coins` of its chain, where that has them. */
export function standingOf(
  { row: { body }, signed }: TransactionView,
  coins: ChainCoins | undefined,
): Pick<Withdrawal, 'fee' | 'feeRate' | 'txids'> {
  const [standing, ...others] = hashesOf(body)
  const fee = feeOf(body)
  const raw = signed.find(({ hash }) => hash === standing)?.raw
  const size = raw && coins?.virtualSize(raw)
  const feeRate = fee === undefined || size === undefined ? undefined : (fee * 1000n) / BigInt(size)
  const written = (hash: Hex) => (coins === undefined ? hash : hash.slice(2))
  return {
    ...(fee !== undefined && { fee }),
    ...(feeRate !== undefined && { feeRate }),
    txids: standing === undefined ? [] : [standing, ...others].map(written),
  }
}

/** The one that stands first, and then the newest. */
function hashesOf({ hash, versions }: JsonObject): readonly Hex[] {
  if (!isHex(hash)) return []
  const all = Array.isArray(versions) ? versions.filter((one) => isHex(one)) : []
  return [hash, ...all.filter((one) => one !== hash).toReversed()]
}

/** The relay notes the fee of coins when it builds their newest form: of an older one that is mined after all, nobody says it. */
function feeOf({ block, fee, hash, versions, unsigned }: JsonObject): bigint | undefined {
  const paid = isJsonObject(block) ? block['fee'] : undefined
  if (typeof paid === 'string') return BigInt(paid)
  const newest: unknown = Array.isArray(versions) ? versions.at(-1) : undefined
  const known = hash !== undefined && hash === newest && unsigned === undefined
  return known && typeof fee === 'string' ? BigInt(fee) : undefined
}
