// What is written of each coin: whole previous transactions where amounts are not signed, scripts, and no derivations.
import { describe, expect, test } from 'vitest'
import { addressOf } from '../../../../src/chains/bitcoin/address.ts'
import { readPsbt } from '../../../../src/chains/bitcoin/psbt.ts'
import { secp256k1 } from '../../../../src/curves/secp256k1.ts'
import { publicKeyOf } from '../../../../src/curves/secp256k1/sign.ts'
import { sha256, utf8 } from '../../../../src/base/bytes.ts'
import type { BuiltSpend } from '../../../../src/core/coins.ts'
import {
  btc,
  coinOf,
  coins,
  forms,
  orderOf,
  outputsOf,
  parsed,
  signed,
  stranger,
  walletOf,
  type Wallet,
} from './orders.ts'
import { againstClock, tooSlow } from '../../../against-clock.ts'

function written({ value }: BuiltSpend) {
  const { psbt } = value
  if (typeof psbt !== 'string') throw new Error('no PSBT')
  return readPsbt(Uint8Array.from(Buffer.from(psbt, 'base64')), 'psbt')
}

const paid = (wallet: Wallet) => {
  const payments = [{ address: stranger(), amount: 40_000n }]
  return coins.spend(orderOf(wallet, [coinOf(wallet, 100_000n)], { payments }))
}

describe.each(forms)('%s', (form) => {
  const wallet = walletOf(form)
  const { version, inputs, maps } = written(paid(wallet))

  test('is of version 0, with the coin proved', () => {
    expect(version).toBe(0)
    const { transaction } = coinOf(wallet, 100_000n)
    const [input] = inputs
    // The witnesses are left out: nothing that is proved is in them.
    const proved = { witnessUtxo: undefined, nonWitnessUtxo: { length: transaction.length - 2 - 1 - 73 - 34 } }
    const signedFor = { witnessUtxo: { amount: 100_000n }, nonWitnessUtxo: undefined }
    expect(input).toMatchObject(form === 'p2tr' ? signedFor : proved)
  })

  test('has the scripts that the coin commits to', () => {
    const [input] = inputs
    expect(input?.redeemScript !== undefined).toBe(form === 'p2sh-p2wpkh')
    expect(input?.witnessScript !== undefined).toBe(form === 'p2wsh')
    expect(input?.tapInternalKey !== undefined).toBe(form === 'p2tr')
  })

  test('tells whose coins it spends', () => {
    const { value, from } = paid(wallet)
    expect([coins.spentFrom(value, btc.network), from]).toEqual([[wallet.address], [wallet.address]])
  })

  test('tells nobody where keys are derived', () => {
    const derivations = [0x06, 0x16, 0x02, 0x07]
    const types = maps.flatMap((map, i) => (i === 0 ? [] : map.map(({ type }) => type)))
    expect(types.filter((type) => derivations.includes(type))).toEqual([])
    expect(signed(wallet, paid(wallet)).virtualSize).toBeGreaterThan(0)
  })
})

test('coins of several children of a tree are spent together, change to one of them', () => {
  const children = [0, 1, 2].map((i) => {
    return { path: [0, i], publicKey: secp256k1.publicKey(publicKeyOf(sha256(utf8(`child ${i}`)))) }
  })
  const own = { children }
  const [first, second, third] = children.map(({ publicKey }) => addressOf(publicKey, btc))
  const [tree] = children
  if (!first || !second || !third || !tree) throw new Error('no children')
  const wallet: Wallet = { network: btc, privateKeys: [], publicKey: tree.publicKey, own, address: third }
  const all = [coinOf(wallet, 60_000n, { address: first }), coinOf(wallet, 70_000n, { address: second })]
  const built = coins.spend(orderOf(wallet, all, { payments: [{ address: stranger(), amount: 100_000n }] }))
  expect(built.change?.address).toBe(third)
  const intent = parsed(wallet, built)
  expect(new Set(intent.inputs.map((input) => input.own.signer?.path.join('/')))).toEqual(new Set(['0/0', '0/1']))
  expect(outputsOf(wallet, built).filter(({ own: ours }) => ours)).toHaveLength(1)
  expect(coins.spentFrom(built.value, btc.network).toSorted()).toEqual([first, second].toSorted())
})

test('the coins of a wallet of a hundred addresses are told apart one by one, in time', againstClock, () => {
  const children = Array.from({ length: 100 }, (_, i) => {
    return { path: [0, i], publicKey: secp256k1.publicKey(publicKeyOf(sha256(utf8(`child ${i}`)))) }
  })
  const [tree] = children
  if (!tree) throw new Error('no children')
  const change = addressOf(tree.publicKey, btc)
  const spender = { publicKey: tree.publicKey, own: { children }, change }
  const { transaction } = coinOf(walletOf('p2wpkh'), 60_000n, { address: change })
  const start = performance.now()
  for (let i = 0; i < 300; i++) expect(coins.ownOutputs(transaction, spender, btc.network)).toHaveLength(1)
  // 60 ms on two slow cores; 11 seconds where the addresses are derived for each of them.
  expect(performance.now() - start, tooSlow).toBeLessThan(3_000)
})
