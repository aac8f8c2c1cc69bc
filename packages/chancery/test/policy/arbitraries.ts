/** Questions over few enough names that random ones meet. */
import fc from 'fast-check'
import type { Effect, Facts } from '../../src/core/facts.ts'
import type { AssetId, Network, SignOperation } from '../../src/core/names.ts'
import type { Rules } from '../../src/core/rules.ts'
import type { Question } from '../../src/core/decision.ts'

const networks: readonly Network[] = ['eip155:1', 'eip155:31337']
const assets: readonly AssetId[] = ['eip155:1/slip44:60', 'eip155:1/erc20:0xA0', 'eip155:31337/slip44:60']
const people = ['0xAlice', '0xBob', '0xCarol']
const selectors = ['0xa9059cbb', '0x12345678']
const types = ['0xaa', '0xbb']
const powers = ['setApprovalForAll', 'delegation']
const signOperations: readonly SignOperation[] = ['sign:transaction', 'sign:message', 'sign:typed-data', 'sign:digest']

const amount = fc.oneof({ weight: 9, arbitrary: fc.bigInt(0n, 6n) }, fc.bigInt(-2n, 2n ** 256n))
const person = fc.constantFrom(...people)
const asset = fc.constantFrom(...assets)

export const anyEffect: fc.Arbitrary<Effect> = fc.oneof(
  fc.record({ kind: fc.constant('transfer' as const), asset, amount, to: person }),
  fc.record({ kind: fc.constant('approval' as const), asset, amount, spender: person }),
  fc.record(
    { kind: fc.constant('authority' as const), what: fc.constantFrom(...powers), to: person },
    {
      requiredKeys: ['kind', 'what'],
    },
  ),
  fc.record({ kind: fc.constant('call' as const), contract: person, selector: fc.constantFrom(...selectors) }),
  fc.record({ kind: fc.constant('typed-data' as const), contract: person, type: fc.constantFrom(...types) }),
  fc.constant({ kind: 'message' as const }),
  fc.constant({ kind: 'opaque' as const }),
  fc.constant({ kind: 'duty' as const, what: 'ATTESTATION' }),
  fc.record({ kind: fc.constant('earnings' as const), to: person }, { requiredKeys: ['kind'] }),
)

/** Mostly generous: a rule set that allows nothing tells little. */
const most = <T>(all: readonly T[]) => fc.oneof({ weight: 3, arbitrary: fc.constant([...all]) }, fc.subarray([...all]))

const limits = <T extends string>(names: readonly T[]) =>
  most(names).chain((some) =>
    fc
      .array(fc.bigInt(0n, 20n), { minLength: some.length, maxLength: some.length })
      .map((values) => Object.fromEntries(some.map((name, i) => [name, String(values[i])])) as Record<T, string>),
  )

const anyRules: fc.Arbitrary<Rules> = fc.record({
  operations: most(signOperations),
  networks: most(networks),
  recipients: fc.oneof(fc.constant('*' as const), most([...people, 'not-shown'])),
  maximums: limits(assets),
  fees: limits(networks),
  delegates: most(people),
  calls: most(people.flatMap((contract) => selectors.map((selector) => ({ contract, selector })))),
  typedData: most(people.flatMap((contract) => types.map((type) => ({ contract, type })))),
  authorities: most(powers),
})

const anyFacts: fc.Arbitrary<Facts> = fc.record(
  {
    network: fc.constantFrom(...networks),
    effects: fc.array(anyEffect, { maxLength: 4 }),
    fee: fc.record({ asset, max: amount }),
    claims: fc.constant([]),
  },
  { requiredKeys: ['effects', 'claims'] },
)

export const anyQuestion: fc.Arbitrary<Question> = fc.record(
  {
    facts: anyFacts,
    operation: fc.oneof(
      { weight: 3, arbitrary: fc.constant('sign:transaction' as const) },
      fc.constantFrom(...signOperations),
    ),
    network: fc.constantFrom(...networks),
    rules: anyRules,
    kind: fc.oneof({ weight: 3, arbitrary: fc.constant('decoded' as const) }, fc.constant('opaque' as const)),
  },
  { requiredKeys: ['facts', 'operation', 'rules', 'kind'] },
)
