/** Whether the state is the one the register's changes made. */
import { isJsonObject } from '../base/json.ts'
import type { Secret } from '../base/secret.ts'
import { Failed } from '../core/errors.ts'
import type { Fence, StateRecord } from '../core/store.ts'
import { textIn } from './json-object.ts'
import { bodyHash, stateRoot } from './records.ts'
import type { Scan } from './scan.ts'
import { placeName } from './segment.ts'
import { recordName } from './snapshot.ts'
import type { RegisterSource } from './source.ts'

export interface ReadState {
  readonly fence: Fence | undefined
  readonly records: readonly StateRecord[]
}

/** What can be said without a key: the set has the fence's root, and each record is the one its last change put. */
export function judgeState({ fence, records }: ReadState, scan: Scan): readonly string[] {
  const changes = scan.changes.filter(({ body }) => Number(body['epoch']) <= (fence?.epoch ?? 0))
  const newest = scan.changes.length > 0 && changes.length === 0 && fence === undefined
  if (newest) return ['fence: it is missing, and the register holds changes']
  if (fence === undefined) return []
  return [...judgeFence(fence, records, changes), ...judgeRecords(records, changes)]
}

type Changes = Scan['changes']

function judgeFence(fence: Fence, records: readonly StateRecord[], changes: Changes): readonly string[] {
  const made = changes.find(({ body }) => body['epoch'] === fence.epoch)
  const objections = [
    stateRoot(records) !== fence.root && 'the records are not the set it names',
    made === undefined && `no change made epoch ${fence.epoch}`,
    made && made.body['root'] !== fence.root && `${placeName(made.place)} made another state`,
    made && made.body['halted'] !== fence.halted && `${placeName(made.place)} says otherwise whether signing is halted`,
  ]
  return objections.flatMap((objection) => (objection ? [`fence: ${objection}`] : []))
}

function judgeRecords(records: readonly StateRecord[], changes: Changes): readonly string[] {
  const put = lastPuts(changes)
  const standing = new Set(records.map(recordName))
  const edited = records.filter((record) => put.get(recordName(record)) !== lineOf(record))
  const gone = [...put.keys()].filter((name) => !standing.has(name))
  return [
    ...edited.map((record) => `state record ${recordName(record)}: not what its last change put there`),
    ...gone.map((name) => `state record ${name}: a change put it there, and it is gone`),
  ]
}

/** As `lastPuts` has it; nothing for a body the service would never write. */
function lineOf({ version, body }: StateRecord): string | undefined {
  try {
    return `${version} ${bodyHash(body)}`
  } catch {
    return undefined
  }
}

/** Version and body hash by record, as the changes left them, in order of epochs. */
function lastPuts(changes: Changes): ReadonlyMap<string, string> {
  const put = new Map<string, string>()
  for (const { body } of changes.toSorted((a, b) => Number(a.body['epoch']) - Number(b.body['epoch']))) {
    const puts: unknown = body['puts']
    for (const one of Array.isArray(puts) ? puts.filter(isJsonObject) : []) {
      put.set(`${textIn(one, 'kind')} ${textIn(one, 'id')}`, `${textIn(one, 'version')} ${textIn(one, 'hash')}`)
    }
  }
  return put
}

/** Epochs rise by one: a change cut out, or one made twice, shows. */
export function judgeEpochs(scan: Scan): readonly string[] {
  const epochs = scan.changes.toSorted((a, b) => Number(a.body['epoch']) - Number(b.body['epoch']))
  return epochs.flatMap(({ place, body }, index) =>
    body['epoch'] === index + 1
      ? []
      : [`${placeName(place)}: its change makes epoch ${textIn(body, 'epoch')}, not ${index + 1}`],
  )
}

/** What can be said with the key that authenticates records and fence. */
export async function judgeMacs(source: RegisterSource, stateKey: Secret | undefined): Promise<readonly string[]> {
  if (stateKey === undefined || source.authenticate === undefined) return []
  try {
    await source.authenticate(stateKey)
    return []
  } catch (error) {
    if (error instanceof Failed && error.code === 'store-corrupt') return [`state: ${error.message}`]
    throw error
  }
}
