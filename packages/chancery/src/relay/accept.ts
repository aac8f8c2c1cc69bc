/** Taking a transaction on: everything that can be refused now is, and the rest survives a crash. */
import { atMost } from '../base/deadline.ts'
import { isId, newId } from '../base/id.ts'
import type { Call } from '../core/call.ts'
import type { Decision } from '../core/decision.ts'
import { Failed, keyNotFound, Refused } from '../core/errors.ts'
import type { KeyRecord } from '../core/key.ts'
import type { Network, TransactionId } from '../core/names.ts'
import { commitLimit } from '../core/recorder.ts'
import type { SendTransaction } from '../core/services.ts'
import type { IdempotencyKey } from '../core/transactions.ts'
import type { Idempotency, TransactionRow } from '../core/store.ts'
import type { JsonObject } from '../base/json.ts'
import type { CoinNetwork, RelayNetwork, RelayRooms } from './rooms.ts'
import { rowItem, sourceMember } from './row.ts'

/** @returns the row as recorded, or the one the same Idempotency-Key made before */
export async function accept(rooms: RelayRooms, request: SendTransaction, call: Call): Promise<TransactionRow> {
  const key = findKey(rooms, request, call)
  const { node } = networkOf(rooms, request.network)
  const value = node.draft(request.value)
  await judge(rooms, request, value, call)
  const earlier = await earlierRow(rooms, request.idempotency, call)
  return earlier ?? record(rooms, newRow(rooms, request, key, call), request, call)
}

function findKey(rooms: RelayRooms, request: SendTransaction, call: Call): KeyRecord {
  const key = rooms.state.current().findKey(request.key)
  if (key === undefined) throw keyNotFound()
  for (const operation of ['relay', 'sign:transaction'] as const) {
    rooms.requirePermit(call.principal, operation, { key: key.id, network: request.network })
  }
  return key
}

export function networkOf(rooms: RelayRooms, network: string): RelayNetwork {
  for (const [name, found] of rooms.networks) if (name === network) return found
  throw unknownNetwork(network, rooms.networks.keys())
}

export function coinNetworkOf(rooms: RelayRooms, network: Network): CoinNetwork {
  const found = rooms.coinNetworks.get(network)
  if (found === undefined) throw unknownNetwork(network, rooms.coinNetworks.keys())
  return found
}

/** Configured or not: what has no node here can sign, and send nothing. */
function unknownNetwork(got: string, known: Iterable<Network>): Refused {
  const wanted = [...known].join(', ') || 'a network with a node'
  const hint =
    'Give it an rpc where the configuration lists networks; a network of coins may have an esplora in its place'
  return new Refused('unknown-network', 'Nothing is sent on this network: it has no node here', {
    where: 'network',
    got,
    wanted,
    hint,
  })
}

/** With zeros where the node will fill in: shape, recipients and amounts are refused before anything is kept. */
async function judge(rooms: RelayRooms, request: SendTransaction, value: JsonObject, call: Call): Promise<void> {
  const asked = { key: request.key, operation: 'sign:transaction', network: request.network, value } as const
  const { decision } = await rooms.signing.judge(asked, call)
  requireAllowed(decision)
}

/** @throws Refused `denied`, with its checks */
export function requireAllowed(decision: Decision): void {
  if (decision.verdict === 'allow') return
  const failed = decision.checks.filter((check) => !check.ok).map((check) => check.name)
  throw new Refused('denied', `The key's rules do not allow it: ${failed.join(', ')}`, {
    checks: decision.checks,
    ...(decision.hint && { hint: decision.hint }),
  })
}

function newRow(rooms: RelayRooms, request: SendTransaction, key: KeyRecord, call: Call): TransactionRow {
  if (key.address === undefined) throw new Failed('internal', `The key ${key.id} has no address on ${request.network}`)
  const now = rooms.clock.now()
  return {
    id: newId('txn', now),
    version: 1,
    client: call.principal.client,
    key: key.id,
    network: request.network,
    sender: key.address,
    state: 'accepted',
    body: { value: request.value as JsonObject, ...sourceMember(call.principal) },
    createdAt: now,
    updatedAt: now,
  }
}

async function record(
  rooms: RelayRooms,
  row: TransactionRow,
  request: SendTransaction,
  call: Call,
): Promise<TransactionRow> {
  const idempotency = idempotencyOf(request.idempotency, call, row.id)
  // A signature follows, if not at once: what may not be signed now is not taken on either.
  const item = { ...rowItem(rooms, row), signs: true, ...(idempotency && { idempotency }) }
  const recorded = await rooms.recorder.record(item, atMost(call.deadline, commitLimit))
  if (recorded.status === 'recorded') return row
  if (recorded.status === 'halted') throw new Refused('frozen', 'All signing is frozen')
  const earlier = recorded.status === 'refused' && recorded.fault.reason === 'idempotency'
  const again = earlier ? await earlierRow(rooms, request.idempotency, call) : undefined
  if (again !== undefined) return again
  throw new Failed('internal', 'The transaction could not be recorded')
}

export function idempotencyOf(
  asked: IdempotencyKey | undefined,
  call: Call,
  made: TransactionId,
): Idempotency | undefined {
  return asked && { ...asked, client: call.principal.client, made }
}

/** @throws Refused `idempotency-conflict` where the key was used for another request */
export async function earlierRow(
  rooms: RelayRooms,
  asked: IdempotencyKey | undefined,
  call: Call,
): Promise<TransactionRow | undefined> {
  if (asked === undefined) return undefined
  const { route, key, bodyHash } = asked
  const deadline = atMost(call.deadline, commitLimit)
  const earlier = await rooms.store.idempotency(call.principal.client, route, key, deadline)
  if (earlier === undefined) return undefined
  if (earlier.bodyHash === bodyHash && isId('txn', earlier.made)) return rooms.store.transaction(earlier.made, deadline)
  throw new Refused('idempotency-conflict', 'This Idempotency-Key was used for another request', {
    where: 'Idempotency-Key',
  })
}
