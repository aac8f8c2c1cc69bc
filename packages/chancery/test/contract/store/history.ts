import { expect, test } from 'vitest'
import type { SignedDuty } from '../../../src/core/protection.ts'
import type { Store } from '../../../src/core/store.ts'
import { toCursor } from '../../../src/store/cursor.ts'
import type { Current } from './opened.ts'
import {
  attestation,
  begin,
  block,
  genesisValidatorsRoot,
  hash,
  item,
  raising,
  signing,
  soon,
  validator,
} from './writer.ts'

const scope = validator('a')

/** Page by page, of any size. */
async function all(store: Store, scopes?: readonly string[], limit = 1_000): Promise<readonly SignedDuty[]> {
  const found: SignedDuty[] = []
  let after: string | undefined
  do {
    const { rows, next } = await store.signedDuties(scopes, after, limit, soon())
    expect(rows.length).toBeLessThanOrEqual(limit)
    found.push(...rows)
    after = next
  } while (after !== undefined)
  return found
}

export function historyTests(current: Current): void {
  test('has what was signed, once, in the order it was written', async () => {
    const { store } = current()
    const writer = await begin(store)
    const duties = [
      attestation(1, 2, 'x'),
      block(5, 'x'),
      attestation(1, 3, 'y'),
      attestation(1, 3, 'y'),
      block(7, 'z'),
    ]
    for (const duty of duties) await writer.commit(store, [signing(duty)])
    const once = duties.filter((_, at) => at !== 3)
    expect(await all(store)).toEqual(once)
    expect(await all(store, [scope])).toEqual(once)
    expect(await all(store, [validator('b')])).toEqual([])
    expect(await all(store, [])).toEqual([])
    expect(await store.signedDuties([validator('b')], undefined, 10, soon())).toEqual({ rows: [] })
  })

  test('has new duties of a round in which others are repeats', async () => {
    const { store } = current()
    const writer = await begin(store)
    const of = (name: string) => attestation(1, 2, 'x', validator(name))
    await writer.commit(store, [signing(of('a')), signing(of('c'))])
    await writer.commit(store, [signing(of('a')), signing(of('b')), signing(of('c')), signing(block(1, 'x'))])
    expect(await all(store, [scope])).toEqual([of('a'), block(1, 'x')])
    expect((await all(store)).length).toBe(4)
  })

  test('is read page by page, of all or of some, whatever the size of the page', async () => {
    const { store } = current()
    const writer = await begin(store)
    for (let epoch = 1; epoch <= 6; epoch++) {
      const duties = Array.from({ length: 40 }, (_, n) =>
        attestation(epoch - 1, epoch, `${epoch} ${n % 3}`, validator(`${n}`)),
      )
      await writer.commit(
        store,
        duties.map((duty) => signing(duty)),
      )
    }
    const whole = await all(store)
    expect(whole).toHaveLength(240)
    expect(new Set(whole.map((duty) => `${duty.scope} ${'target' in duty && duty.target}`)).size).toBe(240)
    for (const limit of [1, 7, 240]) expect(await all(store, undefined, limit)).toEqual(whole)
    const some = [validator('3'), validator('39'), validator('none')]
    const theirs = whole.filter((duty) => some.includes(duty.scope))
    expect(theirs).toHaveLength(12)
    for (const limit of [1, 5, 12, 100]) expect(await all(store, some, limit)).toEqual(theirs)
  })

  test('is not read after a cursor that is none', async () => {
    for (const after of ['no-cursor', toCursor(['a', 1, 2 ** 31, 0])]) {
      const wrong = current().store.signedDuties(undefined, after, 5, soon())
      await expect(wrong).rejects.toMatchObject({ name: 'Refused', code: 'invalid-request' })
    }
  })

  test('takes what a raise brings, as often as it is brought', async () => {
    const { store } = current()
    const writer = await begin(store)
    await writer.commit(store, [signing(block(5, 'x')), signing(attestation(1, 2, 'x'))])
    const { root: _, ...unknown } = block(5, 'x')
    const brought = [
      block(5, 'x'),
      block(4, 'x'),
      block(4, 'x'),
      unknown,
      attestation(1, 2, 'x'),
      attestation(0, 2, 'x'),
    ]
    const raise = { scope, history: brought }
    await writer.commit(store, [raising(raise)])
    const signed = [block(5, 'x'), attestation(1, 2, 'x')]
    const text = (duties: readonly SignedDuty[]) => duties.map((duty) => JSON.stringify(duty, plain)).toSorted()
    expect(text(await all(store))).toEqual(text([...signed, ...brought]))
    await writer.commit(store, [raising(raise)])
    expect(text(await all(store))).toEqual(text([...signed, ...brought, ...brought]))
    await writer.commit(store, [raising({ scope: validator('b'), history: [block(5, 'x', validator('b'))] })])
    expect(await all(store, [validator('b')])).toEqual([block(5, 'x', validator('b'))])
  })

  test('of a round of many raises keeps every one apart', async () => {
    const { store } = current()
    const writer = await begin(store)
    const raises = Array.from({ length: 30 }, (_, n) => {
      const of = validator(`${n}`)
      const history = Array.from({ length: n % 4 }, (__, at) => attestation(at, at + 1, `${at}`, of))
      return { scope: of, attestation: { source: 3n, target: 4n }, history: [...history, block(n, 'x', of)] }
    })
    const others = Array.from({ length: 10 }, (_, n) => signing(block(n, 'x', validator(`other ${n}`))))
    expect(await writer.commit(store, [raising(...raises), ...others])).toMatchObject({ status: 'committed' })
    for (const { scope: of, history } of raises) expect(await all(store, [of])).toHaveLength(history.length)
    expect(await all(store)).toHaveLength(raises.flatMap(({ history }) => history).length + 10)
  })

  test('is forgotten below a slot and an epoch, of one network, bit by bit; the rows stay', async () => {
    const { store } = current()
    const writer = await begin(store)
    const elsewhere = validator('a', hash('another genesis'))
    for (let at = 1; at <= 6; at++) {
      const votes = Array.from({ length: 5 }, (_, n) => attestation(at - 1, at, `${at}`, validator(`${n}`)))
      const blocks = [block(at * 10, 'x'), block(at * 10, 'x', elsewhere)]
      await writer.commit(
        store,
        [...votes, ...blocks].map((duty) => signing(duty)),
      )
    }
    const rows = await store.protections(undefined, 100, soon())
    const before = { genesisValidatorsRoot, slot: 30n, epoch: 4n }
    const gone: number[] = []
    for (let last = -1; last !== 0; gone.push(last)) last = await store.forgetDuties(before, 4, soon())
    expect(gone).toEqual([4, 4, 4, 4, 1, 0])
    const left = await all(store)
    expect(left.filter((duty) => duty.kind === 'attestation')).toHaveLength(15)
    const slots = left.flatMap((duty) => (duty.kind === 'block' ? [`${duty.scope === elsewhere} ${duty.slot}`] : []))
    const wanted = [10, 20, 30, 40, 50, 60].map((slot) => `true ${slot}`)
    expect(slots.toSorted()).toEqual([...wanted, ...[30, 40, 50, 60].map((slot) => `false ${slot}`)].toSorted())
    expect(await store.protections(undefined, 100, soon())).toEqual(rows)
    expect(await writer.commit(store, [signing(block(20, 'x'))])).toMatchObject({ status: 'refused' })
  })

  test('of rounds that were refused is not there', async () => {
    const { store } = current()
    const writer = await begin(store)
    await writer.commit(store, [signing(block(5, 'x'))])
    await writer.commit(store, [signing(block(5, 'y')), signing(block(6, 'x', validator('b'))), item()])
    expect(await all(store)).toEqual([block(5, 'x')])
  })
}

function plain(_: string, value: unknown): unknown {
  return typeof value === 'bigint' ? String(value) : value
}
