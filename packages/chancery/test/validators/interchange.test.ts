/** What files say, what is refused of them, and what comes out again. */
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { Json, JsonObject } from '../../src/base/json.ts'
import { sha256, toHex, utf8, type Hex } from '../../src/base/bytes.ts'
import { minify } from '../../src/validators/minify.ts'
import { conflictWith } from '../../src/validators/slashable.ts'
import { client } from './people.ts'
import { openValidators, randomPublicKey, timing } from './fixture.ts'

const root = timing().genesisValidatorsRoot
const [one, two] = [`0x${'a1'.repeat(48)}`, `0x${'b2'.repeat(48)}`] as const
const [rootA, rootB] = [`0x${'aa'.repeat(32)}`, `0x${'bb'.repeat(32)}`] as const
const metadata = { interchange_format_version: '5', genesis_validators_root: root }

function validator(pubkey: string, blocks: readonly Json[], attestations: readonly Json[] = []): JsonObject {
  return { pubkey, signed_blocks: blocks, signed_attestations: attestations }
}

function vote(source: string, target: string, signing_root?: string): JsonObject {
  return { source_epoch: source, target_epoch: target, ...(signing_root !== undefined && { signing_root }) }
}

describe('a whole file', () => {
  const good = { metadata, data: [validator(one, [{ slot: '1' }])] }
  test.each<[string, string, string]>([
    ['no JSON', '{', 'invalid-payload'],
    ['another format', '[]', 'invalid-payload'],
    ['no metadata', JSON.stringify({ data: [] }), 'invalid-payload'],
    ['no data', JSON.stringify({ metadata }), 'invalid-payload'],
    ['data twice', JSON.stringify(good).replace(/}$/, ',"data":[]}'), 'invalid-payload'],
    ['a member twice', JSON.stringify(good).replace('"slot":"1"', '"slot":"1","slot":"2"'), 'invalid-payload'],
    [
      'version 4',
      JSON.stringify({ ...good, metadata: { ...metadata, interchange_format_version: '4' } }),
      'invalid-payload',
    ],
    [
      'version 5 as a number',
      JSON.stringify({ ...good, metadata: { ...metadata, interchange_format_version: 5 } }),
      'invalid-payload',
    ],
    [
      'another network',
      JSON.stringify({ ...good, metadata: { ...metadata, genesis_validators_root: rootA } }),
      'wrong-network',
    ],
  ])('with %s is refused, and nothing of it recorded', async (_, text, code) => {
    const validators = await openValidators()
    await expect(validators.importInterchange(text, {}, validators.call())).rejects.toMatchObject({ code })
    expect([await validators.row(one), await validators.entries()]).toEqual([undefined, []])
  })

  test('is recorded with its hash, who brought it, the rows and the number of duties', async () => {
    const validators = await openValidators()
    const text = JSON.stringify(
      { metadata, data: [validator(one, [{ slot: '7', signing_root: rootA }], [vote('2', '3')])] },
      null,
      1,
    )
    const results = await validators.importInterchange(text, {}, validators.call())
    expect(results).toEqual([{ publicKey: one, status: 'imported', blocks: 1, attestations: 1 }])
    expect(await validators.entries()).toMatchObject([
      {
        actor: 'operator',
        reason: 'import',
        history: 2,
        source: toHex(sha256(utf8(text))),
        raises: [
          { scope: `${one}@${root}`, block: { slot: '7', root: rootA }, attestation: { source: '2', target: '3' } },
        ],
      },
    ])
  })

  test('needs an administrator', async () => {
    const validators = await openValidators()
    const call = validators.call(client('keys:create', 'keys:read', 'sign:block'))
    await expect(validators.importInterchange(JSON.stringify(good), {}, call)).rejects.toMatchObject({ code: 'denied' })
  })
})

describe('one validator of a file', () => {
  test.each<[string, JsonObject]>([
    ['a slot as a number', validator(one, [{ slot: 1 }])],
    ['a slot of 2^64', validator(one, [{ slot: '18446744073709551616' }])],
    ['a negative slot', validator(one, [{ slot: '-1' }])],
    ['a slot with a leading zero', validator(one, [{ slot: '01' }])],
    ['a slot in hex', validator(one, [{ slot: '0x1' }])],
    ['no slot', validator(one, [{}])],
    ['a root of 31 bytes', validator(one, [{ slot: '1', signing_root: `0x${'aa'.repeat(31)}` }])],
    ['an empty root', validator(one, [{ slot: '1', signing_root: '' }])],
    ['no blocks', { pubkey: one, signed_attestations: [] }],
    ['no attestations', { pubkey: one, signed_blocks: [] }],
    ['an attestation without a target', validator(one, [], [{ source_epoch: '1' }])],
    ['an epoch beyond the clock and one epoch more', validator(one, [], [vote('1000', '1002')])],
    ['a slot beyond them', validator(one, [{ slot: String(1_002 * 32) }])],
  ])('with %s is refused by itself', async (_, bad) => {
    const validators = await openValidators()
    const file = { metadata, data: [bad, validator(two, [{ slot: '9' }])] }
    const results = await validators.importInterchange(JSON.stringify(file), {}, validators.call())
    expect(results).toMatchObject([
      { publicKey: one, status: 'error' },
      { publicKey: two, status: 'imported' },
    ])
    expect(await validators.row(one)).toBeUndefined()
    expect(await validators.row(two)).toMatchObject({ block: { slot: 9n } })
  })

  test('without a public key is named by its place', async () => {
    const validators = await openValidators()
    const file = { metadata, data: [validator('0x12', []), validator(two, [])] }
    const results = await validators.importInterchange(file, {}, validators.call())
    expect(results).toMatchObject([
      { publicKey: 'data[0]', status: 'error' },
      { publicKey: two, status: 'imported' },
    ])
  })

  test('is refused whole where any item about it is wrong', async () => {
    const validators = await openValidators()
    const file = {
      metadata,
      data: [validator(one, [{ slot: '5' }]), validator(one, [{ slot: 6 }]), validator(one, [])],
    }
    const results = await validators.importInterchange(file, {}, validators.call())
    expect([results.map(({ status }) => status), await validators.row(one)]).toEqual([['error'], undefined])
  })

  test('may lie ahead of the clock when it is forced, and up to one epoch without', async () => {
    const validators = await openValidators()
    const next = { metadata, data: [validator(one, [{ slot: String(1_002 * 32 - 1) }], [vote('1001', '1001')])] }
    expect(await validators.importInterchange(next, {}, validators.call())).toMatchObject([{ status: 'imported' }])
    const far = { metadata, data: [validator(one, [{ slot: '99999999' }])] }
    expect(await validators.importInterchange(far, {}, validators.call())).toMatchObject([
      { status: 'error', message: expect.stringContaining('--force') },
    ])
    expect(await validators.importInterchange(far, { forced: true }, validators.call())).toMatchObject([
      { status: 'imported' },
    ])
    expect(await validators.row(one)).toMatchObject({ block: { slot: 99_999_999n } })
  })

  test('is passed over when others were asked for', async () => {
    const validators = await openValidators()
    const file = { metadata, data: [validator(one, [{ slot: 'bad' }]), validator(two, [{ slot: '9' }])] }
    const only = { publicKeys: [two.slice(2).toUpperCase()] }
    const results = await validators.importInterchange(file, only, validators.call())
    expect(results).toMatchObject([{ publicKey: two, status: 'imported' }])
    expect(await validators.row(one)).toBeUndefined()
  })
})

describe('roots', () => {
  test.each<[string, JsonObject, object]>([
    [
      'stays with the one block of the highest slot',
      validator(one, [
        { slot: '5', signing_root: rootA },
        { slot: '4', signing_root: rootB },
      ]),
      { block: { slot: 5n, root: rootA } },
    ],
    [
      'in capitals is the same',
      validator(one, [
        { slot: '5', signing_root: rootA.toUpperCase().replace('0X', '0x') },
        { slot: '5', signing_root: rootA },
      ]),
      { block: { slot: 5n, root: rootA } },
    ],
    [
      "is nobody's where two blocks of a slot differ",
      validator(one, [
        { slot: '5', signing_root: rootA },
        { slot: '5', signing_root: rootB },
      ]),
      { block: { slot: 5n } },
    ],
    [
      "is nobody's where one of them has none",
      validator(one, [
        { slot: '5', signing_root: rootA },
        { slot: '5', signing_root: null },
      ]),
      { block: { slot: 5n } },
    ],
    [
      "is nobody's where source and target are of two votes",
      validator(one, [], [vote('4', '5', rootA), vote('2', '6', rootB)]),
      { attestation: { source: 4n, target: 6n } },
    ],
    [
      "is nobody's where another vote has the target",
      validator(one, [], [vote('4', '6', rootA), vote('2', '6', rootB)]),
      { attestation: { source: 4n, target: 6n } },
    ],
    [
      'stays with the vote that has both',
      validator(one, [], [vote('4', '6', rootA), vote('2', '5', rootB)]),
      { attestation: { source: 4n, target: 6n, root: rootA } },
    ],
  ])('a root %s', async (_, item, row) => {
    const validators = await openValidators()
    await validators.importInterchange({ metadata, data: [item] }, {}, validators.call())
    expect(await validators.row(one)).toEqual({ scope: `${one}@${root}`, ...row })
  })
})

const small = fc.bigInt(0n, 12n)
const maybeRoot = fc.option(fc.constantFrom<Hex>(rootA, rootB), { nil: undefined })
const block = fc.record({ slot: small, root: maybeRoot }).map(({ slot, root: r }) => ({ slot, ...(r && { root: r }) }))
const attestation = fc
  .record({ source: small, target: small, root: maybeRoot })
  .map(({ source, target, root: r }) => ({ source, target, ...(r && { root: r }) }))

type Attestation = { readonly source: bigint; readonly target: bigint; readonly root?: Hex }

/** EIP-3076, "Conditions", over all that was signed; the very same thing may be signed again. */
function completeRefuses(held: readonly Attestation[], { source, target, root: asked }: Attestation): boolean {
  if (source > target) return true
  const again = held.some(
    (one) => one.source === source && one.target === target && one.root !== undefined && one.root === asked,
  )
  if (again) return false
  return held.some(
    (one) =>
      one.target === target ||
      (one.source < source && target < one.target) ||
      (source < one.source && one.target < target),
  )
}

test('nothing that the complete history forbids is allowed by the row it comes down to', () => {
  fc.assert(
    fc.property(fc.array(attestation), fc.array(block), attestation, block, (attestations, blocks, vote, proposal) => {
      const history = {
        blocks: blocks.map((of) => ({ kind: 'block', ...of }) as const),
        attestations: attestations.map((of) => ({ kind: 'attestation', ...of }) as const),
      }
      const row = minify([{ publicKey: one, ...history }], root)
      const allows = (duty: Parameters<typeof conflictWith>[1]) =>
        row === undefined || conflictWith(row, duty) === undefined
      const again = blocks.some(
        ({ slot, root: held }) => slot === proposal.slot && held !== undefined && held === proposal.root,
      )
      const double = !again && blocks.some(({ slot }) => slot === proposal.slot)
      const forbidden = {
        vote: allows({ kind: 'attestation', ...vote }) && completeRefuses(attestations, vote),
        proposal: allows({ kind: 'block', ...proposal }) && double,
      }
      expect(forbidden).toEqual({ vote: false, proposal: false })
    }),
    { numRuns: 2_000 },
  )
})

test('in, out and in again is the same as in', async () => {
  const item = fc.record({
    key: fc.constantFrom(one, two),
    blocks: fc.array(block),
    attestations: fc.array(attestation),
  })
  const here = await openValidators()
  const there = await openValidators()
  let n = 0
  await fc.assert(
    fc.asyncProperty(fc.array(item, { minLength: 1, maxLength: 4 }), async (items) => {
      // Other keys each time: nothing that was raised ever falls.
      const number = (n++).toString(16).padStart(8, '0')
      const named = (key: string) => `${key.slice(0, -8)}${number}` as Hex
      const data = items.map(({ key, blocks, attestations }) =>
        validator(
          named(key),
          blocks.map(({ slot, root: r }) => ({ slot: String(slot), ...(r && { signing_root: r }) })),
          attestations.map(({ source, target, root: r }) => vote(String(source), String(target), r)),
        ),
      )
      const publicKeys = [named(one), named(two)]
      await here.importInterchange({ metadata, data }, {}, here.call())
      const first = await here.exportInterchange({ publicKeys }, here.call())
      await there.importInterchange(first, {}, there.call())
      expect(await there.exportInterchange({ publicKeys }, there.call())).toEqual(first)
      for (const key of publicKeys) expect(await there.row(key)).toEqual(await here.row(key))
    }),
    { numRuns: 60 },
  )
})

test('what was signed has one export, in whatever order and beside whom it was taken over', async () => {
  const [unknown, known, vague, exact] = [
    { slot: '10' },
    { slot: '10', signing_root: rootA },
    vote('2', '3'),
    vote('2', '3', rootA),
  ]
  const wider = vote('1', '3', rootB)
  const orders = [
    [validator(one, [unknown, known], [vague, exact, wider]), validator(two, [known, unknown], [wider, exact, vague])],
    [validator(two, [unknown, known], [exact, wider, vague]), validator(one, [known, unknown], [vague, wider, exact])],
  ]
  const exports = orders.map(async (data) => {
    const validators = await openValidators()
    await validators.importInterchange({ metadata, data }, {}, validators.call())
    return validators.exportInterchange({ publicKeys: [one, two] }, validators.call())
  })
  const [first, second] = await Promise.all(exports)
  expect(second).toEqual(first)
  expect(first?.data[0]).toMatchObject({ signed_blocks: [known, unknown], signed_attestations: [wider, exact, vague] })
})

test('an export holds what was signed here, in parts too, and no other network', async () => {
  const other = timing({ network: 'beacon:2', genesisValidatorsRoot: rootB })
  const validators = await openValidators({ networks: [timing(), other] })
  const call = validators.call()
  const keys = Array.from({ length: 5 }, randomPublicKey)
  const data = keys.map((key) =>
    validator(
      key,
      [],
      Array.from({ length: 1_500 }, (_, i) => vote(String(i), String(i + 1), rootA)),
    ),
  )
  await validators.importInterchange({ metadata, data }, { forced: true }, call)
  await validators.importInterchange(
    { metadata: { ...metadata, genesis_validators_root: rootB }, data: [validator(one, [{ slot: '3' }])] },
    {},
    call,
  )
  await validators.claim({ kind: 'block', scope: `${keys[0] ?? ''}@${root}`, slot: 77n, root: rootB })
  const whole = await validators.exportInterchange({ network: 'beacon:1' }, call)
  expect(whole.data).toHaveLength(5)
  const first = whole.data.find(({ pubkey }) => pubkey === keys[0])
  expect(first?.signed_blocks).toEqual([{ slot: '77', signing_root: rootB }])
  expect(first?.signed_attestations).toHaveLength(1_500)
  let parts = 0
  const seen = new Set<string>()
  for (let after: string | undefined; parts === 0 || after !== undefined; parts++) {
    const { part, next } = await validators.exportPart(
      { network: 'beacon:1', ...(after !== undefined && { after }) },
      call,
    )
    for (const { pubkey, signed_attestations } of part.data)
      for (const { target_epoch } of signed_attestations) seen.add(`${pubkey} ${target_epoch}`)
    after = next
  }
  expect([parts > 2, seen.size]).toEqual([true, 7_500])
})
