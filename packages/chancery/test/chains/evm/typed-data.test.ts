import { TypedDataEncoder } from 'ethers'
import fc from 'fast-check'
import { hashTypedData } from 'viem'
import { describe, expect, test } from 'vitest'
import { fromHex, toHex, utf8 } from '../../../src/base/bytes.ts'
import type { Json } from '../../../src/base/json.ts'
import { keccak256 } from '../../../src/chains/evm/keccak.ts'
import { readTypedData } from '../../../src/chains/evm/typed-data.ts'
import { refusalOf } from '../refusal.ts'
import { evm, signWith } from './signing.ts'
import { arbitraryTypedData } from './typed-data-arbitrary.ts'
import { againstClock, tooSlow } from '../../against-clock.ts'

const cow = keccak256(utf8('cow'))

// https://eips.ethereum.org/EIPS/eip-712 and its assets/eip-712/Example.js
const mail = {
  domain: {
    name: 'Ether Mail',
    version: '1',
    chainId: 1,
    verifyingContract: '0xCcCCccccCCCCcCCCCCCcCcCccCcCCCcCcccccccC',
  },
  types: {
    Person: [
      { name: 'name', type: 'string' },
      { name: 'wallet', type: 'address' },
    ],
    Mail: [
      { name: 'from', type: 'Person' },
      { name: 'to', type: 'Person' },
      { name: 'contents', type: 'string' },
    ],
  },
  primaryType: 'Mail',
  message: {
    from: { name: 'Cow', wallet: '0xCD2a3d9F938E13CD947Ec05AbC7FE734Df8DD826' },
    to: { name: 'Bob', wallet: '0xbBbBBBBbbBBBbbbBbbBbbbbBBbBbbbbBbBbbBBbB' },
    contents: 'Hello, Bob!',
  },
}

const domainOfMail = [
  { name: 'name', type: 'string' },
  { name: 'version', type: 'string' },
  { name: 'chainId', type: 'uint256' },
  { name: 'verifyingContract', type: 'address' },
]

test('the example of EIP-712', () => {
  const { payload, signed, facts } = signWith(evm, cow, { operation: 'sign:typed-data', value: mail })
  expect(toHex(payload.bytes)).toBe('0xbe609aee343fb3c4b28e1df9e632fca64fcfaede20f02e86244efddf30957bd2')
  expect(signed.result).toEqual({
    signature:
      '0x4355c47d63924e8a72e509b65029052eb6c299d53a04e167c5775fd466751c9d07299936d304c153f6443dfa05f40ff007d72911b6f72307f996231605b915621c',
    r: '0x4355c47d63924e8a72e509b65029052eb6c299d53a04e167c5775fd466751c9d',
    s: '0x07299936d304c153f6443dfa05f40ff007d72911b6f72307f996231605b91562',
    v: 28,
    yParity: 1,
    digest: '0xbe609aee343fb3c4b28e1df9e632fca64fcfaede20f02e86244efddf30957bd2',
  })
  expect(facts).toEqual({
    network: 'eip155:1',
    effects: [
      {
        kind: 'typed-data',
        contract: '0xCcCCccccCCCCcCCCCCCcCcCccCcCCCcCcccccccC',
        type: '0xa0cedeb2dc280ba39b857546d74f5549c3a1d7bdc2dd96bf881f76108e23dac2',
      },
    ],
    claims: [],
  })
})

test('the same digest with EIP712Domain among the types, and the summary reads back to it', () => {
  const types = { EIP712Domain: domainOfMail, ...mail.types }
  const { intent, payload } = signWith(evm, cow, { operation: 'sign:typed-data', value: { ...mail, types } })
  expect(toHex(payload.bytes)).toBe('0xbe609aee343fb3c4b28e1df9e632fca64fcfaede20f02e86244efddf30957bd2')
  expect(toHex(readTypedData(intent.summary, 'typedData', 1n).digest)).toBe(toHex(payload.bytes))
})

test('viem and ethers compute the same digest for random types and values', () => {
  fc.assert(
    fc.property(arbitraryTypedData(1), (data) => {
      const digest = toHex(readTypedData(data, 'typedData', 1n).digest)
      expect(hashTypedData<Record<string, unknown>, string>(data)).toBe(digest)
      expect(TypedDataEncoder.hash(data.domain, data.types, data.message)).toBe(digest)
    }),
    { numRuns: 500 },
  )
}, 60_000)

test('any other value gives another digest', () => {
  const digests = fc.tuple(arbitraryTypedData(1), arbitraryTypedData(1)).map((pair) =>
    pair.map((data) => {
      const { digest, encodedType } = readTypedData(data, 'typedData', 1n)
      const { domain, message } = data
      return { digest: toHex(digest), meaning: JSON.stringify([encodedType, domain, message]) }
    }),
  )
  fc.assert(
    fc.property(digests, ([one, two]) => {
      expect(one?.digest === two?.digest).toBe(one?.meaning === two?.meaning)
    }),
  )
})

/** A copy of the mail with the value at a path replaced; undefined takes it out. */
function bent(path: string, value: Json | undefined): unknown {
  const copy = structuredClone(mail) as Record<string, unknown>
  const steps = path.split('.')
  const last = steps.pop() ?? ''
  const place = steps.reduce<Record<string, unknown>>((at, step) => at[step] as Record<string, unknown>, copy)
  if (value === undefined) delete place[last]
  else place[last] = value
  return copy
}

const person = mail.types.Person

describe('the door', () => {
  test.each<[string, Json | undefined, string, string]>([
    // The four members.
    ['extra', 1, 'invalid-payload', 'typedData.extra'],
    ['domain', undefined, 'invalid-payload', 'typedData.domain'],
    ['types', [], 'invalid-payload', 'typedData.types'],
    ['primaryType', undefined, 'invalid-payload', 'typedData.primaryType'],
    ['primaryType', 'Letter', 'invalid-payload', 'typedData.primaryType'],
    ['primaryType', 'EIP712Domain', 'invalid-payload', 'typedData.primaryType'],
    ['primaryType', 'Person', 'invalid-payload', 'typedData.types.Mail'],
    ['message', null, 'invalid-payload', 'typedData.message'],
    // The domain.
    ['domain.chainId', undefined, 'invalid-payload', 'typedData.domain.chainId'],
    ['domain.chainId', 2, 'wrong-network', 'typedData.domain.chainId'],
    ['domain.chainId', 0, 'wrong-network', 'typedData.domain.chainId'],
    ['domain.chainId', '01', 'invalid-payload', 'typedData.domain.chainId'],
    ['domain.chainId', null, 'invalid-payload', 'typedData.domain.chainId'],
    ['domain.verifyingContract', undefined, 'invalid-payload', 'typedData.domain.verifyingContract'],
    ['domain.verifyingContract', '0x00', 'invalid-payload', 'typedData.domain.verifyingContract'],
    ['domain.salt', '0x00', 'invalid-payload', 'typedData.domain.salt'],
    ['domain.name', 1, 'invalid-payload', 'typedData.domain.name'],
    ['domain.extra', 'x', 'invalid-payload', 'typedData.domain.extra'],
    ['types.EIP712Domain', [], 'invalid-payload', 'typedData.types.EIP712Domain'],
    ['types.EIP712Domain', domainOfMail.toReversed(), 'invalid-payload', 'typedData.types.EIP712Domain'],
    ['types.EIP712Domain', domainOfMail.slice(1), 'invalid-payload', 'typedData.types.EIP712Domain'],
    // The types.
    ['types.Person', undefined, 'invalid-payload', 'typedData.types.Mail[0].type'],
    ['types.Unused', person, 'invalid-payload', 'typedData.types.Unused'],
    ['types.uint256', person, 'invalid-payload', 'typedData.types.uint256'],
    ['types.Bad(name', person, 'invalid-payload', 'typedData.types.Bad(name'],
    ['types.Person', [...person, { name: 'friend', type: 'Person' }], 'invalid-payload', 'typedData.types.Person'],
    ['types.Person', [...person, { name: 'friends', type: 'Person[]' }], 'invalid-payload', 'typedData.types.Person'],
    ['types.Person', [...person, { name: 'mail', type: 'Mail' }], 'invalid-payload', 'typedData.types.Person'],
    ['types.Person', [...person, person[0] as Json], 'invalid-payload', 'typedData.types.Person[2].name'],
    [
      'types.Person',
      [{ name: 'a', type: 'string', indexed: true }],
      'invalid-payload',
      'typedData.types.Person[0].indexed',
    ],
    ['types.Person', [{ name: 'a b', type: 'string' }], 'invalid-payload', 'typedData.types.Person[0].name'],
    ['types.Person', [{ name: '__proto__', type: 'string' }], 'invalid-payload', 'typedData.types.Person[0].name'],
    ...[
      'uint',
      'int',
      'uint7',
      'uint264',
      'uint08',
      'bytes0',
      'bytes33',
      'byte',
      'function',
      'fixed',
      'String',
      '',
    ].map((type): [string, Json, string, string] => [
      'types.Person',
      [{ name: 'a', type }],
      'invalid-payload',
      'typedData.types.Person[0].type',
    ]),
    ...['uint8[', 'uint8]', 'uint8[0]', 'uint8[01]', 'uint8[-1]', 'uint8[1][1][1][1][1]', ' uint8', 'uint8 '].map(
      (type): [string, Json, string, string] => [
        'types.Person',
        [{ name: 'a', type }],
        'invalid-payload',
        'typedData.types.Person[0].type',
      ],
    ),
    // The message.
    ['message.contents', undefined, 'invalid-payload', 'typedData.message.contents'],
    ['message.contents', 1, 'invalid-payload', 'typedData.message.contents'],
    ['message.contents', '\ud800', 'invalid-payload', 'typedData.message.contents'],
    ['message.more', 'x', 'invalid-payload', 'typedData.message.more'],
    ['message.from', null, 'invalid-payload', 'typedData.message.from'],
    ['message.from.wallet', '0x00', 'invalid-payload', 'typedData.message.from.wallet'],
    [
      'message.from.wallet',
      '0xcD2a3d9F938E13CD947Ec05AbC7FE734Df8DD826',
      'not-canonical',
      'typedData.message.from.wallet',
    ],
    ['message.from.nick', 'x', 'invalid-payload', 'typedData.message.from.nick'],
  ])('%s = %j: %s', (path, value, code, where) => {
    expect(refusalOf(() => readTypedData(bent(path, value), 'typedData', 1n))).toMatchObject({ code, where })
  })

  const values: readonly (readonly [string, readonly Json[], readonly Json[]])[] = [
    [
      'uint8',
      [0, '255', '0xff'],
      [-1, 256, '256', '0x100', '00', '0x00', '0x', '', ' 1', '1.0', 1.5, '1e2', true, null, [1]],
    ],
    ['uint256', [`${2n ** 256n - 1n}`], [`${2n ** 256n}`, 2 ** 53, `-1`]],
    ['int8', [-128, '-128', 127, '0x7f'], [-129, 128, '-129', '-0', '-0x1', '+1', '-01', 2 ** 53, null]],
    ['int256', [`${-(2n ** 255n)}`, `${2n ** 255n - 1n}`], [`${-(2n ** 255n) - 1n}`, `${2n ** 255n}`]],
    ['bool', [true, false], [0, 1, 'true', null, []]],
    ['bytes4', ['0x01020304', '0xABCDEF01'], ['0x010203', '0x0102030405', '01020304', '0x', null, 1]],
    ['bytes', ['0x', '0x00'], ['0x0', '', 'x', null, [1]]],
    ['string', ['', '0x', '\u{1f600}'], [null, 1, '\udc00']],
    ['address', ['0x0000000000000000000000000000000000000000'], ['0x', 0, null, 'vitalik.eth']],
    ['uint8[]', [[], [1, 2]], [1, [256], [[1]], null, { 0: 1, length: 1 }]],
    ['uint8[2]', [[1, 2]], [[], [1], [1, 2, 3], [1, null]]],
    ['uint8[2][]', [[], [[1, 2]]], [[[1]], [1, 2]]],
  ]

  test.each(values)('%s', (type, good, bad) => {
    const data = (v: Json) => ({ ...mail, types: { T: [{ name: 'v', type }] }, primaryType: 'T', message: { v } })
    for (const v of good) expect(readTypedData(data(v), 'typedData', 1n).digest.length).toBe(32)
    for (const v of bad) {
      const { code, where } = refusalOf(() => readTypedData(data(v), 'typedData', 1n))
      expect(['invalid-payload', JSON.stringify(v)]).toEqual([code, JSON.stringify(v)])
      expect(where?.startsWith('typedData.message.v')).toBe(true)
    }
  })
})

describe('bounds', () => {
  const chain = (count: number, uses: readonly number[]): unknown => {
    const fields = (i: number): object[] => [
      { name: 'end', type: 'bool' },
      ...uses.filter((step) => i + step < count).map((step) => ({ name: `f${step}`, type: `S${i + step}[]` })),
    ]
    const structs = Array.from({ length: count }, (_, i) => [`S${i}`, fields(i)])
    return { ...mail, types: Object.fromEntries(structs) as object, primaryType: 'S0', message: chainValue(uses) }
  }
  const chainValue = (uses: readonly number[]): object => {
    return { end: true, ...Object.fromEntries(uses.map((step) => [`f${step}`, []])) }
  }

  test('structs that use each other in many ways are visited once each', againstClock, () => {
    const started = performance.now()
    expect(readTypedData(chain(100, [3, 2, 1]), 'typedData', 1n).digest.length).toBe(32)
    expect(performance.now() - started, tooSlow).toBeLessThan(2_000)
  })

  test('at most 100 structs, 200 fields', () => {
    const fields = Array.from({ length: 201 }, (_, i) => ({ name: `f${i}`, type: 'bool' }))
    const many = { ...mail, types: { T: fields }, primaryType: 'T', message: {} }
    expect(refusalOf(() => readTypedData(chain(101, [1]), 'typedData', 1n)).where).toBe('typedData.types')
    expect(refusalOf(() => readTypedData(many, 'typedData', 1n)).where).toBe('typedData.types.T')
  })

  test('a list as long as a body holds is hashed', () => {
    const v = Array.from({ length: 300_000 }, () => 1)
    const data = { ...mail, types: { T: [{ name: 'v', type: 'uint8[]' }] }, primaryType: 'T', message: { v } }
    expect(readTypedData(data, 'typedData', 1n).digest.length).toBe(32)
  })
})

test('a name with a colon, as Hyperliquid has it, is hashed as the peers do', () => {
  const data = {
    domain: { chainId: 1, verifyingContract: mail.domain.verifyingContract } as const,
    types: { 'Exchange:Send': [{ name: 'amount', type: 'string' }] },
    primaryType: 'Exchange:Send',
    message: { amount: '1' },
  }
  const digest = toHex(readTypedData(data, 'typedData', 1n).digest)
  expect(TypedDataEncoder.hash(data.domain, data.types, data.message)).toBe(digest)
  expect(fromHex(digest).length).toBe(32)
})
