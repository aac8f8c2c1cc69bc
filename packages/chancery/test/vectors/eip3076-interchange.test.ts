/**
 * The interchange tests of EIP-3076 (https://github.com/eth-clients/slashing-protection-interchange-tests) through the room
 * that imports and the register that guards duties. The gate is the minimal one: everything it lets through is what the
 * files allow a minimal database; what only a complete one may sign is refused, and listed here.
 */
import { describe, expect, test } from 'vitest'
import type { JsonObject } from '../../src/base/json.ts'
import type { Hex } from '../../src/base/bytes.ts'
import type { DutyClaim } from '../../src/core/claim.ts'
import { Refused } from '../../src/core/errors.ts'
import { openValidators, timing, type TestValidators } from '../validators/fixture.ts'
import { readVectors, vectorsMissing } from './vectors.ts'

interface Attempt {
  readonly pubkey: Hex
  readonly signing_root?: Hex
  readonly should_succeed: boolean
  readonly should_succeed_complete: boolean
}

interface InterchangeTest {
  readonly name: string
  readonly genesis_validators_root: Hex
  readonly steps: readonly {
    readonly should_succeed: boolean
    readonly contains_slashable_data: boolean
    readonly interchange: JsonObject
    readonly blocks: readonly (Attempt & { readonly slot: string })[]
    readonly attestations: readonly (Attempt & { readonly source_epoch: string; readonly target_epoch: string })[]
  }[]
}

const files = vectorsMissing('eip3076')
  ? []
  : readVectors<InterchangeTest>('eip3076/*.json').filter(({ steps }) => steps)

/** Where a root is not given it is zero, as in every client that runs these files. */
const noRoot = `0x${'00'.repeat(32)}` as const

type Step = InterchangeTest['steps'][number]

function dutiesOf({ blocks, attestations }: Step, root: Hex) {
  const scopeOf = (pubkey: Hex) => `${pubkey.toLowerCase()}@${root}`
  return [
    ...blocks.map((block) => ({
      attempt: block,
      duty: {
        kind: 'block',
        scope: scopeOf(block.pubkey),
        slot: BigInt(block.slot),
        root: block.signing_root ?? noRoot,
      } satisfies DutyClaim,
    })),
    ...attestations.map((one) => ({
      attempt: one,
      duty: {
        kind: 'attestation',
        scope: scopeOf(one.pubkey),
        source: BigInt(one.source_epoch),
        target: BigInt(one.target_epoch),
        root: one.signing_root ?? noRoot,
      } satisfies DutyClaim,
    })),
  ]
}

async function isSigned(validators: TestValidators, duty: DutyClaim): Promise<boolean> {
  try {
    await validators.claim(duty)
    return true
  } catch (error) {
    if (error instanceof Refused && error.code === 'conflicts-with-earlier') return false
    throw error
  }
}

function words(duty: DutyClaim): string {
  return duty.kind === 'block' ? `block ${duty.slot}` : `attestation ${duty.source} to ${duty.target}`
}

const onlyComplete: string[] = []
const beyondMinimal: string[] = []
let attempts = 0

describe.skipIf(files.length === 0)('EIP-3076 interchange tests', () => {
  test.each(files.map((file) => [file.name, file] as const))('%s', async (name, file) => {
    const root = file.genesis_validators_root
    const validators = await openValidators({ networks: [timing({ genesisValidatorsRoot: root })] })
    for (const step of file.steps) {
      const imported = validators.importInterchange(step.interchange, { forced: true }, validators.call())
      if (!step.should_succeed) {
        await expect(imported).rejects.toMatchObject({ code: 'wrong-network' })
        continue
      }
      expect((await imported).map(({ status }) => status)).not.toContain('error')
      for (const { attempt, duty } of dutiesOf(step, root)) {
        const { scope: _, ...rest } = duty
        const asked = await validators.isSlashable(rest, attempt.pubkey, undefined, validators.call())
        const signed = await isSigned(validators, duty)
        attempts += 1
        expect([words(duty), asked.slashable]).toEqual([words(duty), !signed])
        const { should_succeed: minimal, should_succeed_complete: complete } = attempt
        expect([words(duty), signed]).toEqual([words(duty), signed ? complete : minimal])
        if (signed && !minimal) beyondMinimal.push(`${name}: ${words(duty)}`)
        if (!signed && complete) onlyComplete.push(`${name}: ${words(duty)}`)
      }
    }
  })

  test('what only a complete database may sign is refused, and this is all of it', () => {
    expect(files).toHaveLength(38)
    expect({ attempts, beyondMinimal, onlyComplete }).toMatchInlineSnapshot(`
      {
        "attempts": 150,
        "beyondMinimal": [
          "single_validator_resign_attestation: attestation 5 to 15",
          "single_validator_resign_block: block 17",
        ],
        "onlyComplete": [
          "multiple_interchanges_multiple_validators_repeat_idem: block 3",
          "multiple_interchanges_multiple_validators_repeat_idem: block 3",
          "multiple_interchanges_single_validator_multiple_blocks_out_of_order: block 29",
          "multiple_interchanges_single_validator_single_message_gap: block 41",
          "multiple_interchanges_single_validator_single_message_gap: block 45",
          "multiple_interchanges_single_validator_single_message_gap: block 49",
          "multiple_interchanges_single_validator_single_message_gap: attestation 3 to 31",
          "multiple_interchanges_single_validator_single_message_gap: attestation 9 to 49",
          "multiple_validators_multiple_blocks_and_attestations: block 11",
          "multiple_validators_multiple_blocks_and_attestations: attestation 1 to 4",
          "single_validator_multiple_blocks_and_attestations: block 4",
          "single_validator_multiple_blocks_and_attestations: block 256",
          "single_validator_multiple_blocks_and_attestations: attestation 11 to 12",
          "single_validator_resign_block: block 15",
          "single_validator_resign_block: block 16",
        ],
      }
    `)
  })
})
