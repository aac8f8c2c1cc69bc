/** Fees of wallets raised, paid by a child, and paid to make coins one: by the service and its policy, mined by Litecoin Core. */
import { Transaction } from '@scure/btc-signer'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import type { WalletId } from '../../src/core/names.ts'
import type { FoundCoin } from '../../src/core/node.ts'
import type { Tier } from '../../src/core/wallet-store.ts'
import type { Withdrawal } from '../../src/core/wallets.ts'
import { soon } from '../contract/coin-node.ts'
import { mostFee, openCoinService, txidIn, type CoinService } from './coin-service.ts'
import { litecoindIsThere, litecoindMissing } from './litecoind.ts'

/** Base units for 1,000 virtual bytes: nodes relay at this rate, and miners of this chain ask for ten times as much. */
const relayed = 1_000n
const mined = 50_000n

let at: CoinService

beforeAll(async () => {
  if (litecoindIsThere) at = await openCoinService('-blockmintxfee=0.0001')
})
afterAll(() => (litecoindIsThere ? at.close() : undefined))
beforeEach(({ skip }) => {
  if (!litecoindIsThere) skip(litecoindMissing)
})

/** Sent, and left lying by a miner. */
async function leftLying(asked: Promise<Withdrawal>): Promise<Withdrawal> {
  const { id } = await asked
  const sent = await at.reaches(id, 'broadcast')
  await at.litecoind.mine(1)
  await expect(at.node.sighting(txidIn(sent), soon())).resolves.toEqual({ seen: 'pool' })
  return sent
}

async function raised({ id, txids: [first] }: Withdrawal): Promise<Withdrawal> {
  await at.house.wallets.raiseFee(id, { feeRate: mined }, at.call())
  const newest = async () => txidIn(await at.house.wallets.withdrawal(id, at.call()))
  await expect.poll(newest, { timeout: 30_000 }).not.toBe(first)
  return at.reaches(id, 'broadcast')
}

async function final({ id }: Withdrawal): Promise<Withdrawal> {
  await at.litecoind.mine(2)
  return at.reaches(id, 'final')
}

async function refusesBeyondPolicy(asked: (maxFee: bigint) => Promise<unknown>): Promise<void> {
  const refusal = { code: 'denied', particulars: { where: 'maxFee', wanted: `at most ${mostFee}` } }
  await expect(asked(mostFee + 1n)).rejects.toMatchObject(refusal)
}

async function blockOf(paid: Withdrawal): Promise<string> {
  const sighting = await at.node.sighting(txidIn(paid), soon())
  if (sighting.seen === 'block') return sighting.block
  throw new Error('it is in no block')
}

/** All that a wallet holds. */
async function held(wallet: WalletId): Promise<{ readonly coins: readonly FoundCoin[]; readonly worth: bigint }> {
  const { addresses } = await at.house.wallets.addresses(wallet, { limit: 50 }, at.call())
  const coins = await at.node.coins(
    addresses.map(({ address }) => address),
    soon(),
  )
  const amounts = coins.map(async ({ txid, index }) => {
    const raw = (await at.node.transaction(txid, soon())) ?? new Uint8Array()
    return Transaction.fromRaw(raw, { allowUnknownOutputs: true, disableScriptCheck: true }).getOutput(index).amount
  })
  const worth = (await Promise.all(amounts)).reduce((sum: bigint, amount = 0n) => sum + amount, 0n)
  return { coins, worth }
}

const places: readonly [Tier, string][] = [
  ['native', 'p2wpkh'],
  ['native', 'p2pkh'],
  ['datakey', 'p2wpkh'],
  ['datakey', 'p2tr'],
  ['hd', 'p2sh-p2wpkh'],
  ['hd', 'p2tr'],
]

describe.each(places)('a wallet of the tier %s with %s addresses', (tier, form) => {
  const withdraw = async (wallet: WalletId) => {
    const to = String(await at.litecoind.payee('getnewaddress'))
    const terms = { wallet, to, amount: 50_000_000n, feeRate: relayed }
    return leftLying(at.house.wallets.withdraw(terms, at.call()))
  }

  test('raises the fee of a payment that no miner takes, and only the dearer one is mined', async () => {
    const wallet = await at.walletWith(tier, form, 90_000_000n)
    const first = await withdraw(wallet.id)
    await refusesBeyondPolicy((maxFee) => at.house.wallets.raiseFee(first.id, { feeRate: mined, maxFee }, at.call()))
    const paid = await final(await raised(first))
    expect(paid.txids).toEqual([expect.any(String), txidIn(first)])
    expect(paid.feeRate).toBeGreaterThanOrEqual(mined)
    await expect(at.node.sighting(txidIn(first), soon())).resolves.toEqual({ seen: 'nowhere' })
    await expect(at.node.sighting(txidIn(paid), soon())).resolves.toMatchObject({ seen: 'block' })
    expect(String(await at.litecoind.payee('getreceivedbyaddress', paid.to))).toBe('0.5')
    expect((await held(wallet.id)).worth).toBe(40_000_000n - (paid.fee ?? 0n))
  })

  test('pays for a payment that no miner takes with one of its own, and both are in one block', async () => {
    const wallet = await at.walletWith(tier, form, 90_000_000n)
    const parent = await withdraw(wallet.id)
    const terms = { feeRate: mined }
    await refusesBeyondPolicy((maxFee) => at.house.wallets.payForParent(parent.id, { ...terms, maxFee }, at.call()))
    const { id } = await at.house.wallets.payForParent(parent.id, terms, at.call())
    const child = await final(await at.reaches(id, 'broadcast'))
    const paid = await at.reaches(parent.id, 'final')
    expect(txidIn(paid)).toBe(txidIn(parent))
    expect(await blockOf(child)).toBe(await blockOf(paid))
    expect(String(await at.litecoind.payee('getreceivedbyaddress', paid.to))).toBe('0.5')
    const { coins, worth } = await held(wallet.id)
    expect(coins).toMatchObject([{ txid: txidIn(child) }])
    expect(worth).toBe(40_000_000n - (paid.fee ?? 0n) - (child.fee ?? 0n))
  })

  test('makes its coins one, for a fee that is raised while it waits', async () => {
    const { id, address } = await at.walletWith(tier, form, 30_000_000n, 20_000_000n)
    const other = tier === 'hd' ? (await at.house.wallets.newAddress(id, at.call())).address : address
    await at.litecoind.pay(other, 10_000_000n)
    await at.litecoind.mine(3)
    expect((await held(id)).coins).toHaveLength(3)
    await refusesBeyondPolicy((maxFee) => at.house.wallets.consolidate(id, { maxFee }, at.call()))
    const first = await leftLying(at.house.wallets.consolidate(id, { feeRate: relayed }, at.call()))
    const paid = await final(await raised(first))
    const { coins, worth } = await held(id)
    expect(coins).toMatchObject([{ txid: txidIn(paid), confirmations: 2 }])
    expect(worth).toBe(60_000_000n - (paid.fee ?? 0n))
  })
})

test('a rate that costs more than the policy allows leaves a payment as it was, and says why', async () => {
  const wallet = await at.walletWith('native', 'p2wpkh', 90_000_000n)
  const to = String(await at.litecoind.payee('getnewaddress'))
  const { wallets } = at.house
  const asked = { wallet: wallet.id, to, amount: 50_000_000n, feeRate: relayed }
  const first = await leftLying(wallets.withdraw(asked, at.call()))
  await wallets.raiseFee(first.id, { feeRate: 10_000n * relayed }, at.call())
  const why = async () => (await wallets.withdrawal(first.id, at.call())).view.row.body['replacementError']
  await expect.poll(why, { timeout: 30_000 }).toMatchObject({ code: 'denied' })
  expect(txidIn(await wallets.withdrawal(first.id, at.call()))).toBe(txidIn(first))
  await final(await raised(first))
  expect(String(await at.litecoind.payee('getreceivedbyaddress', to))).toBe('0.5')
})
