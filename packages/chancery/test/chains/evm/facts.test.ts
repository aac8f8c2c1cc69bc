import { encodeFunctionData, erc20Abi, erc721Abi, getContractAddress, maxUint256, parseAbi } from 'viem'
import { describe, expect, test } from 'vitest'
import { fromHex, toHex, utf8 } from '../../../src/base/bytes.ts'
import type { Facts } from '../../../src/core/facts.ts'
import { createEvm } from '../../../src/chains/evm/chain.ts'
import { keccak256 } from '../../../src/chains/evm/keccak.ts'
import { dai, evm, keyOf, signWith, usdt } from './signing.ts'

const privateKey = fromHex('0x4646464646464646464646464646464646464646464646464646464646464646')
const owner = '0x9d8A62f656a8d1615C1294fd71e9CFb3E4855A4F'
const alice = '0xd8dA6BF26964aF9D7eEd9e03E53415D37aA96045'
const bob = '0x00000000219ab540356cBB839Cbe05303d7705Fa'
const stranger = '0xBC4CA0EdA7647A8aB7C2061c2E118A18a936f13D'
const native = 'eip155:1/slip44:60'
const usdtAsset = `eip155:1/erc20:${usdt}`

function factsOf(fields: object): Facts {
  const value = { nonce: 3, gas: 100_000, maxFeePerGas: '7', maxPriorityFeePerGas: 1, ...fields }
  return signWith(evm, privateKey, { operation: 'sign:transaction', value }).facts
}

const effectsOf = (fields: object): Facts['effects'] => factsOf(fields).effects
const erc20 = (name: 'transfer' | 'approve', to: `0x${string}`, amount: bigint): string =>
  encodeFunctionData({ abi: erc20Abi, functionName: name, args: [to, amount] })

describe('value', () => {
  test('a value is a transfer of the native asset; so is no value at all', () => {
    expect(effectsOf({ to: alice, value: 5 })).toEqual([{ kind: 'transfer', asset: native, amount: 5n, to: alice }])
    expect(effectsOf({ to: alice.toLowerCase() })).toEqual([{ kind: 'transfer', asset: native, amount: 0n, to: alice }])
  })

  test('the fee is the most it can come to, and the nonce is claimed for the address on its network', () => {
    const { fee, claims, network } = factsOf({ to: alice })
    expect(network).toBe('eip155:1')
    expect(fee).toEqual({ asset: native, max: 700_000n })
    expect(claims).toEqual([{ kind: 'nonce', scope: `eip155:1/${owner}`, nonce: 3n, root: expect.any(String) }])
  })

  test('a fee of zero is a fee of zero', () => {
    expect(factsOf({ to: alice, maxFeePerGas: 0, maxPriorityFeePerGas: 0 }).fee?.max).toBe(0n)
  })

  test('the same request claims the same root, another one another', () => {
    const [one, again, other] = [{ to: alice }, { to: alice, value: '0x0' }, { to: alice, value: 1 }].map(factsOf)
    expect(one?.claims).toEqual(again?.claims)
    expect(one?.claims).not.toEqual(other?.claims)
  })

  test('a value with a call is both', () => {
    expect(effectsOf({ to: stranger, value: 5, data: '0x12345678' })).toEqual([
      { kind: 'transfer', asset: native, amount: 5n, to: stranger },
      { kind: 'call', contract: stranger, selector: '0x12345678' },
    ])
  })

  test('creating a contract pays the contract that will be', () => {
    const created = getContractAddress({ from: owner, nonce: 3n })
    expect(effectsOf({ data: '0x6000' })).toEqual([{ kind: 'call', contract: '*', selector: 'create' }])
    expect(effectsOf({ data: '0x6000', value: 9 })).toEqual([
      { kind: 'transfer', asset: native, amount: 9n, to: created },
      { kind: 'call', contract: '*', selector: 'create' },
    ])
  })

  test('calldata shorter than a selector has none', () => {
    expect(effectsOf({ to: stranger, data: '0x123456' })).toEqual([
      { kind: 'call', contract: stranger, selector: '0x' },
    ])
  })
})

describe('listed tokens', () => {
  test.each([
    [erc20('transfer', alice, 5n), { kind: 'transfer', asset: usdtAsset, amount: 5n, to: alice }],
    [erc20('approve', alice, maxUint256), { kind: 'approval', asset: usdtAsset, amount: maxUint256, spender: alice }],
    [
      encodeFunctionData({ abi: erc20Abi, functionName: 'transferFrom', args: [alice, bob, 7n] }),
      { kind: 'transfer', asset: usdtAsset, amount: 7n, from: alice, to: bob },
    ],
    [
      encodeFunctionData({ abi: parseAbi(['function increaseAllowance(address,uint256)']), args: [alice, 7n] }),
      { kind: 'approval', asset: usdtAsset, amount: 7n, spender: alice },
    ],
  ])('%s', (data, effect) => {
    expect(effectsOf({ to: usdt, data })).toEqual([effect])
    const [call] = effectsOf({ to: stranger, data })
    expect(call).toEqual({ kind: 'call', contract: stranger, selector: data.slice(0, 10) })
  })

  test('a listed token counts on its own network only', () => {
    const request = { nonce: 0, gas: 100_000, gasPrice: 1, to: usdt, data: erc20('transfer', alice, 5n) }
    const { facts } = signWith(evm, privateKey, {
      operation: 'sign:transaction',
      network: 'eip155:11155111',
      value: request,
    })
    expect(facts.effects).toEqual([{ kind: 'call', contract: usdt, selector: '0xa9059cbb' }])
  })

  const good = erc20('transfer', alice, 5n)
  test.each([
    ['a byte more', `${good}00`],
    ['a word more', `${good}${'00'.repeat(32)}`],
    ['a byte less', good.slice(0, -2)],
    ['the selector alone', good.slice(0, 10)],
    ['a dirty address', `${good.slice(0, 10)}01${good.slice(12)}`],
    ['a dirty byte beside the address', `${good.slice(0, 32)}01${good.slice(34)}`],
  ])('%s is an unknown call', (_name, data) => {
    expect(effectsOf({ to: usdt, data })).toEqual([{ kind: 'call', contract: usdt, selector: '0xa9059cbb' }])
  })

  test("ERC-721's transferFrom on a contract that is not listed stays an unknown call", () => {
    const data = encodeFunctionData({ abi: erc721Abi, functionName: 'transferFrom', args: [owner, alice, 1n] })
    expect(effectsOf({ to: stranger, data })).toEqual([{ kind: 'call', contract: stranger, selector: '0x23b872dd' }])
  })
})

describe('authority', () => {
  const abi = parseAbi([
    'function setApprovalForAll(address,bool)',
    'function transferOwnership(address)',
    'function renounceOwnership()',
    'function grantRole(bytes32,address)',
    'function upgradeTo(address)',
    'function upgradeToAndCall(address,bytes)',
  ])
  const role = `0x${'11'.repeat(32)}` as const

  test.each([
    ['setApprovalForAll', encodeFunctionData({ abi, functionName: 'setApprovalForAll', args: [alice, true] }), alice],
    ['transferOwnership', encodeFunctionData({ abi, functionName: 'transferOwnership', args: [alice] }), alice],
    ['renounceOwnership', encodeFunctionData({ abi, functionName: 'renounceOwnership' }), undefined],
    ['grantRole', encodeFunctionData({ abi, functionName: 'grantRole', args: [role, alice] }), alice],
    ['upgradeTo', encodeFunctionData({ abi, functionName: 'upgradeTo', args: [alice] }), alice],
    ['upgradeToAndCall', encodeFunctionData({ abi, functionName: 'upgradeToAndCall', args: [alice, '0x01'] }), alice],
  ])('%s, on a listed token or any contract', (what, data, to) => {
    for (const contract of [usdt, stranger]) {
      const effect = { kind: 'authority', what, contract, ...(to === undefined ? {} : { to }) }
      expect(effectsOf({ to: contract, data })).toEqual([effect])
    }
    const malformed = `${data.slice(0, 10)}ff`
    expect(effectsOf({ to: stranger, data: malformed })).toEqual([{ kind: 'authority', what, contract: stranger }])
  })
})

describe('messages and digests', () => {
  const effects = (value: unknown): unknown => {
    const { intent, facts } = signWith(evm, privateKey, { operation: 'sign:message', value })
    return [intent.operation, facts.effects, facts.claims]
  }

  test.each([
    [{ text: '' }],
    [{ text: 'hello' }],
    [{ bytes: '0x' }],
    [{ bytes: `0x${'00'.repeat(31)}` }],
    [{ bytes: `0x${'00'.repeat(33)}` }],
    [{ text: `0x${'0g'.repeat(32)}` }],
    [{ text: `hash: 0x${'00'.repeat(32)}` }],
  ])('%j is words for a person', (value) => {
    expect(effects(value)).toEqual(['sign:message', [{ kind: 'message' }], []])
  })

  test.each([
    [{ bytes: `0x${'00'.repeat(32)}` }],
    [{ text: 'thirty-two bytes are also a hash' }],
    [{ text: `0x${'aB'.repeat(32)}` }],
    [{ text: 'ab'.repeat(32) }],
    [{ bytes: toHex(utf8(`0x${'ab'.repeat(32)}`)) }],
  ])('%j needs the right to sign digests', (value) => {
    expect(effects(value)).toEqual(['sign:digest', [{ kind: 'opaque' }], []])
  })

  test('a digest is opaque and of no network', () => {
    const value = `0x${'12'.repeat(32)}`
    const { payload, facts, intent, signed } = signWith(evm, privateKey, {
      operation: 'sign:digest',
      network: undefined,
      value,
    })
    expect(facts).toEqual({ effects: [{ kind: 'opaque' }], claims: [] })
    expect(intent.network).toBeUndefined()
    expect(toHex(payload.bytes)).toBe(value)
    expect(signed.result.digest).toBe(value)
  })
})

test('every payload is a digest for the key that was named', () => {
  const { intent, payload } = signWith(evm, privateKey, { operation: 'sign:message', value: { text: 'hi' } })
  expect(payload).toEqual({
    key: 'key_test',
    algorithm: 'secp256k1-ecdsa',
    bytes: keccak256(utf8('\x19Ethereum Signed Message:\n2hi')),
    prehashed: true,
    urgency: 1,
  })
  expect(intent.digest).toBe(payload.bytes)
})

test('a signature without its parity, or two of them, are faults', () => {
  const { intent } = signWith(evm, privateKey, { operation: 'sign:message', value: { text: 'hi' } })
  const signature = { algorithm: 'secp256k1-ecdsa', bytes: new Uint8Array(64) } as const
  expect(() => evm.assemble(intent, [])).toThrow('one secp256k1 signature')
  expect(() => evm.assemble(intent, [signature])).toThrow('one secp256k1 signature')
  expect(() =>
    evm.assemble(intent, [
      { ...signature, yParity: 0 },
      { ...signature, yParity: 0 },
    ]),
  ).toThrow('one secp256k1')
})

describe('configuration', () => {
  const networks = [{ network: 'eip155:1' }] as const

  test.each(['bip122:000000000019d6689c085ae165831e93', 'eip155:01', 'eip155:0', 'eip155:x'] as const)(
    '%s',
    (network) => {
      expect(() => createEvm({ networks: [{ network }], assets: [] })).toThrow(RangeError)
    },
  )

  test.each([
    `eip155:5/erc20:${dai}`,
    'eip155:1/slip44:61',
    'eip155:1/erc721:0x06012c8cf97BEaD5deAe237070F9587f8E7A266d',
    'eip155:1/erc20:0x00',
  ] as const)('%s', (asset) => {
    expect(() => createEvm({ networks, assets: [{ asset }] })).toThrow(RangeError)
  })

  test('an asset with a wrong checksum', () => {
    const asset = `eip155:1/erc20:${dai.replace('6B17', '6b17')}` as const
    expect(() => createEvm({ networks, assets: [{ asset }] })).toThrow('canonical')
  })
})

test('the test key is the one of EIP-155', () => {
  expect(evm.address(keyOf(privateKey))).toBe(owner)
})
