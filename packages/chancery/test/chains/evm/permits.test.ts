import { describe, expect, test } from 'vitest'
import { fromHex } from '../../../src/base/bytes.ts'
import type { Effect } from '../../../src/core/facts.ts'
import { dai, evm, signWith, usdt } from './signing.ts'

const privateKey = fromHex('0x4646464646464646464646464646464646464646464646464646464646464646')
const owner = '0x9d8A62f656a8d1615C1294fd71e9CFb3E4855A4F'
const spender = '0xE592427A0AEce92De3Edee1F18E0157C05861564'
const unlisted = '0xA0b86991c6218b36c1d19D4a2e9Eb0cE3606eB48'
const permit2 = '0x000000000022D473030F116dDEE9F6B43aC78BA3'
const usdtAsset = `eip155:1/erc20:${usdt}`
const daiAsset = `eip155:1/erc20:${dai}`
const typedData = (contract: string): unknown => ({
  kind: 'typed-data',
  contract,
  type: expect.stringMatching(/^0x[0-9a-f]{64}$/),
})

/** `owner address` as a field. */
function fields(list: string): { name: string; type: string }[] {
  return list.split(',').map((field) => {
    const [type = '', name = ''] = field.split(' ')
    return { name, type }
  })
}

function effectsOf(verifyingContract: string, structs: Record<string, string>, message: object): readonly Effect[] {
  const types = Object.fromEntries(Object.entries(structs).map(([name, list]) => [name, fields(list)]))
  const value = { domain: { chainId: 1, verifyingContract }, types, primaryType: Object.keys(structs)[0], message }
  return signWith(evm, privateKey, { operation: 'sign:typed-data', value }).facts.effects
}

describe('permits of the token', () => {
  const permit = 'address owner,address spender,uint256 value,uint256 nonce,uint256 deadline'
  const message = { owner, spender, value: '7', nonce: 0, deadline: 1_790_000_000 }

  test('EIP-2612: an approval without end', () => {
    const approval = { kind: 'approval', asset: usdtAsset, amount: 7n, spender }
    expect(effectsOf(usdt, { Permit: permit }, message)).toEqual([approval])
  })

  test('of a token that is not listed: typed data', () => {
    expect(effectsOf(unlisted, { Permit: permit }, message)).toEqual([typedData(unlisted)])
  })

  test('with a field more, or in another order: typed data', () => {
    const more = { ...message, extra: 1 }
    expect(effectsOf(usdt, { Permit: `${permit},uint256 extra` }, more)).toEqual([typedData(usdt)])
    const order = permit.split(',').toReversed().join(',')
    expect(effectsOf(usdt, { Permit: order }, message)).toEqual([typedData(usdt)])
  })

  test("DAI's: everything or nothing", () => {
    const form = 'address holder,address spender,uint256 nonce,uint256 expiry,bool allowed'
    const dais = { holder: owner, spender, nonce: 0, expiry: 0 }
    const approval = { kind: 'approval', asset: daiAsset, spender }
    expect(effectsOf(dai, { Permit: form }, { ...dais, allowed: true })).toEqual([
      { ...approval, amount: 2n ** 256n - 1n },
    ])
    expect(effectsOf(dai, { Permit: form }, { ...dais, allowed: false })).toEqual([{ ...approval, amount: 0n }])
  })

  test.each(['TransferWithAuthorization', 'ReceiveWithAuthorization'])('EIP-3009 %s: a transfer', (name) => {
    const form = 'address from,address to,uint256 value,uint256 validAfter,uint256 validBefore,bytes32 nonce'
    const order = { from: owner, to: spender, value: 9, validAfter: 0, validBefore: 1, nonce: `0x${'00'.repeat(32)}` }
    const transfer = { kind: 'transfer', asset: usdtAsset, amount: 9n, to: spender, from: owner }
    expect(effectsOf(usdt, { [name]: form }, order)).toEqual([transfer])
    expect(effectsOf(unlisted, { [name]: form }, order)).toEqual([typedData(unlisted)])
  })
})

describe('Permit2', () => {
  const details = 'address token,uint160 amount,uint48 expiration,uint48 nonce'
  const permissions = 'address token,uint256 amount'
  const single = { PermitSingle: 'PermitDetails details,address spender,uint256 sigDeadline', PermitDetails: details }
  const batch = { PermitBatch: 'PermitDetails[] details,address spender,uint256 sigDeadline', PermitDetails: details }
  const part = (token: string, amount: number): object => ({ token, amount, expiration: 99, nonce: 0 })
  const permitted = { spender, nonce: 1, deadline: 50 }

  test('PermitSingle', () => {
    const message = { details: part(usdt, 5), spender, sigDeadline: 1 }
    const approval = { kind: 'approval', asset: usdtAsset, amount: 5n, spender, expiry: 99n }
    expect(effectsOf(permit2, single, message)).toEqual([approval])
    expect(effectsOf(unlisted, single, message)).toEqual([typedData(unlisted)])
    const other = { ...message, details: part(unlisted, 5) }
    expect(effectsOf(permit2, single, other)).toEqual([typedData(permit2)])
  })

  test('PermitBatch: each token counts, and one that is not listed shows', () => {
    const approvals = [
      { kind: 'approval', asset: usdtAsset, amount: 1n, spender, expiry: 99n },
      { kind: 'approval', asset: daiAsset, amount: 2n, spender, expiry: 99n },
    ]
    const both = { details: [part(usdt, 1), part(dai, 2)], spender, sigDeadline: 1 }
    expect(effectsOf(permit2, batch, both)).toEqual(approvals)
    const three = { ...both, details: [part(usdt, 1), part(unlisted, 9), part(dai, 2)] }
    expect(effectsOf(permit2, batch, three)).toEqual([...approvals, typedData(permit2)])
    expect(effectsOf(permit2, batch, { ...both, details: [] })).toEqual([typedData(permit2)])
  })

  test('PermitTransferFrom, alone and in a batch', () => {
    const approval = { kind: 'approval', asset: usdtAsset, amount: 3n, spender, expiry: 50n }
    const one = { PermitTransferFrom: 'TokenPermissions permitted,address spender,uint256 nonce,uint256 deadline' }
    const message = { ...permitted, permitted: { token: usdt, amount: 3 } }
    expect(effectsOf(permit2, { ...one, TokenPermissions: permissions }, message)).toEqual([approval])
    const many = {
      PermitBatchTransferFrom: 'TokenPermissions[] permitted,address spender,uint256 nonce,uint256 deadline',
    }
    const list = { ...permitted, permitted: [message.permitted, message.permitted] }
    expect(effectsOf(permit2, { ...many, TokenPermissions: permissions }, list)).toEqual([approval, approval])
  })

  test.each([
    ['PermitWitnessTransferFrom', 'TokenPermissions', { token: usdt, amount: 3 }],
    ['PermitBatchWitnessTransferFrom', 'TokenPermissions[]', [{ token: usdt, amount: 3 }]],
  ])('%s: the token counts, and the witness must be named by a rule', (name, type, tokens) => {
    const form = `${type} permitted,address spender,uint256 nonce,uint256 deadline,Order witness`
    const structs = { [name]: form, Order: 'address taker', TokenPermissions: permissions }
    const message = { ...permitted, permitted: tokens, witness: { taker: owner } }
    const approval = { kind: 'approval', asset: usdtAsset, amount: 3n, spender, expiry: 50n }
    expect(effectsOf(permit2, structs, message)).toEqual([approval, typedData(permit2)])
    expect(effectsOf(unlisted, structs, message)).toEqual([typedData(unlisted)])
  })
})
