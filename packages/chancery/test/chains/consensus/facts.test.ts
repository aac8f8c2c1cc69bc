import { ssz } from '@lodestar/types'
import { createProof, ProofType, type SingleProof } from '@chainsafe/persistent-merkle-tree'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { toHex, type Hex } from '../../../src/base/bytes.ts'
import type { JsonObject } from '../../../src/base/json.ts'
import { dutyOperations, type SignOperation } from '../../../src/core/names.ts'
import { protectionScope } from '../../../src/core/protection.ts'
import type { Effect } from '../../../src/core/facts.ts'
import { noRules, type Rules } from '../../../src/core/rules.ts'
import { evaluate } from '../../../src/policy/evaluate.ts'
import { clientRequests, epoch, slot } from './client-requests.ts'
import { jsonOf, withBigints } from './lodestar-types.ts'
import { refusalOf } from '../refusal.ts'
import {
  consensus,
  factsOf,
  mainnetForkInfo,
  mainnetRoot,
  parsed,
  publicKey,
  signingRoot,
  type Body,
} from './signing.ts'

const fork_info = mainnetForkInfo
const recipient = '0x388c818ca8b9251b393131c08a736a67ccb19297'
const genesis = 1_606_824_023_000
const epochLength = 384_000

function request(type: string, client?: string) {
  const found = clientRequests.find((one) => one.body.type === type && (client === undefined || one.client === client))
  if (found === undefined) throw new Error(`nobody sends ${type}`)
  return found
}

function effectsOf(type: string, client?: string): readonly Effect[] {
  const { body, network } = request(type, client)
  return factsOf(body, network).effects
}

const blockTypes = {
  BELLATRIX: ssz.bellatrix.BeaconBlock,
  CAPELLA: ssz.capella.BeaconBlock,
  DENEB: ssz.deneb.BeaconBlock,
  ELECTRA: ssz.electra.BeaconBlock,
  FULU: ssz.fulu.BeaconBlock,
  GLOAS: ssz.gloas.BeaconBlock,
} as const

describe('claims', () => {
  const scope = protectionScope(toHex(publicKey.bytes), mainnetRoot)

  test('an attestation takes its source and target', () => {
    const { body } = request('ATTESTATION')
    const root = signingRoot(body)
    expect(factsOf(body).claims).toEqual([
      { kind: 'attestation', scope, source: BigInt(epoch - 1), target: BigInt(epoch), root },
    ])
  })

  test('a block takes its slot, whether it comes whole or as a header', () => {
    const { body } = request('BLOCK_V2')
    expect(factsOf(body).claims).toEqual([{ kind: 'block', scope, slot: BigInt(slot), root: signingRoot(body) }])
    const block = ssz.phase0.BeaconBlock.toJson(ssz.phase0.BeaconBlock.defaultValue())
    const old: Body = { type: 'BLOCK', fork_info, block }
    expect(factsOf(old).claims).toEqual([{ kind: 'block', scope, slot: 0n, root: signingRoot(old) }])
  })

  test('header and whole block are one root, so the same block never conflicts with itself', () => {
    const each = fc.property(jsonOf(withBigints(ssz.electra.BeaconBlock)), (json) => {
      const block = json as JsonObject
      const body_root = toHex(
        withBigints(ssz.electra.BeaconBlockBody).hashTreeRoot(
          withBigints(ssz.electra.BeaconBlockBody).fromJson(block['body']),
        ),
      )
      const { body: _, ...fields } = block
      const whole: Body = { type: 'BLOCK_V2', fork_info, beacon_block: { version: 'ELECTRA', block } }
      const header: Body = {
        type: 'BLOCK_V2',
        fork_info,
        beacon_block: { version: 'ELECTRA', block_header: { ...fields, body_root } },
      }
      expect(factsOf(whole).claims).toEqual(factsOf(header).claims)
    })
    fc.assert(each, { numRuns: 10 })
  })

  test('nothing else claims anything', () => {
    const others = clientRequests.filter(({ body }) => !['ATTESTATION', 'BLOCK_V2'].includes(body.type))
    for (const { body, network } of others) expect(factsOf(body, network).claims).toEqual([])
  })

  test('one validator on two networks has two scopes', () => {
    const { body } = request('ATTESTATION')
    const hoodi = '0x212f13fc4df078b6cb7db228f1c8307566dcecf900867401a92023d7ba99cb5f'
    const there = { ...body, fork_info: { ...fork_info, genesis_validators_root: hoodi } }
    expect(factsOf(there)).toMatchObject({
      network: 'beacon:hoodi',
      claims: [{ scope: protectionScope(toHex(publicKey.bytes), hoodi) }],
    })
  })
})

describe('effects', () => {
  test('duties are duties, and what names a recipient says so', () => {
    expect(effectsOf('ATTESTATION')).toEqual([{ kind: 'duty', what: 'ATTESTATION' }])
    expect(effectsOf('VALIDATOR_REGISTRATION')).toEqual([
      { kind: 'duty', what: 'VALIDATOR_REGISTRATION' },
      { kind: 'earnings', to: recipient },
    ])
    expect(effectsOf('PROPOSER_PREFERENCES')).toEqual([
      { kind: 'duty', what: 'PROPOSER_PREFERENCES' },
      { kind: 'earnings', to: recipient },
    ])
    expect(effectsOf('BLOCK_V2')).toEqual([{ kind: 'duty', what: 'BLOCK_V2' }, { kind: 'earnings' }])
  })

  test('exits, deposits and changes are authorities, with whom they pay', () => {
    expect(effectsOf('VOLUNTARY_EXIT')).toEqual([{ kind: 'authority', what: 'voluntaryExit' }])
    expect(effectsOf('DEPOSIT')).toEqual([{ kind: 'authority', what: 'deposit', to: `0x${'00'.repeat(32)}` }])
    expect(effectsOf('BLS_TO_EXECUTION_CHANGE')).toEqual([
      { kind: 'authority', what: 'blsToExecutionChange', to: recipient },
    ])
  })

  test('with a list of fee recipients, a block that shows none needs leave by name', () => {
    const block = clientRequests.find(({ body }) => body.type === 'BLOCK_V2')
    if (block === undefined || consensus.usualRules === undefined) throw new Error('no block to ask about')
    const intent = parsed(block.body, block.network)
    const verdict = (recipients: readonly string[]) => {
      const rules: Rules = { ...(consensus.usualRules ?? noRules), recipients }
      const { operation, network } = intent
      return evaluate({ facts: consensus.facts(intent, publicKey), operation, network, kind: 'decoded', rules }).verdict
    }
    expect(verdict([recipient])).toBe('deny')
    expect(verdict([recipient, consensus.parseAddress('not-shown', 'recipients[1]')])).toBe('allow')
  })

  test('the usual rules allow every duty and nothing else', () => {
    const rules = consensus.usualRules
    if (rules === undefined) throw new Error('no usual rules')
    for (const { body, network } of clientRequests) {
      const intent = parsed(body, network)
      const facts = consensus.facts(intent, publicKey)
      const { verdict } = evaluate({
        facts,
        operation: intent.operation,
        network: intent.network,
        kind: 'decoded',
        rules,
      })
      const duties: readonly SignOperation[] = dutyOperations
      expect([body.type, verdict]).toEqual([body.type, duties.includes(intent.operation) ? 'allow' : 'deny'])
    }
  })

  test.each(['BELLATRIX', 'CAPELLA', 'DENEB', 'ELECTRA', 'FULU', 'GLOAS'] as const)(
    'a whole block of %s shows whom it pays',
    (version) => {
      const type = blockTypes[version]
      const block = JSON.parse(
        JSON.stringify(type.toJson(type.defaultValue() as never)).replaceAll(
          `"fee_recipient":"0x${'00'.repeat(20)}"`,
          `"fee_recipient":"${recipient}"`,
        ),
      ) as JsonObject
      const body: Body = { type: 'BLOCK_V2', fork_info, beacon_block: { version, block } }
      expect(factsOf(body).effects).toEqual([
        { kind: 'duty', what: 'BLOCK_V2' },
        { kind: 'earnings', to: recipient },
      ])
    },
  )
})

describe('proofs beside a header', () => {
  const cases = [
    ['BELLATRIX', ssz.bellatrix.BeaconBlockBody, 401],
    ['CAPELLA', ssz.capella.BeaconBlockBody, 401],
    ['DENEB', ssz.deneb.BeaconBlockBody, 801],
    ['ELECTRA', ssz.electra.BeaconBlockBody, 801],
    ['FULU', ssz.fulu.BeaconBlockBody, 801],
  ] as const

  function proven([version, type, index]: (typeof cases)[number], value?: string): Body {
    const contents = type.defaultValue()
    contents.executionPayload.feeRecipient = Buffer.from(recipient.slice(2), 'hex')
    const { witnesses } = createProof(type.toView(contents as never).node, {
      type: ProofType.single,
      gindex: BigInt(index),
    }) as SingleProof
    const { body } = request('BLOCK_V2', 'Nimbus')
    const { block_header } = body['beacon_block'] as { readonly block_header: object }
    const header = { ...block_header, body_root: toHex(type.hashTreeRoot(contents as never)) }
    const proof = { index: String(index), proof: witnesses.map(toHex), ...(value !== undefined && { value }) }
    return { ...body, beacon_block: { version, block_header: header }, proofs: [proof] }
  }

  const earnings = (body: Body) => factsOf(body).effects[1]

  test.each(cases)('%s: the fee recipient with its value is believed', (version, type, index) => {
    const one = [version, type, index] as (typeof cases)[number]
    const padded: Hex = `${recipient}${'00'.repeat(12)}`
    expect(earnings(proven(one, recipient))).toEqual({ kind: 'earnings', to: recipient })
    expect(earnings(proven(one, padded))).toEqual({ kind: 'earnings', to: recipient })
  })

  test('without its value it shows nothing', () => {
    expect(earnings(proven(cases[4]))).toEqual({ kind: 'earnings' })
  })

  test('another value, another branch, another length is refused', () => {
    const wrong = proven(cases[4], `0x${'11'.repeat(20)}`)
    expect(refusalOf(() => parsed(wrong))).toMatchObject({ code: 'invalid-payload', where: 'proofs[0]' })
    const right = proven(cases[4], recipient)
    const [proof] = right['proofs'] as [{ readonly proof: readonly string[] }]
    for (const branch of [proof.proof.slice(1), [...proof.proof, proof.proof[0]], proof.proof.toReversed(), []]) {
      expect(refusalOf(() => parsed({ ...right, proofs: [{ ...proof, proof: branch }] })).code).toBe('invalid-payload')
    }
    expect(refusalOf(() => parsed({ ...right, proofs: Array.from({ length: 33 }, () => proof) })).where).toBe('proofs')
  })

  test('a proof of the other fork’s index, or of another field, is no proof of payment', () => {
    const right = proven(cases[0], recipient)
    const { beacon_block } = right as unknown as { readonly beacon_block: { readonly block_header: object } }
    expect(earnings({ ...right, beacon_block: { ...beacon_block, version: 'DENEB' } })).toEqual({ kind: 'earnings' })
  })
})

describe('safety rule 9: nothing is signed long before its time', () => {
  const notBefore = (body: Body) => factsOf(body).notBefore
  const startOf = (n: number) => genesis + n * epochLength

  test('blocks and attestations: one epoch before their own moment', () => {
    expect(notBefore(request('BLOCK_V2').body)).toBe(genesis + slot * 12_000 - epochLength)
    expect(notBefore(request('ATTESTATION').body)).toBe(genesis + slot * 12_000 - epochLength)
    const target = {
      ...(request('ATTESTATION').body['attestation'] as JsonObject),
      target: { epoch: String(epoch + 2), root: `0x${'33'.repeat(32)}` },
    }
    expect(notBefore({ type: 'ATTESTATION', fork_info, attestation: target })).toBe(startOf(epoch + 1))
  })

  test('other duties: from the epoch before theirs, selection proofs as far ahead as clients look', () => {
    expect(notBefore(request('RANDAO_REVEAL').body)).toBe(startOf(epoch - 1))
    expect(notBefore(request('SYNC_COMMITTEE_MESSAGE').body)).toBe(startOf(epoch - 1))
    expect(notBefore(request('VOLUNTARY_EXIT').body)).toBe(startOf(epoch - 1))
    // Two epochs ahead of `epoch`, which is when Lighthouse asks.
    expect(notBefore(request('AGGREGATION_SLOT').body)).toBeLessThanOrEqual(startOf(epoch))
    expect(notBefore(request('SYNC_COMMITTEE_SELECTION_PROOF').body)).toBeLessThanOrEqual(startOf(epoch))
  })

  test('proposer preferences for the last slot of the next epoch are signed in this one', () => {
    const { body } = request('PROPOSER_PREFERENCES', 'Vero')
    const preferences = body['proposer_preferences'] as JsonObject
    const last = { ...body, proposer_preferences: { ...preferences, proposal_slot: String((353_025 + 1) * 32 + 31) } }
    expect(factsOf(last).notBefore).toBeLessThanOrEqual(1_655_733_600_000 + 353_025 * epochLength)
  })

  test('what belongs to no time has no bound, and the largest number is far beyond every clock', () => {
    const { body, network } = request('DEPOSIT')
    expect(factsOf(body, network).notBefore).toBeUndefined()
    const far: Body = { type: 'RANDAO_REVEAL', fork_info, randao_reveal: { epoch: String(2n ** 64n - 1n) } }
    expect(notBefore(far)).toBeGreaterThan(1e20)
  })
})

test('urgency: blocks and RANDAO, then votes, then the rest', () => {
  const urgencies = clientRequests.map(({ body, network }) => {
    const [payload] = consensus.payloads(parsed(body, network), 'key_test')
    return [body.type, payload?.urgency]
  })
  const of = (urgency: number) =>
    [...new Set(urgencies.filter(([, one]) => one === urgency).map(([type]) => type))].toSorted((a, b) =>
      String(a) < String(b) ? -1 : 1,
    )
  expect(of(2)).toEqual(['BLOCK_V2', 'RANDAO_REVEAL'])
  expect(of(1)).toEqual(['ATTESTATION', 'PAYLOAD_ATTESTATION_MESSAGE', 'SYNC_COMMITTEE_MESSAGE'])
})
