// Every field of every payload, malformed: refused with its code and place, never converted or dropped.
import { describe, expect, test } from 'vitest'
import { fromHex } from '../../../src/base/bytes.ts'
import type { SignRequestBody } from '../../../src/core/chain.ts'
import { createEvm } from '../../../src/chains/evm/chain.ts'
import { dataLimit } from '../../../src/chains/evm/transaction-rules.ts'
import { type Refusal, refusalOf } from '../refusal.ts'
import { evm, keyOf, signWith } from './signing.ts'

const privateKey = fromHex('0x4646464646464646464646464646464646464646464646464646464646464646')
const publicKey = keyOf(privateKey)
const to = '0xd8dA6BF26964aF9D7eEd9e03E53415D37aA96045'
const key32 = `0x${'00'.repeat(32)}`

const legacy = { nonce: 1, gas: 60_000, gasPrice: 5, to }
const feeMarket = { nonce: 1, gas: 60_000, maxFeePerGas: 5, maxPriorityFeePerGas: 1, to }

function refusalWith(operation: SignRequestBody['operation'], value: unknown, network?: `eip155:${string}`): Refusal {
  return refusalOf(() => evm.parse({ operation, value, publicKey, ...(network === undefined ? {} : { network }) }))
}

const refusal = (value: unknown): Refusal => refusalWith('sign:transaction', value, 'eip155:1')

const notQuantities = [null, '', ' 1', '01', '1.0', '1e3', '-1', '0x', '0x01', '0X1', -1, 1.5, 2 ** 53, true, [1], {}]
const notAddresses = ['', '0x', to.slice(2), `${to}00`, to.slice(0, -1), 'vitalik.eth', 0, true, [to]]
const notBytes = [null, '', '0x0', '00', '0xzz', 1, [0], { 0: 1 }]

describe('a transaction in fields', () => {
  test('is taken as it stands', () => {
    expect(evm.parse({ operation: 'sign:transaction', network: 'eip155:1', publicKey, value: legacy }).summary).toEqual(
      {
        type: 0,
        chainId: '1',
        from: '0x9d8A62f656a8d1615C1294fd71e9CFb3E4855A4F',
        nonce: '1',
        to,
        value: '0',
        data: '0x',
        gas: '60000',
        gasPrice: '5',
      },
    )
  })

  test.each([null, undefined, 'x', 1, [], [legacy]])('%j is no transaction', (value) => {
    expect(refusal(value)).toMatchObject({ code: 'invalid-payload', where: 'transaction' })
  })

  const numbers = ['type', 'chainId', 'nonce', 'value', 'gas', 'gasPrice'].map((name) => [name, legacy] as const)
  const fees = ['maxFeePerGas', 'maxPriorityFeePerGas'].map((name) => [name, feeMarket] as const)
  test.each([...numbers, ...fees])('%s that is no quantity', (name, base) => {
    for (const bad of notQuantities) {
      const got = refusal({ ...base, [name]: bad })
      expect([bad, got.code, got.where]).toEqual([bad, 'invalid-payload', `transaction.${name}`])
      expect(got.wanted).toBeTruthy()
    }
  })

  test.each([
    ['nonce', 64, legacy],
    ['gas', 64, legacy],
    ['chainId', 64, legacy],
    ['value', 256, legacy],
    ['gasPrice', 256, legacy],
    ['maxFeePerGas', 256, feeMarket],
    ['maxPriorityFeePerGas', 256, feeMarket],
  ])('%s of 2^%i', (name, bits, base) => {
    for (const spelling of [String(1n << BigInt(bits)), `0x${(1n << BigInt(bits)).toString(16)}`]) {
      const { code, where } = refusal({ ...base, [name]: spelling })
      expect([code, where]).toEqual(['invalid-payload', `transaction.${name}`])
    }
  })

  test('decimal text, quantities and safe integers mean the same', () => {
    const digest = (value: object) => {
      return evm.parse({ operation: 'sign:transaction', network: 'eip155:1', publicKey, value }).digest
    }
    const other = { ...legacy, type: '0x0', chainId: '1', nonce: '0x1', gas: '60000', gasPrice: '0x5', value: '0x0' }
    expect(digest(other)).toEqual(digest(legacy))
    const names = { nonce: 1, gasLimit: 60_000, gasPrice: 5, to, input: '0x', from: publicKeyAddress }
    expect(digest(names)).toEqual(digest(legacy))
    expect(digest({ ...names, gas: '0xea60', data: '0x' })).toEqual(digest(legacy))
  })

  const publicKeyAddress = evm.address(publicKey)
  const creation = `0x${'60'.repeat(49_153)}`

  test.each<[string, object, string, string]>([
    // Names.
    ['an unknown field', { ...legacy, gasFee: 1 }, 'invalid-payload', 'transaction.gasFee'],
    ['a name in another case', { ...legacy, Nonce: 1 }, 'invalid-payload', 'transaction.Nonce'],
    ['a signature', { ...legacy, v: 27 }, 'invalid-payload', 'transaction.v'],
    [
      '__proto__',
      JSON.parse('{"nonce":1,"gas":60000,"gasPrice":5,"__proto__":{}}') as object,
      'invalid-payload',
      'transaction.__proto__',
    ],
    // Missing.
    ['no nonce', { ...legacy, nonce: undefined }, 'invalid-payload', 'transaction.nonce'],
    ['no gas', { ...legacy, gas: undefined }, 'invalid-payload', 'transaction.gas'],
    ['no fee', { nonce: 1, gas: 60_000, to }, 'invalid-payload', 'transaction'],
    ['no fee of type 0', { type: 0, nonce: 1, gas: 60_000, to }, 'invalid-payload', 'transaction.gasPrice'],
    [
      'no tip',
      { ...feeMarket, maxPriorityFeePerGas: undefined },
      'invalid-payload',
      'transaction.maxPriorityFeePerGas',
    ],
    ['no cap', { ...feeMarket, maxFeePerGas: undefined }, 'invalid-payload', 'transaction.maxFeePerGas'],
    // Types.
    ['both kinds of fee', { ...feeMarket, gasPrice: 1 }, 'invalid-payload', 'transaction'],
    ['type 0 with a cap', { ...feeMarket, type: 0 }, 'invalid-payload', 'transaction.maxFeePerGas'],
    ['type 0 with an access list', { ...legacy, type: 0, accessList: [] }, 'invalid-payload', 'transaction.accessList'],
    ['type 2 with a price', { ...legacy, type: 2 }, 'invalid-payload', 'transaction.gasPrice'],
    ['type 3', { ...feeMarket, type: 3 }, 'unsupported-payload', 'transaction.type'],
    ['type 4', { ...feeMarket, type: '0x4' }, 'unsupported-payload', 'transaction.type'],
    ['type 5', { ...feeMarket, type: 5 }, 'invalid-payload', 'transaction.type'],
    ['type by name', { ...feeMarket, type: 'eip1559' }, 'invalid-payload', 'transaction.type'],
    ['blobs', { ...feeMarket, blobVersionedHashes: [] }, 'unsupported-payload', 'transaction'],
    ['authorizations', { ...feeMarket, authorizationList: [] }, 'unsupported-payload', 'transaction'],
    // Agreement.
    ['another network', { ...legacy, chainId: 5 }, 'wrong-network', 'transaction.chainId'],
    ['chain id 0', { ...legacy, chainId: 0 }, 'wrong-network', 'transaction.chainId'],
    ['another gas limit', { ...legacy, gasLimit: 60_001 }, 'invalid-payload', 'transaction.gasLimit'],
    ['another input', { ...legacy, data: '0x01', input: '0x02' }, 'invalid-payload', 'transaction.input'],
    ['empty input beside data', { ...legacy, data: '0x01', input: '0x' }, 'invalid-payload', 'transaction.input'],
    ['another sender', { ...legacy, from: to }, 'invalid-payload', 'transaction.from'],
    ['no sender at all', { ...legacy, from: null }, 'invalid-payload', 'transaction.from'],
    // Rules.
    [
      'the last nonce but one too many',
      { ...legacy, nonce: String(2n ** 64n - 1n) },
      'invalid-payload',
      'transaction.nonce',
    ],
    ['too little gas', { ...legacy, gas: 20_999 }, 'invalid-payload', 'transaction.gas'],
    ['too little gas for data', { ...legacy, gas: 21_019, data: '0x0001' }, 'invalid-payload', 'transaction.gas'],
    ['too little gas to create', { ...legacy, gas: 52_999, to: null }, 'invalid-payload', 'transaction.gas'],
    // 53,000 and, for each of 33 bytes, 16, and 2 for each of two words (EIP-3860).
    [
      'too little gas for init code',
      { ...legacy, gas: 53_531, to: null, data: `0x${'60'.repeat(33)}` },
      'invalid-payload',
      'transaction.gas',
    ],
    // 21,000 and 2,400 an address and 1,900 a key (EIP-2930).
    [
      'too little gas for an access list',
      { ...feeMarket, gas: 27_199, accessList: [{ address: to, storageKeys: [key32, key32] }] },
      'invalid-payload',
      'transaction.gas',
    ],
    [
      'a fee beyond 2^256',
      { ...legacy, gas: String(2n ** 64n - 1n), gasPrice: String(2n ** 192n + 2n ** 129n) },
      'invalid-payload',
      'transaction.gasPrice',
    ],
    [
      'a tip above the cap',
      { ...feeMarket, maxPriorityFeePerGas: 6 },
      'invalid-payload',
      'transaction.maxPriorityFeePerGas',
    ],
    [
      'init code too long',
      { ...legacy, to: null, gas: 9_000_000, data: creation },
      'invalid-payload',
      'transaction.data',
    ],
    [
      'data too long',
      { ...legacy, gas: 9_000_000, data: `0x${'00'.repeat(dataLimit + 1)}` },
      'invalid-payload',
      'transaction.data',
    ],
    // Shapes.
    ['an access list of null', { ...feeMarket, accessList: null }, 'invalid-payload', 'transaction.accessList'],
    [
      'an access list by address',
      { ...feeMarket, accessList: { [to]: [] } },
      'invalid-payload',
      'transaction.accessList',
    ],
    ['an entry as a pair', { ...feeMarket, accessList: [[to, []]] }, 'invalid-payload', 'transaction.accessList[0]'],
    [
      'an entry without keys',
      { ...feeMarket, accessList: [{ address: to }] },
      'invalid-payload',
      'transaction.accessList[0].storageKeys',
    ],
    [
      'an entry with more',
      { ...feeMarket, accessList: [{ address: to, storageKeys: [], x: 1 }] },
      'invalid-payload',
      'transaction.accessList[0].x',
    ],
    [
      'an entry of no address',
      { ...feeMarket, accessList: [{ address: '0x', storageKeys: [] }] },
      'invalid-payload',
      'transaction.accessList[0].address',
    ],
    [
      'a short key',
      { ...feeMarket, accessList: [{ address: to, storageKeys: [key32, '0x00'] }] },
      'invalid-payload',
      'transaction.accessList[0].storageKeys[1]',
    ],
  ])('%s', (_name, value, code, where) => {
    expect(refusal(value)).toMatchObject({ code, where })
  })

  test('to, from and addresses in the access list must be addresses', () => {
    for (const bad of notAddresses) {
      expect(refusal({ ...legacy, to: bad })).toMatchObject({ code: 'invalid-payload', where: 'transaction.to' })
      expect(refusal({ ...legacy, from: bad })).toMatchObject({ code: 'invalid-payload', where: 'transaction.from' })
    }
    const wrong = to.replace('d8dA', 'd8da')
    expect(refusal({ ...legacy, to: wrong })).toMatchObject({ code: 'not-canonical', where: 'transaction.to' })
  })

  test.each(['data', 'input'])('%s that is no bytes', (name) => {
    for (const bad of notBytes) {
      expect(refusal({ ...legacy, [name]: bad })).toMatchObject({
        code: 'invalid-payload',
        where: `transaction.${name}`,
      })
    }
  })

  test('the largest data and the largest init code are taken', () => {
    const sizes = [
      { ...legacy, gas: 9_000_000, data: `0x${'00'.repeat(dataLimit)}` },
      { ...legacy, gas: 9_000_000, to: null, data: creation.slice(0, -2) },
    ]
    const sizesOfData = sizes.map((value) => {
      const { intent } = signWith(evm, privateKey, { operation: 'sign:transaction', value })
      return intent.kind === 'transaction' ? intent.transaction.data.length : undefined
    })
    expect(sizesOfData).toEqual([dataLimit, 49_152])
  })

  test('exactly the intrinsic gas is taken', () => {
    const exact = [
      { ...legacy, gas: 21_000 },
      { ...legacy, gas: 21_020, data: '0x0001' },
      { ...legacy, gas: 53_532, to: null, data: `0x${'60'.repeat(33)}` },
      { ...feeMarket, gas: 27_200, accessList: [{ address: to, storageKeys: [key32, key32] }] },
    ]
    const taken = exact.map((value) =>
      evm.parse({ operation: 'sign:transaction', network: 'eip155:1', publicKey, value }),
    )
    expect(taken.map(({ summary }) => summary.gas)).toEqual(['21000', '21020', '53532', '27200'])
  })

  test('the largest chain id keeps v within 64 bits (EIP-2294)', () => {
    const networks = ['eip155:9223372036854775771', 'eip155:9223372036854775772'] as const
    const wide = createEvm({ networks: networks.map((network) => ({ network })), assets: [] })
    const request = { operation: 'sign:transaction', value: legacy } as const
    const { signed } = signWith(wide, privateKey, { ...request, network: networks[0] })
    expect(signed.result.v).toMatch(/^1844674407370955157[78]$/)
    const refused = refusalOf(() => signWith(wide, privateKey, { ...request, network: networks[1] }))
    expect(refused).toMatchObject({ code: 'invalid-payload', where: 'transaction.chainId' })
  })

  test('null and absent both create a contract', () => {
    const { to: _, ...rest } = legacy
    const digests = [rest, { ...rest, to: null }].map(
      (value) => evm.parse({ operation: 'sign:transaction', network: 'eip155:1', publicKey, value }).digest,
    )
    expect(digests[0]).toEqual(digests[1])
  })
})

describe('an unsigned serialised transaction', () => {
  const unsigned = (hex: unknown): Refusal => refusal({ unsigned: hex })
  // EIP-155's example: nonce 9, price, gas, to, value, no data, chain 1, then two zeros.
  const body = '098504a817c800825208943535353535353535353535353535353535353535880de0b6b3a764000080'

  test('is taken', () => {
    const value = { unsigned: `0xec${body}018080` }
    const intent = evm.parse({ operation: 'sign:transaction', network: 'eip155:1', publicKey, value })
    expect(intent.summary).toMatchObject({ type: 0, nonce: '9', chainId: '1' })
  })

  test.each<[string, unknown, string, string]>([
    ['another field beside it', undefined, 'invalid-payload', 'transaction.nonce'],
    ['nothing', '0x', 'invalid-payload', 'transaction.unsigned'],
    ['null', null, 'invalid-payload', 'transaction.unsigned'],
    ['no hex', 'ec', 'invalid-payload', 'transaction.unsigned'],
    ['before EIP-155', `0xe9${body}`, 'unsupported-payload', 'transaction.unsigned'],
    ['chain id 0', `0xec${body}808080`, 'invalid-payload', 'transaction.unsigned.chainId'],
    ['another chain', `0xec${body}058080`, 'wrong-network', 'transaction.unsigned.chainId'],
    ['a padded chain id', `0xec${body}008080`, 'not-canonical', 'transaction.unsigned.chainId'],
    ['signed', `0xec${body}010101`, 'invalid-payload', 'transaction.unsigned'],
    ['a byte more', `0xec${body}01808000`, 'invalid-payload', 'transaction.unsigned'],
    ['a field less', `0xeb${body}0180`, 'invalid-payload', 'transaction.unsigned'],
    ['a list for a number', `0xec${body}c08080`, 'invalid-payload', 'transaction.unsigned.chainId'],
    ['a string', '0x80', 'invalid-payload', 'transaction.unsigned.type'],
    ['type 0 written out', `0x00ec${body}018080`, 'invalid-payload', 'transaction.unsigned.type'],
    ['type 1 of a string', '0x0180', 'invalid-payload', 'transaction.unsigned'],
    ['type 2 of an empty list', '0x02c0', 'invalid-payload', 'transaction.unsigned'],
    ['type 3', '0x03c0', 'unsupported-payload', 'transaction.unsigned.type'],
    ['type 4', '0x04c0', 'unsupported-payload', 'transaction.unsigned.type'],
    ['type 5', '0x05c0', 'invalid-payload', 'transaction.unsigned.type'],
  ])('%s', (_name, hex, code, where) => {
    const got = hex === undefined ? refusal({ unsigned: '0x02c0', nonce: 1 }) : unsigned(hex)
    expect(got).toMatchObject({ code, where })
  })
})

describe('the request', () => {
  test.each(['sign:transaction', 'sign:message', 'sign:typed-data'] as const)(
    '%s needs a configured network',
    (operation) => {
      expect(refusalWith(operation, {})).toMatchObject({ code: 'invalid-request', where: 'network' })
      expect(refusalWith(operation, {}, 'eip155:5')).toMatchObject({ code: 'unknown-network', where: 'network' })
    },
  )

  test('an authorization is not signed yet', () => {
    expect(refusalWith('sign:authorization', {}, 'eip155:1').code).toBe('unsupported-payload')
  })

  test('a key of another algorithm has no address', () => {
    expect(() => evm.address({ algorithm: 'ed25519', bytes: new Uint8Array(32) })).toThrow('secp256k1')
  })
})

describe('messages and digests', () => {
  test.each<[unknown, string]>([
    [null, 'message'],
    ['hello', 'message'],
    [{}, 'message'],
    [{ text: 'a', bytes: '0x61' }, 'message'],
    [{ text: 'a', raw: '0x61' }, 'message.raw'],
    [{ text: null }, 'message.text'],
    [{ text: 1 }, 'message.text'],
    [{ text: '\ud800' }, 'message.text'],
    [{ bytes: 'hello' }, 'message.bytes'],
    [{ bytes: '0x1' }, 'message.bytes'],
    [{ bytes: `0x1901${'00'.repeat(64)}` }, 'message.bytes'],
    [{ bytes: '0x19457468' }, 'message.bytes'],
    [{ text: 'a'.repeat(65_537) }, 'message'],
  ])('%j is refused at %s', (value, where) => {
    expect(refusalWith('sign:message', value, 'eip155:1')).toMatchObject({ code: 'invalid-payload', where })
  })

  test.each([null, '', '0x', key32.slice(2), `${key32}00`, key32.slice(0, -2), 1, [key32], { digest: key32 }])(
    'digest %j is refused',
    (value) => {
      expect(refusalWith('sign:digest', value)).toMatchObject({ code: 'invalid-payload', where: 'digest' })
    },
  )

  test('a digest belongs to no network', () => {
    expect(refusalWith('sign:digest', key32, 'eip155:1')).toMatchObject({ code: 'invalid-request', where: 'network' })
  })
})
