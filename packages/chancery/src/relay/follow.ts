/** Following what was sent: into a block, down to the configured depth, and back out when the chain reorganises. */
import { deadlineIn, type Deadline } from '../base/deadline.ts'
import { Failed } from '../core/errors.ts'
import type { Sighting } from '../core/node.ts'
import type { TransactionRow } from '../core/store.ts'
import { networkOf } from './accept.ts'
import type { RelayNetwork, RelayRooms } from './rooms.ts'
import { errorMember, hashOf } from './row.ts'
import { broadcast, unplaced } from './send.ts'
import { stepLimit, update } from './write.ts'

/**
 * Looks at every signed row of a lane, oldest nonce first, and sends those a node does not know. Each look has its own time:
 * many rows at a slow node must not keep the lane from what comes after them.
 */
export async function follow(
  rooms: RelayRooms,
  rows: readonly TransactionRow[],
  going: () => Promise<boolean>,
): Promise<void> {
  const [first] = rows
  if (first === undefined) return
  const network = networkOf(rooms, first.network)
  const mined = await network.node.minedNonce(first.sender, deadlineIn(stepLimit, rooms.clock))
  for (const row of rows) {
    if (!(await going())) return
    await followOne(rooms, network, row, mined, deadlineIn(stepLimit, rooms.clock))
  }
}

async function followOne(
  rooms: RelayRooms,
  network: RelayNetwork,
  row: TransactionRow,
  mined: bigint,
  deadline: Deadline,
): Promise<void> {
  const hash = hashOf(row)
  if (hash === undefined || row.nonce === undefined) return
  const sighting = await network.node.sighting(hash, deadline)
  if (sighting.seen === 'block') return void (await inBlock(rooms, row, sighting, network.confirmations))
  if (sighting.seen === 'pool') return backInPool(rooms, row)
  if (row.nonce >= mined) return void (await broadcast(rooms, row))
  if (await passedForGood(network, row, row.nonce, deadline)) await overtaken(rooms, row)
}

/** In a block that no reorganisation takes back. A node that keeps no state that old does not say so. */
async function passedForGood(
  { node, confirmations }: RelayNetwork,
  { sender }: TransactionRow,
  nonce: bigint,
  deadline: Deadline,
): Promise<boolean> {
  const settled = await node.minedNonce(sender, deadline, confirmations).catch((error: unknown) => {
    if (error instanceof Failed && error.code === 'node-refused') return 0n
    throw error
  })
  return nonce < settled
}

export async function inBlock(
  rooms: RelayRooms,
  row: TransactionRow,
  sighting: Extract<Sighting, { seen: 'block' }>,
  confirmations: bigint,
  hash = hashOf(row),
): Promise<TransactionRow> {
  const state = sighting.depth >= confirmations ? 'final' : 'mined'
  const { number, success, fee } = sighting
  const paid = fee === undefined ? {} : { fee: fee.toString() }
  const block = { hash: sighting.block, number: number.toString(), success, ...paid }
  if (row.state === state && JSON.stringify(row.body['block']) === JSON.stringify(block)) return row
  const { receipt } = sighting
  return update(rooms, row, {
    state,
    body: { ...(hash && { hash }), block, receipt, error: undefined, missing: undefined },
  })
}

/** The block that held it is gone, and the node still knows it. */
async function backInPool(rooms: RelayRooms, row: TransactionRow): Promise<void> {
  if (row.state === 'broadcast' && row.body['missing'] === undefined) return
  await update(rooms, row, { state: 'broadcast', body: unplaced })
}

/**
 * The chain has passed the nonce and does not show our transaction: something else used it, or the node lags behind
 * itself. Only after a number of looks in a row is it called lost: whoever reads that sends it anew.
 */
async function overtaken(rooms: RelayRooms, row: TransactionRow): Promise<void> {
  const missing = Number(row.body['missing'] ?? 0) + 1
  if (missing < 10) return void (await update(rooms, row, { body: { missing } }))
  const error = new Failed('node-refused', 'Another transaction used this nonce: the key is used outside this service')
  await update(rooms, row, { state: 'failed', body: { error: errorMember(error), missing } })
}
