import { Transaction as EthersTransaction } from 'ethers'
import { parseTransaction, recoverTransactionAddress } from 'viem'
import { expect, test } from 'vitest'
import { fromHex, toHex } from '../../../src/base/bytes.ts'
import { signWith, evm } from './signing.ts'

const privateKey = fromHex('0x4646464646464646464646464646464646464646464646464646464646464646')

// The worked example of EIP-155. https://eips.ethereum.org/EIPS/eip-155
test('signs the example of EIP-155', () => {
  const value = {
    nonce: 9,
    gasPrice: '20000000000',
    gas: 21_000,
    to: '0x3535353535353535353535353535353535353535',
    value: '1000000000000000000',
  }
  const { payload, signed, facts } = signWith(evm, privateKey, { operation: 'sign:transaction', value })
  expect(toHex(payload.bytes)).toBe('0xdaf5a779ae972f972197303d7b574746c7ef83eadac0f2791ad23db92e4c8e53')
  expect(signed.result).toMatchObject({
    raw: '0xf86c098504a817c800825208943535353535353535353535353535353535353535880de0b6b3a76400008025a028ef61340bd939bc2195fe537567866003e1a15d3c71ff63e1590620aa636276a067cbe9d8997f761aecb703304b3800ccf555c9f3dc64214b297fb1966a3b6d83',
    from: '0x9d8A62f656a8d1615C1294fd71e9CFb3E4855A4F',
    v: '37',
    yParity: 0,
  })
  expect(facts).toEqual({
    network: 'eip155:1',
    effects: [
      {
        kind: 'transfer',
        asset: 'eip155:1/slip44:60',
        amount: 10n ** 18n,
        to: '0x3535353535353535353535353535353535353535',
      },
    ],
    fee: { asset: 'eip155:1/slip44:60', max: 21_000n * 20_000_000_000n },
    claims: [
      {
        kind: 'nonce',
        scope: 'eip155:1/0x9d8A62f656a8d1615C1294fd71e9CFb3E4855A4F',
        nonce: 9n,
        root: '0xdaf5a779ae972f972197303d7b574746c7ef83eadac0f2791ad23db92e4c8e53',
      },
    ],
  })
})

test('signs the example of the schema so that viem and ethers read it back', async () => {
  const schema = evm.schemas.find(({ operation }) => operation === 'sign:transaction')
  const { signed } = signWith(evm, privateKey, { operation: 'sign:transaction', value: schema?.example })
  const raw = signed.result.raw as `0x02${string}`
  expect(await recoverTransactionAddress({ serializedTransaction: raw })).toBe(signed.result.from)
  const ethers = EthersTransaction.from(raw)
  expect(ethers.from).toBe(signed.result.from)
  expect(ethers.hash).toBe(signed.hash)
  expect(parseTransaction(raw)).toMatchObject({ nonce: 7, maxFeePerGas: 30_000_000_000n, chainId: 1 })
})
