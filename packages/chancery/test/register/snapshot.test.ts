/** The snapshot after a change is the one that is made of everything anew. */
import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import type { JsonObject } from '../../src/base/json.ts'
import type { StateRecord } from '../../src/core/store.ts'
import { jsonOf, makeSnapshot, nextSnapshot, recordName, type IndexedSnapshot } from '../../src/register/snapshot.ts'
import { keyRecord } from './fixtures.ts'

const createdAt = '2026-11-20T00:00:00.000Z'

function record(kind: StateRecord['kind'], id: string, value: JsonObject): StateRecord {
  return { kind, id, version: 1, body: { epoch: 1, value }, mac: '0x' }
}

const installation = record('installation', 'ins_1', { id: 'ins_1', createdAt })
const few = (prefix: string) => fc.constantFrom(...['1', '2', '3', '4'].map((one) => `${prefix}${one}`))

/** Few names, so that keys take those of others, give them up and meet. */
const key: fc.Arbitrary<StateRecord> = fc
  .record({
    id: few('key_'),
    publicKey: few('0xAb0'),
    alias: fc.option(few('alias'), { nil: undefined }),
    address: fc.option(few('0xCd0'), { nil: undefined }),
    accounts: fc.option(fc.uniqueArray(few('account')), { nil: undefined }),
    handedOver: fc.constantFrom(undefined, 'somebody'),
    state: fc.constantFrom('enabled', 'purged'),
  })
  .map(({ id, ...value }) => record('key', id, { ...jsonOf(keyRecord()), ...defined(value), id }))

function defined(value: Readonly<Record<string, unknown>>): JsonObject {
  return JSON.parse(JSON.stringify(value)) as JsonObject
}

const other: fc.Arbitrary<StateRecord> = fc.oneof(
  few('cli_').map((id) => record('client', id, { id, name: id, secrets: [], grants: [], createdAt })),
  few('user ').chain((id) => fc.boolean().map((frozen) => record('freeze', id, { frozen }))),
  few('t').map((treasury) => record('wallet-policy', 'wallets', { rules: [], treasury: { treasury }, sweepFees: {} })),
)

const change = fc.uniqueArray(fc.oneof(key, key, other), { minLength: 1, maxLength: 3, selector: recordName })

test('whatever was put', () => {
  fc.assert(
    fc.property(fc.array(change, { maxLength: 30 }), (changes) => {
      let records = new Map([[recordName(installation), installation]])
      let snapshot = makeSnapshot({ epoch: 0, halted: false }, records.values())
      for (const [epoch, puts] of changes.entries()) {
        const after = new Map([...records, ...puts.map((one) => [recordName(one), one] as const)])
        const whole = attempt(() => makeSnapshot({ epoch, halted: epoch % 2 === 0 }, after.values()))
        const next = attempt(() => nextSnapshot(snapshot, { epoch, halted: epoch % 2 === 0 }, puts))
        expect(next && partsOf(next)).toEqual(whole && partsOf(whole))
        if (next === undefined) continue
        records = after
        snapshot = next
      }
    }),
  )
})

function attempt(make: () => IndexedSnapshot): IndexedSnapshot | undefined {
  try {
    return make()
  } catch {
    return undefined
  }
}

/** In order: lists of the service follow it. Names are looked up only. */
function partsOf({ findKey, names, ...rest }: IndexedSnapshot) {
  const maps = Object.entries(rest).map(([name, part]: [string, unknown]) => [
    name,
    part instanceof Map ? [...part] : part,
  ])
  const sorted = [...names].toSorted(([a], [b]) => (a < b ? -1 : 1))
  const asked = [...sorted.map(([name]) => name), '0xAB01', '0xcd02', 'nobody']
  return { maps, names: sorted, found: asked.map((name) => findKey(name)?.id) }
}
