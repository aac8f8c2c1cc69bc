/**
 * An account that gets another key and keeps its address. The ledger first, in one group that proves the new key before the
 * old one is let go; then the record. In between the account is safe, and a repeat of the call finishes it.
 */
import { deadlineIn } from '../base/deadline.ts'
import type { JsonObject } from '../base/json.ts'
import { actorOf } from '../core/access.ts'
import type { Accounts, HandedOver } from '../core/accounts.ts'
import type { Call } from '../core/call.ts'
import { Failed, Refused } from '../core/errors.ts'
import type { KeyRecord } from '../core/key.ts'
import type { Network } from '../core/names.ts'
import type { LedgerNode } from '../core/node.ts'
import type { OwnUse } from '../core/services.ts'
import type { StatePut, Versioned } from '../core/state.ts'
import { accountOf, chainOf, findAccountKey, ledgerOf, networkOf } from './find.ts'
import { movePuts } from './move.ts'
import type { AccountChain, AccountRooms } from './rooms.ts'
import { send, signedParts } from './send.ts'

interface Move {
  readonly chain: AccountChain
  readonly network: Network
  readonly node: LedgerNode
  readonly account: string
  readonly from: Versioned<KeyRecord>
  readonly to: Versioned<KeyRecord>
}

export async function handOver(
  rooms: AccountRooms,
  name: string,
  toName: string,
  how: Parameters<Accounts['handOver']>[2],
  call: Call,
): Promise<HandedOver> {
  const move = plan(rooms, name, toName, how.network, call)
  const { node, account, from, to } = move
  const { authority = account } = await node.account(account, call.deadline)
  if (authority === to.value.address) return recorded(rooms, move, call)
  if (authority !== from.value.address) throw signedElsewhere(account, authority, from.value)
  const sent = await change(rooms, move, call)
  return { ...(await recorded(rooms, move, call)), sent }
}

/** @throws Refused for keys that cannot stand for each other */
function plan(rooms: AccountRooms, name: string, toName: string, named: Network | undefined, call: Call): Move {
  const [from, to] = [findAccountKey(rooms, name, call), findAccountKey(rooms, toName, call)]
  const chain = chainOf(rooms, from.value)
  const network = networkOf(chain, from.value, named)
  refuseUnlike(from.value, to.value)
  refuseSeveralNetworks(chain, from.value)
  if (networkOf(chain, to.value, network) !== network) throw new Failed('internal', 'Two networks for one account')
  // Interrupted before it was recorded, the key still has the account.
  return { chain, network, node: ledgerOf(rooms, network), account: accountOf(from.value), from, to }
}

function refuseUnlike(from: KeyRecord, to: KeyRecord): void {
  const wrong = (got: string, wanted: string) =>
    new Refused('key-state', 'The account cannot be handed to this key', { where: 'to', got, wanted })
  if (from.id === to.id) throw wrong('the same key', 'another key')
  if (from.handedOver && (from.accounts ?? []).length === 0)
    throw wrong('an account that was handed over already', 'the key that signs for it now')
  if (to.family !== from.family) throw wrong(to.family, from.family)
  if (to.kind !== 'decoded' || from.kind !== 'decoded') throw wrong('an opaque key', 'decoded keys')
  if (to.state !== 'enabled') throw wrong(to.state, 'enabled')
  if ((to.accounts ?? []).length > 0) throw wrong('a key that signs for another account', 'a key without one')
}

/** The record knows one key for an account: it would be wrong on every network but the one where the account moved. */
function refuseSeveralNetworks({ networks }: AccountChain, from: KeyRecord): void {
  if (from.network !== undefined || networks.length === 1) return
  const particulars = {
    where: 'id',
    got: `a key for ${networks.join(', ')}`,
    wanted: 'a key that was made for one network',
  }
  throw new Refused('key-state', 'The account is one on several networks, and would move on one only', particulars)
}

function signedElsewhere(account: string, got: string, from: KeyRecord): Refused {
  const particulars = { where: account, got, wanted: from.address ?? from.id }
  return new Refused(
    'conflicts-with-earlier',
    'On its ledger the account is signed for by a key that is neither',
    particulars,
  )
}

async function change(rooms: AccountRooms, move: Move, call: Call): Promise<{ id: string; round: bigint }> {
  const { chain, network, node, account } = move
  const [from, to] = [move.from.value, move.to.value]
  const parameters = await node.parameters(call.deadline)
  const addresses = { from: from.address ?? '', to: to.address ?? '' }
  const built = chain.accounts.handOver({ account, ...addresses, network, parameters })
  const own: OwnUse = { purpose: 'hand-over', right: 'admin', rules: built.rules }
  const request = { operation: 'sign:transaction', network } as const
  // The new key first: one that cannot sign leaves nothing behind.
  const byNew = await rooms.signing.signOwn({ ...request, key: to.id, value: built.byNew }, call, own)
  const byOld = await rooms.signing.signOwn({ ...request, key: from.id, value: built.byOld }, call, own)
  const { round } = await send(node, signedParts([byOld.signed, byNew.signed]), built, call.deadline)
  const { authority = account } = await node.account(account, call.deadline)
  if (authority === to.address) return { id: built.id, round }
  throw new Failed('in-doubt', 'The group is confirmed, and the node still names another key', {
    particulars: { got: authority },
  })
}

/** Given its own time: a caller who hangs up does not leave it half done. */
async function recorded(rooms: AccountRooms, move: Move, call: Call): Promise<HandedOver> {
  const deadline = deadlineIn(5_000, rooms.clock)
  const snapshot = await rooms.state.refresh(deadline)
  const { account, network, from, to } = asItStands(rooms, move, call)
  const puts = movePuts(snapshot, account, from, to)
  const about = { account, network, from: from.value.id, to: to.value.id, ...movedRules(puts, to.value) }
  const change = { actor: actorOf(call.principal), action: 'account.hand-over', about, puts }
  const after = await rooms.state.change(change, deadline)
  const [key, former] = [after.keys.get(to.value.id)?.value, after.keys.get(from.value.id)?.value]
  if (key === undefined || former === undefined) throw new Failed('internal', 'A key is not in the state just recorded')
  return { account, network, key, former }
}

/** The ledger takes its time, and what is frozen or ruled meanwhile must not keep the record from following it. */
function asItStands(rooms: AccountRooms, { account, network, from, to }: Move, call: Call): Move {
  const now = plan(rooms, from.value.id, to.value.id, network, call)
  if (now.account === account) return now
  throw new Refused('version-conflict', 'The key was given another account in the meantime', { where: account })
}

/** In full: a decision of the past names the version it was made by, and only here it stays to be read. */
function movedRules(puts: readonly StatePut[], { id }: KeyRecord): JsonObject {
  const moved = puts.find((put) => put.kind === 'rules' && put.id === id)
  return moved?.kind === 'rules' ? { version: moved.expect + 1, rules: { ...moved.value } } : {}
}
