import { hashMessage as ethersHash, verifyMessage as ethersVerify } from 'ethers'
import fc from 'fast-check'
import { hashMessage, verifyMessage, type Hex } from 'viem'
import { expect, test } from 'vitest'
import { fromHex, toHex } from '../../../src/base/bytes.ts'
import { messageDigest } from '../../../src/chains/evm/messages.ts'
import { evm, keyOf, signWith } from './signing.ts'

// The key and message of ethers' and web3.js' documentation for EIP-191.
// https://web3js.readthedocs.io/en/v1.10.0/web3-eth-accounts.html#sign
test("web3.js' example", () => {
  const privateKey = fromHex('0x4c0883a69102937d6231471b5dbb6204fe5129617082792ae468d01a3f362318')
  const { signed } = signWith(evm, privateKey, { operation: 'sign:message', value: { text: 'Some data' } })
  expect(signed.result).toEqual({
    digest: '0x1da44b586eb0729ff70a73c326926f6ed5a25f5b056e7f47fbc6e58d86871655',
    r: '0xb91467e570a6466aa9e9876cbcd013baba02900b8979d43fe208a4a4f339f5fd',
    s: '0x6007e74cd82e037b800186422fc2da167c747ef045e5d18a5f5d4300f8e1a029',
    v: 28,
    yParity: 1,
    signature:
      '0xb91467e570a6466aa9e9876cbcd013baba02900b8979d43fe208a4a4f339f5fd6007e74cd82e037b800186422fc2da167c747ef045e5d18a5f5d4300f8e1a0291c',
  })
})

test('viem and ethers compute the same digest of text and of bytes', () => {
  const text = fc.string({ unit: 'grapheme', maxLength: 200 })
  const bytes = fc.uint8Array({ maxLength: 1_100 })
  fc.assert(
    fc.property(text, bytes, (text, raw) => {
      const ofText = toHex(messageDigest({ bytes: new TextEncoder().encode(text) }))
      expect([hashMessage(text), ethersHash(text)]).toEqual([ofText, ofText])
      const ofBytes = toHex(messageDigest({ bytes: raw }))
      expect([hashMessage({ raw }), ethersHash(raw)]).toEqual([ofBytes, ofBytes])
    }),
  )
})

test('viem and ethers verify what is signed', async () => {
  const privateKey = fromHex('0x4c0883a69102937d6231471b5dbb6204fe5129617082792ae468d01a3f362318')
  const address = evm.address(keyOf(privateKey)) as Hex
  for (const message of ['', 'hello', 'Grüße, 世界 🌍', '0x', 'x'.repeat(5_000)]) {
    const { signed } = signWith(evm, privateKey, { operation: 'sign:message', value: { text: message } })
    const signature = signed.result.signature as Hex
    expect(await verifyMessage({ address, message, signature })).toBe(true)
    expect(ethersVerify(message, signature)).toBe(address)
  }
})
