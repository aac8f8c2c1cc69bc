/** What the Bitcoin family's coins build and its chain signs, found, sent and followed by its node, and mined by Litecoin Core. */
import { RawTx, Transaction } from '@scure/btc-signer'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { concat, fromHex, toHex } from '../../src/base/bytes.ts'
import type { BuiltSpend, Coin, SpendOrder } from '../../src/core/coins.ts'
import type { CoinNode } from '../../src/core/node.ts'
import { encodeDer, parseDer } from '../../src/curves/secp256k1/der.ts'
import { secp256k1 } from '../../src/curves/secp256k1.ts'
import { createBitcoinNode } from '../../src/nodes/bitcoin/node.ts'
import {
  bitcoin,
  coins,
  forms,
  networkNamed,
  orderOf,
  parsed,
  signed,
  walletOf,
} from '../chains/bitcoin/coins/orders.ts'
import { refusalOf } from '../chains/refusal.ts'
import type { Form, Wallet } from '../chains/bitcoin/coins/orders.ts'
import { soon, txidOf } from '../contract/coin-node.ts'
import { litecoindIsThere, litecoindMissing, startLitecoind, type Litecoind } from './litecoind.ts'

const network = networkNamed('LTC', 'regtest')
/** What miners of this chain ask for a place, in base units for 1,000 virtual bytes: above what nodes relay. */
const blockRate = 10_000n

let litecoind: Litecoind
let node: CoinNode

beforeAll(async () => {
  if (!litecoindIsThere) return
  litecoind = await startLitecoind('-blockmintxfee=0.0001', '-mempoolreplacement=1')
  node = createBitcoinNode({ network: litecoind.network, urls: [litecoind.url] })
})
afterAll(() => (litecoindIsThere ? litecoind.stop() : undefined))
beforeEach(({ skip }) => {
  if (!litecoindIsThere) skip(litecoindMissing)
})

test('the network is known by the genesis block that the node has', () => {
  expect(network.network).toBe(litecoind.network)
})

let made = 0
/** A new one of that form, which was paid these amounts in one block. */
async function funded(form: Form, ...amounts: readonly bigint[]): Promise<Wallet> {
  const wallet = walletOf(form, network, `peer ${made++}`)
  for (const amount of amounts) await litecoind.pay(wallet.address, amount)
  await litecoind.mine(1)
  return wallet
}

/** As the relay hands them to the chain. */
async function coinsOf(...wallets: readonly Wallet[]): Promise<readonly Coin[]> {
  const found = await node.coins(
    wallets.map(({ address }) => address),
    soon(),
  )
  const whole = found.map(async ({ txid, index, confirmations }) => {
    const transaction = await node.transaction(txid, soon())
    return transaction === undefined ? [] : [{ txid, index, confirmations, transaction }]
  })
  return (await Promise.all(whole)).flat()
}

async function spendOf(wallet: Wallet, more: Partial<SpendOrder>): Promise<BuiltSpend> {
  return coins.spend({ ...orderOf(wallet, await coinsOf(wallet)), ...more })
}

const someone = () => walletOf('p2wpkh', network, `someone ${made++}`)

/** Sent, mined, and found in its block. Gives its txid. */
async function mined(raw: Uint8Array): Promise<string> {
  await expect(node.send(raw, soon())).resolves.toEqual({ accepted: true })
  await litecoind.mine(1)
  await expect(node.sighting(txidOf(raw), soon())).resolves.toMatchObject({ seen: 'block', depth: 1n })
  return txidOf(raw)
}

async function balance(wallet: Wallet): Promise<bigint> {
  const found = await coinsOf(wallet)
  const amounts = found.map(({ transaction, index }) => outputs(transaction)[index]?.amount ?? 0n)
  return amounts.reduce((total, amount) => total + amount, 0n)
}

function outputs(raw: Uint8Array) {
  const read = Transaction.fromRaw(raw, { allowUnknownOutputs: true, disableScriptCheck: true })
  return Array.from({ length: read.outputsLength }, (_, i) => read.getOutput(i))
}

describe.each(forms)('%s', (form) => {
  test('a payment is mined, to the last base unit', async () => {
    const wallet = await funded(form, 70_000_000n, 50_000_000n)
    const to = someone()
    const built = await spendOf(wallet, { payments: [{ address: to.address, amount: 100_000_001n }] })
    const { raw, virtualSize } = signed(wallet, built)
    await mined(raw)
    expect(await balance(to)).toBe(100_000_001n)
    expect(await balance(wallet)).toBe(120_000_000n - 100_000_001n - built.fee)
    expect(virtualSize).toBeLessThanOrEqual(built.virtualSize)
  })

  test('everything is swept', async () => {
    const wallet = await funded(form, 30_000_000n, 20_000_000n)
    const to = someone()
    const built = await spendOf(wallet, { sweepTo: to.address })
    await mined(signed(wallet, built).raw)
    expect(await balance(to)).toBe(50_000_000n - built.fee)
    expect(await coinsOf(wallet)).toEqual([])
  })

  test('300 coins become one', async () => {
    const payer = await funded('p2wpkh', 500_000_000n)
    const wallet = walletOf(form, network, `peer ${made++}`)
    const payments = Array.from({ length: 300 }, () => ({ address: wallet.address, amount: 1_000_000n }))
    await mined(signed(payer, await spendOf(payer, { payments })).raw)
    const built = await spendOf(wallet, {})
    expect(built.spends).toHaveLength(300)
    const { raw, virtualSize } = signed(wallet, built)
    expect(virtualSize).toBeLessThanOrEqual(built.virtualSize)
    await mined(raw)
    expect(await balance(wallet)).toBe(300_000_000n - built.fee)
    expect(await coinsOf(wallet)).toHaveLength(1)
  })

  test('a payment that waits is replaced by one that pays more', async () => {
    const wallet = await funded(form, 100_000_000n)
    const to = someone()
    const payments = [{ address: to.address, amount: 60_000_000n }]
    const order = { ...orderOf(wallet, await coinsOf(wallet)), payments }
    const first = coins.spend({ ...order, feeRate: 2_000n })
    const { raw } = signed(wallet, first)
    await expect(node.send(raw, soon())).resolves.toEqual({ accepted: true })
    const second = coins.replace({ ...order, feeRate: 50_000n, replaces: raw })
    expect(second.fee).toBeGreaterThan(first.fee)
    const next = signed(wallet, second)
    await expect(node.send(next.raw, soon())).resolves.toEqual({ accepted: true })
    await expect(node.sighting(txidOf(raw), soon())).resolves.toEqual({ seen: 'nowhere' })
    await expect(node.send(raw, soon())).resolves.toMatchObject({ accepted: false })
    await litecoind.mine(1)
    await expect(node.sighting(txidOf(next.raw), soon())).resolves.toMatchObject({ seen: 'block' })
    expect(await balance(to)).toBe(60_000_000n)
    expect(await balance(wallet)).toBe(40_000_000n - second.fee)
  })

  test('a parent that no miner wants is mined with the child that pays for it', async () => {
    const wallet = await funded(form, 100_000_000n)
    const payments = [{ address: someone().address, amount: 60_000_000n }]
    const cheap = await spendOf(wallet, { payments, feeRate: 1_000n })
    const { raw: parent } = signed(wallet, cheap)
    await expect(node.send(parent, soon())).resolves.toEqual({ accepted: true })
    await litecoind.mine(1)
    await expect(node.sighting(txidOf(parent), soon())).resolves.toEqual({ seen: 'pool' })
    const change = coins.ownOutputs(parent, orderOf(wallet, []).spender, network.network)
    const waiting = change.map((point) => ({ ...point, transaction: parent, confirmations: 0 }))
    const built = coins.payForParent({
      ...orderOf(wallet, waiting, { feeRate: 2n * blockRate }),
      parent,
      parentFee: cheap.fee,
    })
    const { raw: child } = signed(wallet, built)
    await mined(child)
    await expect(node.sighting(txidOf(parent), soon())).resolves.toMatchObject({ seen: 'block', depth: 1n })
  })
})

/** n of secp256k1 (SEC 2). */
const curveOrder = 0xffff_ffff_ffff_ffff_ffff_ffff_ffff_fffe_baae_dce6_af48_a03b_bfd2_5e8c_d036_4141n

/** The same signature with s on the other half of the curve: whoever passes it on may change it so. */
function withHighS(der: Uint8Array): Uint8Array {
  const bytes = parseDer(der)
  const s = BigInt(toHex(bytes.subarray(32)))
  const high = fromHex(`0x${(curveOrder - s).toString(16).padStart(64, '0')}`)
  return encodeDer(concat(bytes.subarray(0, 32), high))
}

test('a signature with a high s is refused by the node, and none leaves a back-end here', async () => {
  const wallet = await funded('p2wpkh', 50_000_000n)
  const built = await spendOf(wallet, { sweepTo: someone().address })
  const { raw } = signed(wallet, built)
  const [[der = new Uint8Array(), publicKey = new Uint8Array()] = []] = RawTx.decode(raw).witnesses ?? []
  const high = withHighS(der.subarray(0, -1))
  const placed = concat(high, der.subarray(-1))
  const changed = RawTx.encode({ ...RawTx.decode(raw), witnesses: [[placed, publicKey]] })
  expect(txidOf(changed)).toBe(txidOf(raw))
  const { accepted, words } = await node.send(changed, soon())
  expect(accepted).toBe(false)
  expect(words).toMatch(/S value is unnecessarily high/)

  const [payload] = bitcoin.payloads(parsed(wallet, built), 'key_test')
  const normalised = secp256k1.normalise({ encoding: 'der', bytes: high }, payload?.bytes ?? high, wallet.publicKey)
  expect(concat(encodeDer(normalised.bytes), der.subarray(-1))).toEqual(der)
  await mined(raw)
})

describe('a wrong amount', () => {
  /** A wallet's only coin, spent by the library with the amount that somebody tells it. */
  async function told(wrong: bigint) {
    const wallet = await funded('p2wpkh', 50_000_000n)
    const [coin] = await coinsOf(wallet)
    const [privateKey] = wallet.privateKeys
    if (coin === undefined || privateKey === undefined) throw new Error('no coin')
    const script = outputs(coin.transaction)[coin.index]?.script ?? new Uint8Array()
    const made = new Transaction()
    made.addInput({ txid: coin.txid, index: coin.index, witnessUtxo: { script, amount: 50_000_000n + wrong } })
    made.addOutput({ script, amount: 49_900_000n })
    return { wallet, coin, made, privateKey }
  }
  const psbtOf = (made: Transaction) => ({ value: { psbt: Buffer.from(made.toPSBT()).toString('base64') } })

  test('is refused here before anything is signed, and by the node where it was', async () => {
    const { wallet, made, privateKey } = await told(1n)
    expect(refusalOf(() => parsed(wallet, psbtOf(made)))).toMatchObject({
      code: 'invalid-payload',
      where: 'transaction.psbt.inputs[0].nonWitnessUtxo',
    })
    made.sign(privateKey)
    made.finalize()
    const { accepted, words } = await node.send(made.extract(), soon())
    expect(accepted).toBe(false)
    expect(words).toMatch(/Signature must be zero for failed CHECK|script-verify-flag-failed/)
  })

  test('is refused where a transaction was changed to prove it', async () => {
    const { wallet, coin } = await told(0n)
    // 50,000,000 in eight bytes, the least first.
    const hex = Buffer.from(coin.transaction).toString('hex').replace('80f0fa02', '81f0fa02')
    const transaction = Uint8Array.from(Buffer.from(hex, 'hex'))
    expect(outputs(transaction)[coin.index]?.amount).toBe(50_000_001n)
    expect(refusalOf(() => coins.spend(orderOf(wallet, [{ ...coin, transaction }])))).toMatchObject({
      code: 'invalid-payload',
      wanted: expect.stringContaining(coin.txid),
    })
  })

  test('that is more than the coins hold is refused before a node hears of it', async () => {
    const wallet = await funded('p2wpkh', 50_000_000n)
    const order = orderOf(wallet, await coinsOf(wallet))
    const payments = [{ address: someone().address, amount: 50_000_000n }]
    expect(refusalOf(() => coins.spend({ ...order, payments }))).toMatchObject({ code: 'insufficient-funds' })
  })
})
