/** A lot of sealed keys: each signs its proof, all are protected, and one change of state takes them in. */
import { isoTime } from '../base/clock.ts'
import { deadlineIn } from '../base/deadline.ts'
import { sideBySide } from '../base/side-by-side.ts'
import { actorOf } from '../core/access.ts'
import { canKeep } from '../core/backend.ts'
import { Failed, Refused } from '../core/errors.ts'
import { refOf, type KeyRecord } from '../core/key.ts'
import type { Snapshot, StatePut } from '../core/state.ts'
import { answerOf, type Bulk, type Sealed } from './bulk.ts'
import { decided } from './held.ts'
import { keyRecord } from './new-key.ts'
import { standingFor } from './returning.ts'

/** Proofs made at once: their key uses are urgent, so more would keep a block waiting. */
const proofs = 32
/** How often a change is put together anew because a name in it was taken meanwhile. */
const tries = 5
/** Milliseconds: a change of many keys takes longer than one of few, and is never left half done. */
const changeLimit = 10_000

interface Proved extends Sealed {
  readonly record: KeyRecord
}

/** Every key of the lot is taken; nothing is thrown. */
export async function recordLot(bulk: Bulk, lot: readonly Sealed[]): Promise<void> {
  const proved: Proved[] = []
  await sideBySide(lot, proofs, async (sealed) => {
    try {
      proved.push(await prove(bulk, sealed))
    } catch (error) {
      bulk.take(sealed.index, answerOf(error))
    }
  })
  // The order of the import, and so of their ids.
  const left = new Set(proved.toSorted((a, b) => a.index - b.index))
  try {
    await record(bulk, left)
  } catch (error) {
    for (const { index } of left) bulk.take(index, answerOf(error))
  }
}

async function prove(bulk: Bulk, sealed: Sealed): Promise<Proved> {
  const { rooms, call } = bulk
  const { request, wanted, made, backend } = sealed
  refuseOtherAddress(bulk, sealed)
  const record = keyRecord(rooms, request, wanted, made)
  const returning = standingFor(bulk, request, sealed.publicKey) !== undefined
  if (returning && canKeep(backend)) await backend.enable(refOf(record), call.deadline)
  await rooms.prove({ key: record, backend, client: call.principal.client, deadline: call.deadline })
  return { ...sealed, record }
}

/** @throws Refused `invalid-payload` */
function refuseOtherAddress({ rooms }: Bulk, { request, made }: Sealed): void {
  const { expectAddress, family, network } = request
  const chain = rooms.chains.get(family)
  if (expectAddress === undefined || chain === undefined) return
  const [got, wanted] = [chain.address(made.publicKey, network), chain.parseAddress(expectAddress, 'expectAddress')]
  if (got === wanted) return
  const particulars = { where: 'expectAddress', got, wanted }
  throw new Refused('invalid-payload', 'The private key is of another address than expected', particulars)
}

/**
 * Another process, or another request, may take in the same key or name at any moment: then the others go on without it.
 * Whom it takes is no longer in `left`.
 */
async function record(bulk: Bulk, left: Set<Proved>): Promise<void> {
  for (const one of sameAlias(left)) settle(bulk, left, one, aliasTaken(one.record.alias ?? ''))
  if (left.size === 0) return
  await protect(bulk, left)
  for (let i = 0; i < tries && left.size > 0; i++) {
    const judged = [...left].flatMap((one) => judge(bulk, left, one))
    const done = judged.length === 0 ? undefined : await change(bulk, judged)
    for (const { one } of done === undefined ? [] : judged) settle(bulk, left, one, recorded(done, one))
  }
  if (left.size > 0) throw new Failed('overloaded', 'The state changes faster than these keys can be taken in')
}

/** All but the first of each alias: one change cannot take in both, and would refuse all. */
function sameAlias(lot: Iterable<Proved>): readonly Proved[] {
  const aliases = Map.groupBy(lot, ({ record }) => record.alias)
  return [...aliases].flatMap(([alias, same]) => (alias === undefined ? [] : same.slice(1)))
}

function aliasTaken(alias: string, by?: string): Refused {
  const detail = `${alias} names ${by === undefined ? 'another key of this import' : `the key ${by}`} already`
  return new Refused('already-exists', detail, { where: 'alias', got: alias })
}

/** One that may not come in, for a reason of its own, is settled: the others go on without it. */
async function protect(bulk: Bulk, left: Set<Proved>): Promise<void> {
  const { rooms, ready } = bulk
  const keys = Array.from(left, ({ record: key }) => key)
  if (ready === undefined) return rooms.protectNew?.(keys, deadlineIn(changeLimit, rooms.clock))
  const refused = await ready(keys.map(({ publicKey }) => publicKey))
  for (const one of left) {
    const refusal = refused?.get(one.record.publicKey)
    if (refusal !== undefined) settle(bulk, left, one, refusal)
  }
}

function settle(bulk: Bulk, left: Set<Proved>, one: Proved, answer: KeyRecord | Refused | Failed): void {
  left.delete(one)
  bulk.take(one.index, answer)
}

interface Judged {
  readonly one: Proved
  readonly put: StatePut
}

function judge(bulk: Bulk, left: Set<Proved>, one: Proved): readonly Judged[] {
  try {
    return [{ one, put: putOf(bulk, one) }]
  } catch (error) {
    settle(bulk, left, one, answerOf(error))
    return []
  }
}

/** @throws Refused `already-exists` for a key that came in meanwhile, or a name that was taken */
function putOf(bulk: Bulk, { record, request, publicKey }: Proved): StatePut {
  const standing = standingFor(bulk, request, publicKey)
  const { alias } = record
  const named = alias === undefined ? undefined : bulk.rooms.state.current().findKey(alias)
  if (alias !== undefined && named !== undefined && named.id !== record.id) throw aliasTaken(alias, named.id)
  if (standing === undefined) return { kind: 'key', value: record, expect: 0 }
  // It went away and came back as another one while this was on its way.
  if (standing.value.id !== record.id)
    throw new Refused('already-exists', `The key is here already: ${standing.value.id}`)
  const { deletionDate: _, ...kept } = decided(standing.value)
  // Who is `ready` has its networks protected already, by what they are told of it.
  const backSince = bulk.ready === undefined && { backSince: isoTime(bulk.rooms.clock.now()) }
  return { kind: 'key', value: { ...kept, ...record, ...backSince, frozen: kept.frozen }, expect: standing.version }
}

/** `undefined` when the state moved on: then it must be judged anew. */
async function change({ rooms, call }: Bulk, judged: readonly Judged[]): Promise<Snapshot | undefined> {
  const keys = judged.map(({ one: { record } }) => ({
    key: record.id,
    publicKey: record.publicKey,
    backend: record.backend,
    family: record.family,
    usage: record.kind,
    ...(record.tree && { tree: record.tree }),
  }))
  const request = { actor: actorOf(call.principal), action: 'key.import-many', about: { keys } }
  const puts = judged.map(({ put }) => put)
  try {
    return await rooms.state.change({ ...request, puts }, deadlineIn(changeLimit, rooms.clock))
  } catch (error) {
    if (error instanceof Refused && (error.code === 'already-exists' || error.code === 'version-conflict'))
      return undefined
    throw error
  }
}

function recorded(snapshot: Snapshot | undefined, { record }: Proved): KeyRecord | Failed {
  const missing = new Failed('internal', `The key ${record.id} is not in the state that was just recorded`)
  return snapshot?.keys.get(record.id)?.value ?? missing
}
