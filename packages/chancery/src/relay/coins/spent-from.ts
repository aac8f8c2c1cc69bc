/** Which addresses a wallet's payments spent coins of: on record when no node remembers those coins any more. */
import type { Deadline } from '../../base/deadline.ts'
import { Refused } from '../../core/errors.ts'
import type { WalletId } from '../../core/names.ts'
import type { TransactionRow, TransactionState } from '../../core/store.ts'
import type { RelayRooms } from '../rooms.ts'
import { preparedOf } from '../row.ts'
import { fromOf } from './turn.ts'

type Rooms = Pick<RelayRooms, 'store' | 'coinNetworks'>

/** Rows may hold whole transactions. */
const pageSize = 50

/** Of payments that a node knew: whose coins were there. */
export const knownStates: readonly TransactionState[] = ['broadcast', 'mined', 'final']

/** Reads all payments of the wallet: for where the next best answer is no. */
export async function spentFrom(
  rooms: Rooms,
  wallet: WalletId,
  addresses: readonly string[],
  deadline: Deadline,
): Promise<readonly string[]> {
  const wanted = new Set(addresses)
  const found = new Set<string>()
  let after: string | undefined
  for (;;) {
    const page = { limit: pageSize, ...(after !== undefined && { after }) }
    const rows = await rooms.store.transactions({ wallet, states: knownStates }, page, deadline)
    const spent = rows.flatMap((row) => spentBy(rooms, row))
    for (const address of spent) if (wanted.has(address)) found.add(address)
    after = rows.at(-1)?.id
    if (rows.length < pageSize || found.size === wanted.size) return [...found]
  }
}

/** Rows of before they said so themselves hold what was signed, with what that spends. What is not read any more tells nothing. */
function spentBy({ coinNetworks }: Rooms, row: TransactionRow): readonly string[] {
  const from = fromOf(row.body)
  if (from.length > 0) return from
  const prepared = preparedOf(row)
  const coin = coinNetworks.get(row.network)
  if (prepared === undefined || coin === undefined) return []
  try {
    return coin.coins.spentFrom(prepared, row.network)
  } catch (error) {
    if (error instanceof Refused) return []
    throw error
  }
}
