/** A payment that pays too little for a block, signed anew for more: it spends the same coins, so that only one is mined. */
import type { BuiltSpend } from '../../core/coins.ts'
import { Refused } from '../../core/errors.ts'
import type { TransactionRow } from '../../core/store.ts'
import { coinOrderOf, refusalOf, withRules } from '../payment.ts'
import { replacementOf, type AskedReplacement } from '../replacement.ts'
import { errorMember, nextRow } from '../row.ts'
import { callOf, signRow } from '../sign-row.ts'
import { current, noteUnsigned, noteWaiting, update } from '../write.ts'
import { signLimit } from './assign.ts'
import { builtMembers, spending } from './build.ts'
import { candidates, coinsOf, ownOutputs } from './spendable.ts'
import { itemOf, spendsOf, versionsIn, type Turn } from './turn.ts'

/** Coins that are read besides those of the transaction that is replaced. */
const mostOthers = 100

/** Returns the row as it now stands: where it cannot be done, the earlier version stays, and the row says why. */
export async function replaceRow(turn: Turn, row: TransactionRow): Promise<TransactionRow> {
  const { rooms } = turn
  const asked = replacementOf(row)
  const call = callOf(rooms, row, signLimit)
  if (asked === undefined || call === undefined) return row
  const refusal = refusalOf(rooms, row, rooms.state.current())
  if (refusal !== undefined) return noteWaiting(rooms, row, refusal)
  try {
    const built = await rebuilt(turn, row, asked)
    const next = nextRow(row, rooms.clock.now(), { body: membersOf(row, built, asked) })
    return await signRow(rooms, next, [next], call)
  } catch (error) {
    return unreplaced(turn, row, error)
  }
}

/** While `unsigned`, its coins are claimed for a version that is not signed yet. */
function membersOf(row: TransactionRow, built: BuiltSpend, { rules }: AskedReplacement) {
  const members = { replacement: undefined, replacementError: undefined, unsigned: true }
  return { ...builtMembers(row, built), ...withRules(row, rules), ...members }
}

async function rebuilt(turn: Turn, row: TransactionRow, asked: AskedReplacement): Promise<BuiltSpend> {
  const { coins } = turn.coin
  const { account, spender } = await spending(turn, row)
  const version = (await versionsIn(turn, row)).at(-1)
  if (version === undefined) throw new Refused('wallet-state', 'Nothing was sent that could be replaced')
  const spent = new Set(turn.rows.filter(({ id }) => id !== row.id).flatMap(spendsOf))
  if ((await ownOutputs(turn, row, spender)).some((output) => spent.has(itemOf(output)))) {
    throw new Refused('wallet-state', 'What came back of it is spent by another payment, which would be lost')
  }
  const { payments, sweepTo } = coinOrderOf(row)
  const mustSpend = coins.inputs(version.raw)
  const must = mustSpend.map((one) => ({ ...one, confirmations: 1 }))
  const others = (await candidates(turn, spender, account, 1)).slice(0, mostOthers)
  return coins.replace({
    network: row.network,
    spender,
    coins: await coinsOf(turn, spender, row, [...must, ...others]),
    payments,
    ...(sweepTo !== undefined && { sweepTo }),
    feeRate: BigInt(asked.feeRate),
    maxFee: BigInt(asked.maxFee),
    mustSpend,
    replaces: version.raw,
  })
}

/** Refused with nothing claimed, the wish is dropped. Claimed, it waits to be signed. */
async function unreplaced({ rooms }: Turn, row: TransactionRow, error: unknown): Promise<TransactionRow> {
  const standing = await current(rooms, row)
  const waits = refusalOf(rooms, standing, rooms.state.current()) !== undefined
  if (error instanceof Refused && standing.body['unsigned'] === undefined && !waits && error.code !== 'frozen') {
    return update(rooms, standing, { body: { replacement: undefined, replacementError: errorMember(error) } })
  }
  await noteUnsigned(rooms, standing, error)
  throw error
}
