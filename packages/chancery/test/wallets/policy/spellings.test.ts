/** One recipient in several spellings is one recipient: to those that may be paid, and to those that may not. */
import { sha256 } from '@noble/hashes/sha2.js'
import { createBase58check } from '@scure/base'
import { expect, test } from 'vitest'
import { createBitcoin } from '../../../src/chains/bitcoin/chain.ts'
import type { AssetId, Network } from '../../../src/core/names.ts'
import { evaluatePayment } from '../../../src/wallets/policy/evaluate.ts'
import { readPolicy } from '../../../src/wallets/policy/read.ts'
import { noon, payment, policyOf, rule } from './fixture.ts'

const network: Network = 'bip122:12a765e31ffd4059bada1e25190f6e98'
const asset: AssetId = `${network}/slip44:2`
const litecoin = createBitcoin({ networks: [{ network }] })
const parts = { chains: new Map([['bitcoin', litecoin]]), settings: { networks: {}, gap: 20, tokens: [] } }

/** A script's hash behind either version byte: 0x32 is Litecoin's own, 0x05 the one it once shared with Bitcoin. */
const p2sh = (version: number) =>
  createBase58check(sha256).encode(Uint8Array.of(version, ...new Uint8Array(20).fill(7)))
const witness = 'ltc1qw508d6qejxtdg4y5r3zarvary0c5xw7kgmn4n9'

test.each([
  ['a script of Litecoin in its older form', p2sh(0x32), p2sh(0x05)],
  ['a script of Litecoin in its newer form', p2sh(0x05), p2sh(0x32)],
  ['a witness program in capitals', witness, witness.toUpperCase()],
  ['a witness program in small letters', witness.toUpperCase(), witness],
])('%s', (_, written, asked) => {
  const to = litecoin.parseAddress(asked, 'to', network)
  const paying = payment({ network, asset, to })
  const verdict = (more: object) =>
    evaluatePayment(readPolicy(parts, policyOf(rule({ asset, ...more }))), paying, { now: noon }).verdict
  expect(verdict({ denied: [written] })).toBe('deny')
  expect(verdict({ recipients: [written] })).toBe('allow')
})
