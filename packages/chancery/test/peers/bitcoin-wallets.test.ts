/** Wallets of each tier as the service makes them, paid and paying on Litecoin Core: keys in a KMS, data keys, trees, sealed. */
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import type { Tier } from '../../src/core/wallet-store.ts'
import { coins as bare, orderOf, signed, walletOf } from '../chains/bitcoin/coins/orders.ts'
import { soon } from '../contract/coin-node.ts'
import { openCoinService, regtest, treasury, txidIn, type CoinService } from './coin-service.ts'
import { litecoindIsThere, litecoindMissing } from './litecoind.ts'

let at: CoinService

beforeAll(async () => {
  if (litecoindIsThere) at = await openCoinService()
})
afterAll(() => (litecoindIsThere ? at.close() : undefined))
beforeEach(({ skip }) => {
  if (!litecoindIsThere) skip(litecoindMissing)
})

/** A young chain has no fees to learn from: what no estimate says, the caller does. */
const feeRate = 20_000n

const places: readonly [Tier, string][] = [
  ...['p2pkh', 'p2sh-p2wpkh', 'p2wpkh'].flatMap((form): [Tier, string][] =>
    (['native', 'datakey', 'hd', 'sealed'] as const).map((tier) => [tier, form]),
  ),
  ['datakey', 'p2tr'],
  ['hd', 'p2tr'],
  ['sealed', 'p2tr'],
]

describe('a withdrawal', () => {
  test.each(places)('of a wallet of the tier %s with %s addresses is mined', async (tier, form) => {
    const { litecoind, node, house, call, reaches } = at
    const wallet = await at.walletWith(tier, form, 80_000_000n, 40_000_000n)
    const to = String(await litecoind.payee('getnewaddress'))
    const { id } = await house.wallets.withdraw({ wallet: wallet.id, to, amount: 100_000_000n, feeRate }, call())
    await reaches(id, 'broadcast')
    await litecoind.mine(2)
    await reaches(id, 'final')
    expect(String(await litecoind.payee('getreceivedbyaddress', to))).toBe('1')
    expect(await node.coins([wallet.address], soon())).toHaveLength(tier === 'hd' ? 0 : 1)
  })
})

describe('a sweep', () => {
  test.each(['native', 'hd'] as const)('takes 300 coins of a wallet of the tier %s to the treasury', async (tier) => {
    const { litecoind, node, house, call, reaches } = at
    const wallet = await at.walletWith(tier, 'p2wpkh')
    const payer = walletOf('p2wpkh', regtest, `payer of ${tier}`)
    const paid = await litecoind.pay(payer.address, 500_000_000n)
    await litecoind.mine(1)
    const [coin] = await node.coins([payer.address], soon())
    const transaction = await node.transaction(paid, soon())
    if (coin === undefined || transaction === undefined) throw new Error('not paid')
    const payments = Array.from({ length: 300 }, () => ({ address: wallet.address, amount: 1_000_000n }))
    const built = bare.spend(orderOf(payer, [{ ...coin, transaction }], { payments }))
    await expect(node.send(signed(payer, built).raw, soon())).resolves.toEqual({ accepted: true })
    await litecoind.mine(3)
    const { id } = await house.wallets.sweep({ wallet: wallet.id, feeRate }, call())
    const txid = txidIn(await reaches(id, 'broadcast'))
    await litecoind.mine(2)
    await reaches(id, 'final')
    expect(await node.coins([wallet.address], soon())).toEqual([])
    const [swept] = (await node.coins([treasury], soon())).filter((one) => one.txid === txid)
    expect(swept).toMatchObject({ confirmations: 2 })
  })
})
