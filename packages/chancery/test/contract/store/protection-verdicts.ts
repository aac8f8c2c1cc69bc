/** Two places say what core/protection.ts says: the statement that decides, and the function that only tells. */
import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { DutyClaim } from '../../../src/core/claim.ts'
import { conflictWith } from '../../../src/validators/slashable.ts'
import type { Current } from './opened.ts'
import { begin, capitals, hash, raising, signing, soon, validator } from './writer.ts'

/** Beside the small ones, those at which a byte, a sign or the last bit could be taken for something else. */
const edges = [255n, 256n, 2n ** 63n - 1n, 2n ** 63n, 2n ** 64n - 2n, 2n ** 64n - 1n]
const number = fc.oneof({ weight: 3, arbitrary: fc.bigInt(0n, 5n) }, fc.constantFrom(...edges))
const root = fc.constantFrom(hash('x'), hash('y'), capitals(hash('x')))

const duty = fc.oneof(
  fc.record({ kind: fc.constant('block' as const), slot: number, root }),
  fc.record({ kind: fc.constant('attestation' as const), source: number, target: number, root }),
)

/** What imports and watermarks leave: numbers in any order, with a root or none. */
const last = fc.record(
  {
    block: fc.record({ slot: number, root }, { requiredKeys: ['slot'] }),
    attestation: fc.record({ source: number, target: number, root }, { requiredKeys: ['source', 'target'] }),
  },
  { requiredKeys: [] },
)

export function verdictTests(current: Current): void {
  test('says of any duty on any row what the gate does with it then, and without its root nothing milder', async () => {
    const { store } = current()
    const writer = await begin(store)
    const said = { committed: 0, refused: 0 }
    let run = 0
    const dryRun = async (asked: DutyClaim) => {
      const [row = { scope: asked.scope }] = await store.protection([asked.scope], soon())
      const { root: _, ...rootless } = asked
      const [exact, milder] = [asked, rootless].map((one) => conflictWith(row, one) === undefined)
      expect([exact, milder]).not.toEqual([false, true])
      return exact === true ? 'committed' : 'refused'
    }
    await fc.assert(
      fc.asyncProperty(fc.option(last), fc.array(duty, { minLength: 1, maxLength: 8 }), async (held, duties) => {
        const scope = validator(`asked ${run++}`)
        if (held !== null) await writer.commit(store, [raising({ scope, ...held })])
        for (const one of duties) {
          const asked = { ...one, scope }
          const verdict = await dryRun(asked)
          expect((await writer.commit(store, [signing(asked)])).status).toBe(verdict)
          said[verdict] += 1
        }
      }),
      { numRuns: 250 },
    )
    expect(Math.min(said.committed, said.refused)).toBeGreaterThan(60)
  }, 60_000)
}
