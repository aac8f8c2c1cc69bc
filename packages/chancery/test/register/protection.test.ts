/** Slashing protection through the register: whom a round is shared with, what entries must name, what the verifier finds. */
import path from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { entryDuty, type DutyClaim } from '../../src/core/claim.ts'
import { entryRaise, type ProtectionRaise } from '../../src/core/protection.ts'
import type { RecordItem } from '../../src/core/recorder.ts'
import { exportRegister, readExport } from '../../src/register/export.ts'
import {
  folded,
  mayLackRoot,
  stepOfDuty,
  stepOfRaise,
  type Fold,
  type Step,
} from '../../src/register/protection-fold.ts'
import { sourceOf } from '../../src/register/source.ts'
import { verifyRegister } from '../../src/register/verify.ts'
import { attestation, block, hash, validator } from '../contract/store/writer.ts'
import { ProtectionModel } from '../contract/store/protection-model.ts'
import { clock, folder, openWhole, raising, signing, soon, sqlite, stateKey } from './fixtures.ts'

type Whole = Awaited<ReturnType<typeof openWhole>>

const scope = validator('a')
const [other, third] = [validator('b'), validator('c')]

async function record({ writer }: Whole, ...items: readonly RecordItem[]) {
  return Promise.all(items.map((item) => writer.record(item, soon())))
}

const statuses = (recorded: Awaited<ReturnType<typeof record>>) => recorded.map(({ status }) => status)
const rounds = (recorded: Awaited<ReturnType<typeof record>>) =>
  new Set(recorded.map((one) => one.status === 'recorded' && one.seq)).size

describe('an item with duties or raises', () => {
  const entry = (duty: DutyClaim) => entryDuty(duty)
  const base = signing(block(5, 'x'))
  const named = (duties: unknown) => ({ ...base, bodies: [{ ...base.bodies[0], duties }] }) as unknown as RecordItem
  const raise = { scope, block: { slot: 5n, root: hash('x') } }
  const lifting = (raises: unknown) =>
    ({ ...raising(raise), bodies: [{ ...raising(raise).bodies[0], raises }] }) as unknown as RecordItem
  test.each<readonly [string, RecordItem]>([
    ['no name of its duty', named([])],
    ['no list', named(undefined)],
    ['another slot', named([entry(block(6, 'x'))])],
    ['another root', named([entry(block(5, 'y'))])],
    ['another scope', named([entry(block(5, 'x', other))])],
    ['another kind', named([entry(attestation(5, 5, 'x'))])],
    ['one more', named([entry(block(5, 'x')), entry(attestation(1, 2, 'x'))])],
    ['a number for a slot', named([{ ...entry(block(5, 'x')), slot: 5 }])],
    ['a duty it does not take', { ...base, duties: [] }],
    ['no name of its raise', lifting([])],
    ['another raise', lifting([entryRaise({ ...raise, block: { slot: 6n } })])],
    ['a raise without its root', lifting([entryRaise({ scope, block: { slot: 5n } })])],
    ['a raise it does not make', { ...raising(raise), raises: [] }],
  ])('is refused where its entries have %s', async (_, item) => {
    const { writer } = await openWhole(await folder())
    await expect(writer.record(item, soon())).rejects.toMatchObject({ name: 'Failed', code: 'internal' })
  })

  test('may name several, in any order', async () => {
    const whole = await openWhole(await folder())
    const item = signing(block(5, 'x'), attestation(1, 2, 'y'))
    expect(statuses(await record(whole, { ...item, duties: item.duties?.toReversed() ?? [] }))).toEqual(['recorded'])
  })
})

describe('items on one row', () => {
  test('of one kind never share a round: the second is judged by the first', async () => {
    const whole = await openWhole(await folder())
    const recorded = await record(whole, signing(block(5, 'x')), signing(block(5, 'y')), signing(block(6, 'z')))
    expect(statuses(recorded)).toEqual(['recorded', 'refused', 'recorded'])
    expect(recorded[1]).toMatchObject({ fault: { reason: 'duty', held: { block: { slot: 5n } } } })
  })

  test('of two kinds share one, and so do those of many validators', async () => {
    const whole = await openWhole(await folder())
    const items = [signing(block(5, 'x')), signing(attestation(1, 2, 'x')), signing(attestation(1, 2, 'x', other))]
    const recorded = await record(whole, ...items)
    expect(statuses(recorded)).toEqual(['recorded', 'recorded', 'recorded'])
    expect(rounds(recorded)).toBe(1)
  })

  test.each([block(5, 'x'), attestation(1, 2, 'x')])('where one is a raise never share one: $kind', async (duty) => {
    const whole = await openWhole(await folder())
    const high = { scope, block: { slot: 9n }, attestation: { source: 9n, target: 9n } }
    const recorded = await record(whole, raising(high), signing(duty), raising({ scope: other }))
    expect(statuses(recorded)).toEqual(['recorded', 'refused', 'recorded'])
  })

  test('that come by the hundred leave one signed', async () => {
    const whole = await openWhole(await folder())
    const items = Array.from({ length: 200 }, (_, n) => signing(attestation(1, 2, `${n}`)))
    const recorded = await record(whole, ...items)
    expect(statuses(recorded).filter((status) => status === 'recorded')).toHaveLength(1)
    expect(statuses(recorded).filter((status) => status === 'refused')).toHaveLength(199)
  })
})

async function findings({ store }: Pick<Whole, 'store'>): Promise<readonly string[]> {
  return (await verifyRegister(sourceOf(store, clock), { stateKey: stateKey() })).findings
}

/** Blocks, attestations, repeats, raises of every sort, an import with history. */
async function lively(directory: string): Promise<Whole> {
  const whole = await openWhole(directory)
  const past = { scope: third, history: [block(1, 'x', third), attestation(0, 1, 'x', third)] }
  for (const items of [
    [signing(block(5, 'x')), signing(attestation(1, 2, 'x')), signing(attestation(1, 2, 'x', other))],
    [signing(block(5, 'x')), signing(attestation(1, 3, 'y'))],
    [raising({ scope: other, attestation: { source: 1n, target: 2n, root: hash('y') } })],
    [raising({ ...past, block: { slot: 1n, root: hash('x') }, attestation: { source: 0n, target: 1n } })],
  ]) {
    await record(whole, ...items)
  }
  return whole
}

describe('the verifier', () => {
  test('finds an honest register in order, and its export', async () => {
    const whole = await lively(await folder())
    expect(await findings(whole)).toEqual([])
    const lines: string[] = []
    for await (const line of exportRegister(sourceOf(whole.store, clock))) lines.push(line)
    expect((await verifyRegister(await readExport(lines))).findings).toEqual([])
    const without = lines.filter((line) => !(line.startsWith('{"protection"') && line.includes(other)))
    const raised = lines.map((line) =>
      line.startsWith('{"protection"') ? line.replace('"slot":"5"', '"slot":"4"') : line,
    )
    expect((await verifyRegister(await readExport(raised))).findings).toEqual([
      `protection ${scope}: the row holds slot 4, the entries make it 5`,
    ])
    expect((await verifyRegister(await readExport(without))).findings).toEqual([
      `protection ${other}: entries made the row, and it is gone`,
    ])
  })

  const of = (one: string) => `scope = '${one}'`
  test.each<readonly [string, RegExp]>([
    [
      `UPDATE protection SET slot = x'0000000000000004' WHERE ${of(scope)}`,
      /: the row holds slot 4, the .* make it 5$/,
    ],
    [
      `UPDATE protection SET slot = x'0000000000000006' WHERE ${of(scope)}`,
      /: the row holds slot 6, the .* make it 5$/,
    ],
    [`UPDATE protection SET slot = NULL, block_root = NULL WHERE ${of(scope)}`, /: the row holds slot undefined/],
    [`UPDATE protection SET block_root = zeroblob(32) WHERE ${of(scope)}`, /: the row holds the block root 0x00/],
    [`UPDATE protection SET block_root = NULL WHERE ${of(scope)}`, /: the row holds the block root of nobody/],
    [`UPDATE protection SET source = zeroblob(8) WHERE ${of(scope)}`, /holds 0 to 3, the entries make it 1 to 3$/],
    [
      `UPDATE protection SET target = x'0000000000000002' WHERE ${of(scope)}`,
      /holds 1 to 2, the entries make it 1 to 3$/,
    ],
    [`UPDATE protection SET attestation_root = zeroblob(32) WHERE ${of(scope)}`, /the attestation root 0x00/],
    [`UPDATE protection SET attestation_root = x'${hash('y').slice(2)}' WHERE ${of(other)}`, /make it unknown$/],
    [`DELETE FROM protection WHERE ${of(scope)}`, /: entries made the row, and it is gone$/],
    [`UPDATE protection SET scope = 'x' WHERE ${of(scope)}`, /^protection x: no entry made the row$/],
    [
      `UPDATE signed_duty SET root = zeroblob(32)`,
      /^history: 6 duties stand in no attempt, imports brought 2; they are of 0x/,
    ],
    [
      `INSERT INTO signed_duty SELECT stream, seq, n + 9 * at, network, slot, source, target, root, validators
         FROM signed_duty, (SELECT 1 AS at UNION SELECT 2) WHERE slot IS NOT NULL`,
      /^history: 6 duties stand in no attempt, imports brought 2; they are of 0x/,
    ],
  ])('finds what was planted: %s', async (sql, wanted) => {
    const directory = await folder()
    const whole = await lively(directory)
    await whole.writer.close()
    await whole.store.close()
    const db = new DatabaseSync(path.join(directory, 'store.db'))
    db.exec(sql)
    db.close()
    const found = await findings({ store: await sqlite(path.join(directory, 'store.db')) })
    expect(found).toEqual(expect.arrayContaining([expect.stringMatching(wanted)]))
  })

  test('allows what imports brought again, and what was signed here among it', async () => {
    const whole = await lively(await folder())
    const past = { scope, history: [block(5, 'x'), block(5, 'x'), attestation(1, 2, 'x')] }
    await record(whole, raising(past))
    await record(whole, raising(past))
    expect(await findings(whole)).toEqual([])
  })

  test('allows what was forgotten of the history', async () => {
    const whole = await lively(await folder())
    const [, genesis = ''] = scope.split('@')
    const before = { genesisValidatorsRoot: genesis as `0x${string}`, slot: 99n, epoch: 99n }
    expect(await whole.store.forgetDuties(before, 100, soon())).toBe(6)
    expect(await findings(whole)).toEqual([])
  })

  test('and a register that is written to meanwhile is in order', async () => {
    const whole = await lively(await folder())
    const writing = new AbortController()
    let epoch = 5
    const busy = (async () => {
      while (!writing.signal.aborted) {
        epoch += 1
        const votes = Array.from({ length: 10 }, (_, n) => attestation(epoch - 1, epoch, 'x', validator(`${n}`)))
        const raise = { scope, block: { slot: BigInt(epoch) }, history: [block(epoch, 'z')] }
        await record(whole, raising(raise), ...votes.map((duty) => signing(duty)))
      }
    })()
    for (let i = 0; i < 3; i++) expect(await findings(whole)).toEqual([])
    writing.abort()
    await busy
  })
})

describe('the fold of a row', () => {
  const number = fc.bigInt({ min: 0n, max: 3n })
  const root = fc.constantFrom(hash('x'), hash('y'))
  const vote = fc.record({
    kind: fc.constant('attestation' as const),
    scope: fc.constant(scope),
    source: number,
    target: number,
    root,
  })
  const proposal = fc.record({ kind: fc.constant('block' as const), scope: fc.constant(scope), slot: number, root })
  const lift = fc.record({
    scope: fc.constant(scope),
    attestation: fc.record({ source: number, target: number, root }),
    block: fc.record({ slot: number, root }),
  })
  const steps = fc.array(fc.oneof(vote, proposal, lift), { maxLength: 12 })

  test('is the row, whatever order the entries are read in', () => {
    fc.assert(
      fc.property(steps, fc.infiniteStream(fc.nat()), (all, seeds) => {
        const model = new ProtectionModel()
        const taken = all.filter((step) => ('kind' in step ? model.commit([step], []) : model.commit([], [step])))
        const order = taken.map((step) => ({ step, at: seeds.next().value ?? 0 })).toSorted((a, b) => a.at - b.at)
        const fold = order.reduce<Fold>((sum, { step }) => folded(sum, stepOf(step)), {})
        const row = model.rows.get(scope)
        expect(fold.block).toEqual(row?.block)
        const { source, target, root: agreed } = fold.votes ?? {}
        expect([source, target]).toEqual([row?.attestation?.source, row?.attestation?.target])
        const lacks = fold.votes !== undefined && mayLackRoot(fold.votes) && row?.attestation?.root === undefined
        if (!lacks) expect(agreed).toBe(row?.attestation?.root)
      }),
      { numRuns: 2_000 },
    )
  })

  function stepOf(step: DutyClaim | ProtectionRaise): Step {
    return 'kind' in step ? stepOfDuty(entryDuty(step)) : stepOfRaise(entryRaise(step))
  }
})
