/** Reads the state from the store and believes nothing of it before it agrees with its own MACs and with the register. */
import type { Deadline } from '../base/deadline.ts'
import type { Secret } from '../base/secret.ts'
import { Failed } from '../core/errors.ts'
import type { Fence, RegisterStore, StateRecord, StateStore } from '../core/store.ts'
import { parseObject } from './json-object.ts'
import { isGenuineFence, isGenuineRecord, stateRoot } from './records.ts'
import { leafHash } from './segment.ts'
import { recordName } from './snapshot.ts'

export interface Loaded {
  readonly fence: Fence
  /** By `recordName`. */
  readonly records: ReadonlyMap<string, StateRecord>
}

export type StateSource = StateStore & Pick<RegisterStore, 'entry'>

/** Between reading the state and the highest epoch, another process may change it: then it is read again. */
const tries = 5

/**
 * @returns undefined for a new store
 * @throws Failed `store-corrupt` when any part does not agree, or the state is older than the register
 */
export async function loadState(store: StateSource, stateKey: Secret, deadline: Deadline): Promise<Loaded | undefined> {
  let last: Fence | undefined
  for (let i = 0; i < tries; i++) {
    const { fence, records } = await store.state(deadline)
    const highest = await store.highestEpoch(deadline)
    if (highest <= (fence?.epoch ?? 0))
      return fence ? verified(store, fence, records, stateKey, deadline) : empty(records)
    if (i > 0 && fence?.epoch === last?.epoch) throw rolledBack(fence?.epoch ?? 0, highest)
    last = fence
  }
  throw new Failed('store-unavailable', 'The state changes faster than it can be read')
}

function rolledBack(epoch: number, highest: number): Failed {
  return corrupt(`The state is of epoch ${epoch}, but the register reaches epoch ${highest}: it was rolled back`)
}

function empty(records: readonly StateRecord[]): undefined {
  if (records.length > 0) throw corrupt('There are state records without a fence')
}

/** The usual cause where several processes share a store: the same passphrase with another salt is another key. */
const sharedKeyHint =
  'Processes that share a store share its key-encryption key: copy key-encryption-key.json from the data directory of the first'

async function verified(
  store: StateSource,
  fence: Fence,
  records: readonly StateRecord[],
  stateKey: Secret,
  deadline: Deadline,
): Promise<Loaded> {
  if (!isGenuineFence(fence, stateKey)) throw corrupt(`The fence was not written with this state key. ${sharedKeyHint}`)
  for (const record of records) {
    if (!isGenuineRecord(record, stateKey))
      throw corrupt(`The record ${recordName(record)} was not written with this state key`)
  }
  if (stateRoot(records) !== fence.root) throw corrupt('The records are not the set the fence names')
  await agreeWithRegister(store, fence, deadline)
  return { fence, records: new Map(records.map((record) => [recordName(record), record])) }
}

/** The register must hold the change that made this very state. */
async function agreeWithRegister(store: StateSource, fence: Fence, deadline: Deadline): Promise<void> {
  const entry = fence.change && (await store.entry(fence.change, deadline))
  if (entry === undefined) throw corrupt('The register lacks the change that made this state')
  if (leafHash(entry.body) !== entry.leaf) throw corrupt('The change that made this state was edited')
  const { kind, epoch, halted, root } = parseObject(entry.body)
  if (kind !== 'change' || epoch !== fence.epoch || halted !== fence.halted || root !== fence.root) {
    throw corrupt('The register names another state for this epoch')
  }
}

function corrupt(detail: string): Failed {
  return new Failed('store-corrupt', detail)
}
