/** Slashing protection against its model: what any rounds of duties and raises come to. */
import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { DutyClaim } from '../../../src/core/claim.ts'
import type { ProtectionRaise, ProtectionRow, SignedDuty } from '../../../src/core/protection.ts'
import type { Store } from '../../../src/core/store.ts'
import type { Current } from './opened.ts'
import { dutyText, ProtectionModel, slashings } from './protection-model.ts'
import { begin, hash, raising, signing, soon, validator } from './writer.ts'

export function propertyTests(current: Current): void {
  const small = fc.bigInt({ min: 0n, max: 5n })
  const root = fc.constantFrom('x', 'y').map(hash)
  const loose = fc.option(root, { nil: undefined })
  const name = fc.constantFrom('a', 'b', 'c')
  const blockOf = fc.record({ kind: fc.constant('block' as const), scope: name, slot: small, root })
  const voteOf = fc.record({
    kind: fc.constant('attestation' as const),
    scope: name,
    source: small,
    target: small,
    root,
  })
  const past = fc.array(fc.oneof(blockOf, voteOf), { maxLength: 3 })
  const raiseOf = fc.record({
    scope: name,
    block: fc.option(fc.record({ slot: small, root: loose }), { nil: undefined }),
    attestation: fc.option(fc.record({ source: small, target: small, root: loose }), { nil: undefined }),
    history: past,
  })
  const duties = fc.uniqueArray(fc.oneof(blockOf, voteOf), {
    maxLength: 4,
    selector: ({ kind, scope: one }) => `${kind} ${one}`,
  })
  const raises = fc.uniqueArray(raiseOf, { maxLength: 1, selector: (one) => one.scope })
  const rounds = fc.array(fc.tuple(duties, raises), { minLength: 1, maxLength: 25 })

  test('rows, verdicts and history are those of the model, and nothing slashable is taken', async () => {
    const { store } = current()
    const writer = await begin(store)
    let run = 0
    await fc.assert(
      fc.asyncProperty(rounds, async (all) => {
        const at = (one: string) => validator(`${run} ${one}`)
        run += 1
        const model = new ProtectionModel()
        const signed: DutyClaim[] = []
        for (const [wanted, lifts] of all) {
          const mine = wanted.map((duty) => ({ ...duty, scope: at(duty.scope) }))
          const raised = lifts
            .map((raise) => raiseAt(raise, at(raise.scope)))
            .filter((raise) => mine.every((duty) => duty.scope !== raise.scope))
          const before = await rowsOf(store, model)
          const { status } = await writer.commit(store, [...mine.map((duty) => signing(duty)), raising(...raised)])
          expect(status).toBe(model.commit(mine, raised) ? 'committed' : 'refused')
          if (status === 'committed') signed.push(...mine)
          for (const [one, row] of await rowsOf(store, model)) expect(isNotBelow(row, before.get(one))).toBe(true)
        }
        expect(await rowsOf(store, model)).toEqual(model.rows)
        expect(slashings(signed)).toEqual([])
        expect((await historyOf(store, model)).toSorted()).toEqual(model.history.map(dutyText).toSorted())
      }),
      { numRuns: 40 },
    )
  }, 60_000)
}

interface Drawn {
  readonly block: { readonly slot: bigint; readonly root: `0x${string}` | undefined } | undefined
  readonly attestation:
    | { readonly source: bigint; readonly target: bigint; readonly root: `0x${string}` | undefined }
    | undefined
  readonly history: readonly SignedDuty[]
}

function raiseAt({ block: last, attestation: vote, history }: Drawn, at: string): ProtectionRaise {
  const rooted = (root: `0x${string}` | undefined) => (root === undefined ? {} : { root })
  return {
    scope: at,
    ...(last && { block: { slot: last.slot, ...rooted(last.root) } }),
    ...(vote && { attestation: { source: vote.source, target: vote.target, ...rooted(vote.root) } }),
    history: history.map((duty) => ({ ...duty, scope: at })),
  }
}

async function rowsOf(store: Store, { rows }: ProtectionModel): Promise<ReadonlyMap<string, ProtectionRow>> {
  return new Map((await store.protection([...rows.keys()], soon())).map((row) => [row.scope, row]))
}

async function historyOf(store: Store, { rows }: ProtectionModel): Promise<readonly string[]> {
  const { rows: found, next } = await store.signedDuties([...rows.keys()], undefined, 10_000, soon())
  const more = next === undefined ? [] : (await store.signedDuties([...rows.keys()], next, 10_000, soon())).rows
  return [...found, ...more].map(dutyText)
}

function isNotBelow(now: ProtectionRow, before: ProtectionRow | undefined): boolean {
  const numbers = ({ block: last, attestation: vote }: ProtectionRow) => [
    last?.slot ?? -1n,
    vote?.source ?? -1n,
    vote?.target ?? -1n,
  ]
  const were = before ? numbers(before) : [-1n, -1n, -1n]
  return numbers(now).every((value, at) => value >= (were[at] ?? -1n))
}
