// ethereum/tests, TransactionTests: signed transactions, each judged by the rules of Cancun on chain 1.
import { describe, expect, test } from 'vitest'
import { fromHex } from '../../src/base/bytes.ts'
import { parseSigned } from '../../src/chains/evm/signed-transaction.ts'
import { rawTransactionChainId } from '../../src/chains/evm/raw-chain-id.ts'
import { refusalOf } from '../chains/refusal.ts'
import { readVectors, vectorsMissing } from './vectors.ts'

interface Verdict {
  readonly exception?: string
  readonly sender?: string
  readonly hash?: string
  readonly intrinsicGas: string
}

interface Case {
  readonly txbytes: string
  readonly result: { readonly Cancun?: Verdict; readonly London?: Verdict }
}

/** Which refusals say what an exception of the suite says: code and place. */
const reasons: Readonly<Record<string, readonly string[]>> = {
  ADDRESS_TOO_SHORT: ['invalid-payload raw.to'],
  ADDRESS_TOO_LONG: ['invalid-payload raw.to'],
  INTRINSIC_GAS_TOO_LOW: ['invalid-payload raw.gas'],
  GASLIMIT_PRICE_PRODUCT_OVERFLOW: ['invalid-payload raw.gasPrice', 'invalid-payload raw.maxFeePerGas'],
  GASPRICE_OVERFLOW: ['invalid-payload raw.gasPrice', 'invalid-payload raw.maxFeePerGas'],
  PRIORITY_OVERFLOW: ['invalid-payload raw.maxPriorityFeePerGas'],
  PRIORITY_GREATER_THAN_MAX_FEE_PER_GAS_2: ['invalid-payload raw.maxPriorityFeePerGas'],
  RLP_LEADING_ZEROS_BASEFEE: ['not-canonical raw.maxFeePerGas'],
  RLP_LEADING_ZEROS_PRIORITY_FEE: ['not-canonical raw.maxPriorityFeePerGas'],
  RLP_LEADING_ZEROS_GASPRICE: ['not-canonical raw.gasPrice'],
  RLP_LEADING_ZEROS_GASLIMIT: ['not-canonical raw.gas'],
  RLP_LEADING_ZEROS_NONCE: ['not-canonical raw.nonce'],
  RLP_LEADING_ZEROS_VALUE: ['not-canonical raw.value'],
  RLP_INVALID_ACCESS_LIST_ADDRESS_TOO_LONG: ['invalid-payload raw.accessList[0].address'],
  RLP_INVALID_ACCESS_LIST_ADDRESS_TOO_SHORT: ['invalid-payload raw.accessList[0].address'],
  RLP_INVALID_ACCESS_LIST_STORAGE_TOO_LONG: ['invalid-payload raw.accessList[0].storageKeys[0]'],
  RLP_INVALID_ACCESS_LIST_STORAGE_TOO_SHORT: ['invalid-payload raw.accessList[0].storageKeys[0]'],
  RLP_TOO_FEW_ELEMENTS: ['invalid-payload raw'],
  RLP_TOO_MANY_ELEMENTS: ['invalid-payload raw'],
  // One of them is nine bytes with leading zeros, which is not canonical before it is too large.
  GASLIMIT_OVERFLOW: ['invalid-payload raw.gas', 'not-canonical raw.gas'],
  NONCE_OVERFLOW: ['invalid-payload raw.nonce'],
  NONCE_TOO_BIG: ['invalid-payload raw.nonce'],
  VALUE_OVERFLOW: ['invalid-payload raw.value'],
  INVALID_SIGNATURE_VRS: ['invalid-payload raw.v', 'invalid-payload raw.r', 'invalid-payload raw.s'],
  EC_RECOVERY_FAIL: ['invalid-payload raw.r'],
  // The suite names the chain id wherever v is not one of chain 1; v below 37 names none.
  INVALID_CHAINID: ['wrong-network raw.chainId', 'invalid-payload raw.v'],
}

describe.skipIf(vectorsMissing('ethereum/TransactionTests'))('ethereum TransactionTests', () => {
  const files = readVectors<Readonly<Record<string, Case>>>('ethereum/TransactionTests/*/*.json')
  const cases = files.flatMap((file) => Object.entries(file))

  test('all of them are here', () => {
    expect(cases.length).toBe(88)
  })

  const verdicts = cases.map(([name, { txbytes, result }]) => ({ name, txbytes, ...(result.Cancun ?? result.London) }))

  test.each(verdicts.filter(({ exception }) => exception === undefined))('$name', ({ txbytes, sender, hash }) => {
    const raw = fromHex(txbytes)
    const signed = parseSigned(raw, 1n)
    expect({ from: signed.from.toLowerCase(), hash: signed.hash }).toEqual({ from: sender, hash })
    expect(rawTransactionChainId(raw)).toBe(signed.transaction.chainId === 0n ? undefined : 1n)
  })

  test.each(verdicts.filter(({ exception }) => exception !== undefined))(
    '$name: $exception',
    ({ txbytes, exception }) => {
      const { code, where } = refusalOf(() => parseSigned(fromHex(txbytes), 1n))
      expect(reasons[exception?.replace('TransactionException.', '') ?? '']).toContain(`${code} ${where}`)
    },
  )
})
