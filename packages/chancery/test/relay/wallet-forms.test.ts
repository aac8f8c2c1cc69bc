/** Wallets of every form and of trees, paid from through the whole house: several addresses, one transaction. */
import { afterEach, beforeEach, expect, test } from 'vitest'
import { systemClock } from '../../src/base/clock.ts'
import type { Principal } from '../../src/core/access.ts'
import type { TransactionId } from '../../src/core/names.ts'
import { sourceOf } from '../../src/register/source.ts'
import { verifyRegister } from '../../src/register/verify.ts'
import { client, openHouse, removeFolder, type TestHouse } from '../integration/house.ts'
import { asset, coinParts, oneWallet, payee, regtest } from './coin-house.ts'
import { createCoinLedger, type CoinLedger } from './coin-ledger.ts'

let ledger: CoinLedger
let house: TestHouse
let app: Principal

beforeEach(async () => {
  ledger = createCoinLedger(regtest)
  const { payingWallets: _, ...parts } = coinParts(ledger, oneWallet())
  house = await openHouse(parts)
  const operations = ['wallets:read', 'wallets:create', 'withdraw', 'sweep'] as const
  app = await client(house, [{ operations, keys: '*', networks: '*' }])
  const rule = { name: 'small', asset, recipients: '*', maximum: '1000000', maximumFee: '100000' } as const
  const policy = { rules: [rule], treasury: { [regtest]: [payee] }, sweepFees: { [regtest]: '100000' } }
  await house.walletPolicy.put(policy, 0, house.operator())
})

afterEach(async () => {
  await house.close()
  await removeFolder(house)
})

const stateOf = async (id: TransactionId) =>
  (await house.relay.payment(id, house.operator().deadline))?.row.body['error'] ??
  (await house.relay.payment(id, house.operator().deadline))?.row.state

test.each([
  ['sealed', 'p2wpkh'],
  ['sealed', 'p2pkh'],
  ['sealed', 'p2sh-p2wpkh'],
  ['sealed', 'p2tr'],
  ['hd', 'p2wpkh'],
  ['hd', 'p2pkh'],
  ['hd', 'p2sh-p2wpkh'],
  ['hd', 'p2tr'],
] as const)('a wallet of the tier %s with %s addresses pays, and is swept', async (tier, form) => {
  const call = () => house.as(app)
  const { row: wallet } = await house.wallets.create({ user: 'u', asset: 'BTC', network: regtest, tier, form }, call())
  const more = tier === 'hd' ? [await house.wallets.newAddress(wallet.id, call())] : []
  const addresses = [String(wallet.address), ...more.map(({ address }) => address)]
  for (const address of addresses) ledger.deposit(address, 100_000n, 120_000n)
  ledger.mine()
  const amount = BigInt(addresses.length) * 150_000n
  const paid = await house.wallets.withdraw({ wallet: wallet.id, to: payee, amount }, call())
  await expect.poll(() => stateOf(paid.id), { timeout: 10_000 }).toBe('broadcast')
  ledger.mine(2)
  await expect.poll(() => stateOf(paid.id), { timeout: 10_000 }).toBe('final')
  expect(ledger.held(payee)).toBe(amount)
  const swept = await house.wallets.sweep({ wallet: wallet.id }, call())
  await expect.poll(() => stateOf(swept.id), { timeout: 10_000 }).toBe('broadcast')
  ledger.mine(2)
  for (const address of addresses) expect(ledger.held(address)).toBe(0n)
  expect(ledger.held(payee)).toBeGreaterThan(amount)
  await house.freezing.freeze({ wallet: wallet.id }, house.operator())
  const frozen = house.wallets.withdraw({ wallet: wallet.id, to: payee, amount: 50_000n }, call())
  await expect(frozen).rejects.toMatchObject({ code: 'frozen' })
  expect(await verifyRegister(sourceOf(house.store, systemClock))).toMatchObject({ findings: [] })
})
