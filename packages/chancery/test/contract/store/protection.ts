import { describe, expect, test } from 'vitest'
import type { DutyClaim } from '../../../src/core/claim.ts'
import type { ProtectionRaise, ProtectionRow } from '../../../src/core/protection.ts'
import type { RoundItem } from '../../../src/core/store.ts'
import type { Current } from './opened.ts'
import { historyTests } from './history.ts'
import { propertyTests } from './protection-properties.ts'
import { verdictTests } from './protection-verdicts.ts'
import { attestation, begin, block, capitals, guard, hash, item, raising, signing, soon, validator } from './writer.ts'

export function protectionTests(current: Current): void {
  describe('a block', () => blockTests(current))
  describe('an attestation', () => attestationTests(current))
  describe('a raise', () => raiseTests(current))
  describe('rows of slashing protection', () => rowTests(current))
  describe('the history of duties', () => historyTests(current))
  describe('whatever is signed, raised and repeated', () => propertyTests(current))
  describe('the dry run', () => verdictTests(current))
}

/** A writer that says how each round ended. */
async function start(current: Current) {
  const { store } = current()
  const writer = await begin(store)
  const status = async (...items: readonly RoundItem[]) => (await writer.commit(store, items)).status
  const sign = (...duties: readonly DutyClaim[]) => status(...duties.map((duty) => signing(duty)))
  const raise = (...raises: readonly ProtectionRaise[]) => status(raising(...raises))
  const row = async (scope = validator('a')) => (await store.protection([scope], soon()))[0]
  return { store, writer, status, sign, raise, row }
}

const scope = validator('a')
const largest = 2n ** 64n - 1n

function blockTests(current: Current): void {
  test('is taken above the last one, and is the last one then', async () => {
    const { sign, row } = await start(current)
    expect(await sign(block(0, 'x'))).toBe('committed')
    expect(await sign(block(5, 'y'))).toBe('committed')
    expect(await sign(block(largest, 'z'))).toBe('committed')
    expect(await row()).toEqual({ scope, block: { slot: largest, root: hash('z') } })
  })

  test('is taken again with the same root only, and only the last one', async () => {
    const { sign } = await start(current)
    await sign(block(5, 'x'))
    expect(await sign(block(5, 'x'))).toBe('committed')
    expect(await sign({ ...block(5, 'x'), root: capitals(hash('x')) })).toBe('committed')
    expect(await sign(block(5, 'y'))).toBe('refused')
    await sign(block(6, 'x'))
    expect(await sign(block(5, 'x'))).toBe('refused')
  })

  test('that is refused learns what stands against it', async () => {
    const { store, writer, sign } = await start(current)
    await sign(block(5, 'x'), attestation(1, 2, 'x'))
    const duty = block(4, 'y')
    const held = {
      scope,
      block: { slot: 5n, root: hash('x') },
      attestation: { source: 1n, target: 2n, root: hash('x') },
    }
    expect(await writer.commit(store, [item(), signing(duty)])).toEqual({
      status: 'refused',
      faults: [{ item: 1, fault: { reason: 'duty', duty, held } }],
    })
  })

  test('of another validator, or of another network, is another matter', async () => {
    const { sign } = await start(current)
    await sign(block(5, 'x'))
    expect(await sign(block(5, 'y', validator('b')))).toBe('committed')
    expect(await sign(block(5, 'y', validator('a', hash('another genesis'))))).toBe('committed')
  })

  test('is not taken when anything else of its round cannot be', async () => {
    const { status, sign, row } = await start(current)
    await status(item({ guards: [guard('1', 'a')] }), signing(block(5, 'x')))
    const before = await row()
    expect(await status(item({ guards: [guard('1', 'b')] }), signing(block(6, 'x')))).toBe('refused')
    expect(await status(signing(block(6, 'x')), signing(attestation(3, 2, 'x', validator('b'))))).toBe('refused')
    expect(await row()).toEqual(before)
    expect(await sign(block(6, 'y'))).toBe('committed')
  })
}

function attestationTests(current: Current): void {
  test.each<readonly [string, readonly [number, number, string], string]>([
    ['a later one', [3, 5, 'y'], 'committed'],
    ['one from a later source', [4, 5, 'y'], 'committed'],
    ['the very same', [3, 4, 'x'], 'committed'],
    ['another at its target', [3, 4, 'y'], 'refused'],
    ['its root from another source', [2, 4, 'x'], 'refused'],
    ['one before it', [2, 3, 'y'], 'refused'],
    ['one that surrounds it', [2, 5, 'y'], 'refused'],
    ['one that it surrounds', [3, 3, 'y'], 'refused'],
    ['one that goes backwards', [6, 5, 'y'], 'refused'],
    ['one that goes nowhere', [5, 5, 'y'], 'refused'],
  ])('after 3 to 4: %s', async (_, duty, status) => {
    const { sign } = await start(current)
    expect(await sign(attestation(3, 4, 'x'))).toBe('committed')
    expect(await sign(attestation(...duty))).toBe(status)
  })

  test('from 0 to 0 is the one that may go nowhere', async () => {
    const { sign, row } = await start(current)
    expect(await sign(attestation(1, 1, 'x'))).toBe('refused')
    expect(await sign(attestation(2, 1, 'x'))).toBe('refused')
    expect(await row()).toBeUndefined()
    expect(await sign(attestation(0, 0, 'x'))).toBe('committed')
    expect(await sign(attestation(0, 0, 'y'))).toBe('refused')
    expect(await sign(attestation(0, 0, 'x'))).toBe('committed')
    expect(await sign(attestation(0, 1, 'y'))).toBe('committed')
  })

  test('that goes backwards is not taken as the very same either, where an import left it as the last', async () => {
    const { sign, raise } = await start(current)
    await raise({ scope, attestation: { source: 5n, target: 1n, root: hash('x') } })
    expect(await sign(attestation(5, 1, 'x'))).toBe('refused')
  })

  test('is judged by numbers of eight bytes', async () => {
    const { sign } = await start(current)
    expect(await sign(attestation(255, 256, 'x'))).toBe('committed')
    expect(await sign(attestation(256, 2n ** 63n, 'y'))).toBe('committed')
    expect(await sign(attestation(2n ** 63n - 1n, largest, 'z'))).toBe('committed')
    expect(await sign(attestation(2n ** 63n - 1n, largest - 1n, 'z'))).toBe('refused')
  })

  test('and a block share a row and nothing else', async () => {
    const { sign, row } = await start(current)
    expect(await sign(attestation(3, 4, 'x'), block(1, 'x'))).toBe('committed')
    expect(await sign(block(2, 'y'), attestation(3, 5, 'y'))).toBe('committed')
    expect(await row()).toEqual({
      scope,
      block: { slot: 2n, root: hash('y') },
      attestation: { source: 3n, target: 5n, root: hash('y') },
    })
    expect(await sign(block(3, 'z'), attestation(3, 5, 'z'))).toBe('refused')
    expect(await sign(block(3, 'y'), attestation(3, 5, 'y'))).toBe('committed')
  })

  test('of many validators share a round', async () => {
    const { store, writer, sign } = await start(current)
    const all = Array.from({ length: 300 }, (_, n) => attestation(1, 2, 'x', validator(`${n}`)))
    expect(await sign(...all)).toBe('committed')
    const again = all.map((duty, n) => (n % 100 === 7 ? { ...duty, root: hash('y') } : duty))
    const result = await writer.commit(
      store,
      again.map((duty) => signing(duty)),
    )
    expect(result.status === 'refused' && result.faults.map((one) => one.item)).toEqual([7, 107, 207])
  })
}

function raiseTests(current: Current): void {
  test('makes a row, which then decides', async () => {
    const { sign, raise, row } = await start(current)
    const whole = { scope, block: { slot: 9n }, attestation: { source: 3n, target: 5n, root: hash('x') } }
    expect(await raise(whole)).toBe('committed')
    expect(await row()).toEqual(whole)
    expect(await sign(block(9, 'x'))).toBe('refused')
    expect(await sign(attestation(3, 5, 'x'))).toBe('committed')
    expect(await sign(attestation(2, 6, 'y'))).toBe('refused')
    expect(await sign(block(10, 'x'), attestation(3, 6, 'y'))).toBe('committed')
  })

  test('of nothing makes a row that holds nothing', async () => {
    const { sign, raise, row } = await start(current)
    expect(await raise({ scope })).toBe('committed')
    expect(await row()).toEqual({ scope })
    expect(await sign(block(0, 'x'))).toBe('committed')
    expect(await raise({ scope })).toBe('committed')
    expect(await row()).toEqual({ scope, block: { slot: 0n, root: hash('x') } })
  })

  type Last<T> = T & { readonly root?: `0x${string}` }
  type B = Last<{ readonly slot: bigint }>
  const b = (slot: number, root?: string): B => ({ slot: BigInt(slot), ...(root && { root: hash(root) }) })
  test.each<readonly [B, B, B]>([
    [b(5, 'x'), b(4, 'y'), b(5, 'x')],
    [b(5, 'x'), b(6), b(6)],
    [b(5, 'x'), b(6, 'y'), b(6, 'y')],
    [b(5, 'x'), b(5, 'x'), b(5, 'x')],
    [b(5, 'x'), b(5, 'y'), b(5)],
    [b(5, 'x'), b(5), b(5)],
    [b(5), b(5, 'x'), b(5)],
    [b(5), b(4, 'x'), b(5)],
  ])('of a block %o by %o makes %o', async (first, second, wanted) => {
    const { raise, row } = await start(current)
    await raise({ scope, block: first })
    await raise({ scope, block: second })
    expect(await row()).toEqual({ scope, block: wanted })
  })

  type A = Last<{ readonly source: bigint; readonly target: bigint }>
  const a = (source: number, target: number, root?: string): A => ({
    source: BigInt(source),
    target: BigInt(target),
    ...(root && { root: hash(root) }),
  })
  test.each<readonly [A, A, A]>([
    [a(3, 5, 'x'), a(2, 4, 'y'), a(3, 5, 'x')],
    [a(3, 5, 'x'), a(3, 4, 'y'), a(3, 5, 'x')],
    [a(3, 5, 'x'), a(4, 6, 'y'), a(4, 6, 'y')],
    [a(3, 5, 'x'), a(3, 6, 'y'), a(3, 6, 'y')],
    [a(3, 5, 'x'), a(3, 5, 'x'), a(3, 5, 'x')],
    [a(3, 5, 'x'), a(3, 5, 'y'), a(3, 5)],
    [a(3, 5), a(3, 5, 'x'), a(3, 5)],
    [a(3, 5, 'x'), a(2, 6, 'x'), a(3, 6)],
    [a(3, 5, 'x'), a(4, 4, 'x'), a(4, 5)],
    [a(6, 5, 'x'), a(5, 5, 'y'), a(6, 5, 'x')],
  ])('of an attestation %o by %o makes %o', async (first, second, wanted) => {
    const { raise, row } = await start(current)
    await raise({ scope, attestation: first })
    await raise({ scope, attestation: second })
    expect(await row()).toEqual({ scope, attestation: wanted })
  })

  test('leaves alone what it does not name', async () => {
    const { sign, raise, row } = await start(current)
    await sign(block(5, 'x'), attestation(1, 2, 'x'))
    await raise({ scope, block: { slot: 7n } })
    await raise({ scope, attestation: { source: 2n, target: 3n } })
    expect(await row()).toEqual({ scope, block: { slot: 7n }, attestation: { source: 2n, target: 3n } })
  })

  test('shares a round with raises and duties of other scopes, in any order', async () => {
    const { status, row } = await start(current)
    const names = ['a', 'b', 'c', 'd', 'e', 'f']
    const items = names.map((name, n) =>
      n % 2 === 0
        ? raising({ scope: validator(name), block: { slot: 5n } })
        : item({ duties: [block(4, 'x', validator(name)), attestation(1, 2, 'x', validator(name))] }),
    )
    expect(await status(...items)).toBe('committed')
    expect(await row(validator('a'))).toMatchObject({ block: { slot: 5n } })
    expect(await row(validator('b'))).toMatchObject({ block: { slot: 4n }, attestation: { target: 2n } })
  })

  test('is not done when another item of its round cannot be', async () => {
    const { status, row } = await start(current)
    const wrong = signing(attestation(3, 2, 'x', validator('b')))
    expect(await status(raising({ scope, block: { slot: 5n }, history: [block(5, 'x')] }), wrong)).toBe('refused')
    expect(await row()).toBeUndefined()
    expect(await current().store.signedDuties(undefined, undefined, 10, soon())).toEqual({ rows: [] })
  })
}

function rowTests(current: Current): void {
  test('are listed in order of scope, page by page, each once', async () => {
    const { store, sign } = await start(current)
    const scopes = ['b', 'a', 'ä', 'B', '🗝', 'a b', 'aa'].map((name) => `${name}@root`)
    await sign(...scopes.map((one) => block(1, 'x', one)))
    const whole = (await store.protections(undefined, 100, soon())).rows
    expect(whole.map((row) => row.scope).toSorted()).toEqual(scopes.toSorted())
    const paged: ProtectionRow[] = []
    let after: string | undefined
    do {
      const { rows, next } = await store.protections(after, 3, soon())
      paged.push(...rows)
      after = next
    } while (after !== undefined)
    expect(paged).toEqual(whole)
    const wrong = store.protections('no-cursor', 3, soon())
    await expect(wrong).rejects.toMatchObject({ name: 'Refused', code: 'invalid-request' })
  })

  test('are found by their scopes, as far as there are any', async () => {
    const { store, sign } = await start(current)
    await sign(block(1, 'x'), block(2, 'x', validator('b')))
    const found = await store.protection([validator('b'), validator('none'), scope, scope], soon())
    expect(found.map((row) => String(row.block?.slot)).toSorted()).toEqual(['1', '2'])
    expect(await store.protection([], soon())).toEqual([])
  })

  const raise = { scope, block: { slot: 1n } }
  test.each<readonly [string, readonly RoundItem[]]>([
    ['two blocks of a scope', [signing(block(1, 'x')), signing(block(2, 'x'))]],
    ['two of one item', [signing(block(1, 'x'), block(1, 'x'))]],
    ['two attestations of a scope', [signing(attestation(1, 2, 'x')), signing(attestation(2, 3, 'x'))]],
    ['two raises of a scope', [raising(raise), raising(raise)]],
    ['a raise and a block of a scope', [signing(block(2, 'x')), raising(raise)]],
    ['a raise and an attestation of a scope', [signing(attestation(1, 2, 'x')), raising(raise)]],
    ['a scope with a NUL', [signing(block(1, 'x', 'a\0b'))]],
    ['a slot beyond uint64', [signing(block(2n ** 64n, 'x'))]],
    ['an epoch below zero', [signing(attestation(-1n, 2, 'x'))]],
  ])('are not written for a round that no writer may send: %s', async (_, items) => {
    const { store, writer } = await start(current)
    await expect(writer.commit(store, items)).rejects.toMatchObject({ name: 'Failed', code: 'internal' })
    expect(await store.protections(undefined, 10, soon())).toEqual({ rows: [] })
    expect(await writer.commit(store, [signing(block(1, 'x'))])).toMatchObject({ status: 'committed' })
  })

  test('stay over a restart', async () => {
    const { sign, row, writer } = await start(current)
    await sign(block(5, 'x'), attestation(1, 2, 'x'))
    const before = await row()
    const again = await current().reopen()
    expect(await again.protection([scope], soon())).toEqual([before])
    expect(await writer.commit(again, [signing(block(5, 'y'))])).toMatchObject({ status: 'refused' })
  })

  test('of a round that comes again are as they were', async () => {
    const { store, writer, sign } = await start(current)
    const round = writer.round([signing(block(5, 'x'))])
    await store.commit(round, soon())
    writer.follow(round)
    await sign(block(6, 'x'))
    expect(await store.commit(round, soon())).toMatchObject({ status: 'committed' })
    expect((await store.protection([scope], soon()))[0]?.block?.slot).toBe(6n)
  })
}
