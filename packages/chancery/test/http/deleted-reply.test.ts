/** The largest answer there is, written in pieces. */
import { text } from 'node:stream/consumers'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { systemClock } from '../../src/base/clock.ts'
import type { Interchange } from '../../src/core/validators.ts'
import { deletedReply } from '../../src/http/compat/keymanager/deleted.ts'
import { publicKeyExample } from '../../src/http/compat/eth2/shapes.ts'
import { hurrying, turnsOf } from '../turns.ts'

const metadata = { interchange_format_version: '5', genesis_validators_root: `0x${'04'.repeat(32)}` } as const
const votes = (count: number) =>
  Array.from({ length: count }, (_, n) => ({
    source_epoch: String(n),
    target_epoch: String(n + 1),
    signing_root: `0x${'11'.repeat(32)}` as const,
  }))
const validator = (blocks: number, attestations: number): Interchange['data'][number] => ({
  pubkey: publicKeyExample,
  signed_blocks: Array.from({ length: blocks }, (_, n) => ({ slot: String(n) })),
  signed_attestations: votes(attestations),
})

describe('the answer about deleted keys', () => {
  test('is the JSON it would be in one piece', async () => {
    const length = fc.constantFrom(0, 1, 249, 250, 251, 500, 501)
    const validators = fc.array(fc.tuple(length, length), { maxLength: 4 })
    const data = fc.array(fc.record({ status: fc.string(), message: fc.string() }), { maxLength: 3 })
    await fc.assert(
      fc.asyncProperty(validators, data, async (lengths, statuses) => {
        const history = { metadata, data: lengths.map(([blocks, attestations]) => validator(blocks, attestations)) }
        const whole = JSON.stringify({ data: statuses, slashing_protection: JSON.stringify(history) })
        expect(await text(deletedReply(statuses, history, systemClock))).toBe(whole)
      }),
      { numRuns: 50 },
    )
  })

  test('lets others come to their turn in between, within the history of one validator too', async () => {
    const many = { metadata, data: Array.from({ length: 100 }, () => validator(1, 1)) }
    expect((await turnsOf(text(deletedReply([], many, hurrying())))).turns).toBeGreaterThan(100)
    const long = { metadata, data: [validator(0, 25_000)] }
    expect((await turnsOf(text(deletedReply([], long, hurrying())))).turns).toBeGreaterThan(100)
  })
})
