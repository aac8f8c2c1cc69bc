/** What an old signer signed names the transactions it spends from: a request must not have a node asked for all there are. */
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { RunningEmulator } from '../../../aws-emulator/src/index.ts'
import { sha256, toHex, utf8, type Hex } from '../../src/base/bytes.ts'
import { encodeSigned } from '../../src/chains/bitcoin/transaction.ts'
import type { CoinNode } from '../../src/core/node.ts'
import { bitcoinTerms, oldWallet, openLedgers, partsOn, type OldWallet } from '../wallets/migration/coin-scene.ts'
import { openEmulator } from '../wallets/migration/scene.ts'
import { openHouse, removeFolder, type TestHouse } from './house.ts'

const mebibyte = 1_024 * 1_024

let emulator: RunningEmulator
let house: TestHouse
let moved: OldWallet
let asked = 0

beforeAll(async () => {
  emulator = await openEmulator('wallet-shadow-size')
  const ledgers = openLedgers()
  const parts = partsOn(emulator, ledgers)
  const large: CoinNode['transaction'] = async () => {
    asked += 1
    return new Uint8Array(mebibyte)
  }
  const coinNetworks = new Map(
    [...(parts.coinNetworks ?? [])].map(([network, coin]) => {
      return [network, { ...coin, node: { ...coin.node, transaction: large } }] as const
    }),
  )
  house = await openHouse({ ...parts, coinNetworks })
  moved = await oldWallet(emulator, house, ledgers, bitcoinTerms, { user: 'user 1', coins: 0 })
}, 60_000)

afterAll(async () => {
  moved.old.close()
  await house.close()
  await removeFolder(house)
  await emulator.close()
})

function spending(transactions: number): Hex {
  const inputs = Array.from({ length: transactions }, (_, i) => {
    return { txid: sha256(utf8(`earlier ${i}`)), index: 0, sequence: 0 }
  })
  const transaction = { version: 2, lockTime: 0, inputs, outputs: [{ amount: 1_000n, script: Uint8Array.of(0x51) }] }
  const unproved = { scriptSig: new Uint8Array(), witness: [] }
  const { raw } = encodeSigned(
    transaction,
    inputs.map(() => unproved),
  )
  return toHex(raw)
}

const shadow = (raw: Hex) => house.wallets.shadow(moved.wallet.row.id, { raw }, house.operator())

test('more transactions than a request may hand over are asked for by nobody', async () => {
  await expect(shadow(spending(1_001))).rejects.toMatchObject({
    code: 'invalid-request',
    particulars: { where: 'raw.inputs', got: '1001 transactions', wanted: 'at most 1000' },
  })
  expect(asked).toBe(0)
})

test('a node is asked for no more than fits into 16 MiB', async () => {
  await expect(shadow(spending(100))).rejects.toMatchObject({
    code: 'invalid-request',
    particulars: { got: `more than ${16 * mebibyte} bytes` },
  })
  expect(asked).toBe(24)
})
