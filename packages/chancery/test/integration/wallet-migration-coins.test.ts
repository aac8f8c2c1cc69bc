/** Wallets of coins on their way from an old signer and back: what it signs is compared, and flips lose and double nothing. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { RunningEmulator } from '../../../aws-emulator/src/index.ts'
import { systemClock } from '../../src/base/clock.ts'
import { fromHex, toHex, type Hex } from '../../src/base/bytes.ts'
import { encodeSigned, readProofs, readTransaction, txidText } from '../../src/chains/bitcoin/transaction.ts'
import type { Principal } from '../../src/core/access.ts'
import type { TransactionId } from '../../src/core/names.ts'
import type { WalletView } from '../../src/core/wallets.ts'
import { sourceOf } from '../../src/register/source.ts'
import { verifyRegister } from '../../src/register/verify.ts'
import {
  addressOn,
  allowCoins,
  bitcoinTerms,
  dogecoinTerms,
  litecoinTerms,
  oldWallet,
  onLedger,
  openLedgers,
  partsOn,
  type CoinTerms,
  type Ledgers,
  type OldWallet,
} from '../wallets/migration/coin-scene.ts'
import { paysEachOnce } from '../wallets/migration/flips.ts'
import { goneBack, openEmulator } from '../wallets/migration/scene.ts'
import { randomFrom } from '../wallets/migration/traffic.ts'
import { client, openHouse, removeFolder, type TestHouse } from './house.ts'

const payee = addressOn(bitcoinTerms.network)

let emulator: RunningEmulator
let house: TestHouse
let ledgers: Ledgers
let exchange: Principal
let users = 0
const olds: OldWallet[] = []

beforeAll(async () => {
  emulator = await openEmulator('wallet-migration-coins')
  ledgers = openLedgers()
  house = await openHouse(partsOn(emulator, ledgers))
  await allowCoins(house)
  exchange = await client(house, [{ operations: ['withdraw'], keys: '*', networks: '*' }], 'exchange')
}, 60_000)

afterAll(async () => {
  for (const { old } of olds) old.close()
  await house.close()
  await removeFolder(house)
  await emulator.close()
})

async function opened(terms: CoinTerms, coins: number, form?: string): Promise<OldWallet> {
  const more = { user: `user ${++users}`, coins, ...(form && { form }) }
  const made = await oldWallet(emulator, house, ledgers, terms, more)
  olds.push(made)
  return made
}

const shadow = ({ row }: WalletView, raw: Hex, previous?: readonly Hex[]) =>
  house.wallets.shadow(row.id, { raw, previous }, house.operator())
const isCompared = async ({ row }: WalletView) => (await house.wallets.migration(row.id, house.operator())).compared
const cutOver = ({ row }: WalletView, forced = false) => house.wallets.cutOver(row.id, forced, house.operator())
const withdraw = ({ row }: WalletView, amount = 10_000n) =>
  house.wallets.withdraw({ wallet: row.id, to: payee, amount, feeRate: 2_000n }, house.as(exchange))
const state = async (id: TransactionId) => (await house.wallets.withdrawal(id, house.operator())).state
const keyUses = () => emulator.calls.filter(({ operation }) => operation === 'Sign').length

describe('a shadow', () => {
  test.each([
    { terms: bitcoinTerms, form: 'p2wpkh' },
    { terms: bitcoinTerms, form: 'p2pkh' },
    { terms: bitcoinTerms, form: 'p2sh-p2wpkh' },
    { terms: litecoinTerms, form: 'p2wpkh' },
    { terms: dogecoinTerms, form: 'p2pkh' },
  ])('signs every input that the old signer signed: $terms.symbol, $form', async ({ terms, form }) => {
    const { wallet, old, ledger } = await opened(terms, 3, form)
    const raw = await old.sign(await old.build(addressOn(terms.network), 2n * terms.deposit, terms.payment))
    const before = { uses: keyUses(), sent: ledger.sent.size }
    const compared = await shadow(wallet, raw)
    expect(compared).toMatchObject({ agrees: true, summary: { symbol: terms.symbol } })
    expect(compared.attempt).toMatch(/^att_/)
    expect(keyUses() - before.uses).toBe(3)
    expect(ledger.sent.size).toBe(before.sent)
    expect(await isCompared(wallet)).toBe(true)
  })

  test('is judged as a payment, and shows nothing of the signatures made here', async () => {
    const { wallet, old } = await opened(bitcoinTerms, 1)
    const raw = await old.sign(await old.build(payee, 20_000n))
    const compared = await shadow(wallet, raw)
    expect(compared.decision).toMatchObject({ verdict: 'allow' })
    expect(Object.keys(compared).toSorted()).toEqual(['agrees', 'attempt', 'decision', 'summary', 'wallet'])
    const twice = await old.sign(await old.build(payee, 20_000n, 20_000n))
    expect((await shadow(wallet, twice)).decision).toMatchObject({ verdict: 'deny', checks: [{ name: 'payment' }] })
  })

  test('claims nothing: the coins that were compared pay from here', async () => {
    const { wallet, old, ledger } = await opened(bitcoinTerms, 1)
    await shadow(wallet, await old.sign(await old.build(payee, 20_000n)))
    await cutOver(wallet)
    const { id } = await withdraw(wallet)
    await expect.poll(() => state(id)).toBe('broadcast')
    ledger.mine()
    await expect.poll(() => state(id)).toBe('final')
  })

  test('takes the transactions that were spent from whoever has them, and believes nobody', async () => {
    const { wallet, old, ledger } = await opened(bitcoinTerms, 1)
    const raw = await old.sign(await old.build(payee, 20_000n))
    const [spent] = readTransaction(fromHex(raw), 'raw').inputs
    const txid = txidText(spent?.txid ?? new Uint8Array())
    const previous = toHex((await ledger.node.transaction(txid, house.operator().deadline)) ?? new Uint8Array())
    expect(await shadow(wallet, raw, [previous])).toMatchObject({ agrees: true })
    const missing = { code: 'invalid-request', particulars: { where: 'previous', wanted: txid } }
    await expect(shadow(wallet, raw, [])).rejects.toMatchObject(missing)
    // Of another amount it is another transaction.
    const lie = previous.replace('40420f00', '40420f01') as Hex
    expect(lie).not.toBe(previous)
    await expect(shadow(wallet, raw, [lie])).rejects.toMatchObject(missing)
    await expect(shadow(wallet, raw, ['0x00'])).rejects.toMatchObject({ code: 'invalid-request' })
    // A question that could not be answered says nothing of the signer.
    expect(await isCompared(wallet)).toBe(true)
  })

  test('names the signature that differs, and signs none of the others', async () => {
    const { wallet, old } = await opened(bitcoinTerms, 3)
    const raw = await old.sign(await old.build(payee, 2_500_000n))
    const proofs = readProofs(fromHex(raw), 'raw')
    const swapped = [proofs[0], proofs[2], proofs[1]].filter((one) => one !== undefined)
    const uses = keyUses()
    const { raw: other } = encodeSigned(readTransaction(fromHex(raw), 'raw'), swapped)
    expect(await shadow(wallet, toHex(other))).toMatchObject({
      agrees: false,
      difference: expect.stringMatching(
        /not by the wallet's key.*got signature [23] of 3, wanted one by the public key on record/,
      ),
    })
    expect(keyUses()).toBe(uses)
  })

  test('agrees neither with other bytes than were signed, nor with another key, nor with what is not read', async () => {
    const { wallet, old } = await opened(bitcoinTerms, 2)
    const stranger = await opened(bitcoinTerms, 1)
    const raw = await old.sign(await old.build(payee, 20_000n))
    const theirs = await stranger.old.sign(await stranger.old.build(payee, 20_000n))
    expect((await shadow(wallet, raw)).agrees).toBe(true)
    const uses = keyUses()
    const changed = raw.replace('204e000000000000', '214e000000000000') as Hex
    expect(await shadow(wallet, changed)).toMatchObject({
      agrees: false,
      difference: expect.stringContaining('not by the wallet'),
      summary: { outputs: expect.arrayContaining([{ address: payee, amount: '20001' }]) },
    })
    expect(await isCompared(wallet)).toBe(false)
    await expect(cutOver(wallet)).rejects.toMatchObject({ particulars: { got: 'not compared' } })
    expect(await shadow(wallet, theirs)).toMatchObject({
      agrees: false,
      difference: expect.stringContaining('not of this key'),
    })
    for (const unread of ['0x00', `${raw}00`] as const) {
      expect(await shadow(wallet, unread)).toMatchObject({ agrees: false })
    }
    expect(keyUses()).toBe(uses)
  })
})

test('waits for what is in no block, pays, and goes back when its coins are settled', async () => {
  const { wallet, old, ledger } = await opened(bitcoinTerms, 0)
  await house.wallets.verify(wallet.row.id, house.operator())
  ledger.deposit(old.address, 400_000n)
  await expect(cutOver(wallet)).rejects.toMatchObject({ code: 'wallet-state', particulars: { retryAfter: 15 } })
  ledger.mine()
  expect((await cutOver(wallet)).view.paysFrom).toBe('here')

  const { id } = await withdraw(wallet)
  await expect.poll(() => state(id)).toBe('broadcast')
  const back = await house.wallets.rollBack(wallet.row.id, house.operator())
  expect(back.underWay).toEqual([{ id, state: 'broadcast' }])
  await expect(withdraw(wallet)).rejects.toMatchObject({ code: 'wallet-state' })
  ledger.mine()
  await goneBack(house, wallet)
  expect(await state(id)).toBe('final')
  expect(ledger.doubleSpent()).toBe(false)
})

test('a payment that waits for coins is given back', async () => {
  const { wallet, ledger } = await opened(bitcoinTerms, 1)
  const before = ledger.held(payee)
  await cutOver(wallet, true)
  // While no node answers all are taken on: there is one coin, of 1,000,000, and each would take most of it.
  ledger.treat.down = () => true
  const ids: TransactionId[] = []
  for (let i = 0; i < 3; i++) ids.push((await withdraw(wallet, 600_000n)).id)
  delete ledger.treat.down
  const states = () => Promise.all(ids.map(state))
  const waits = async (id?: TransactionId) => id && (await house.relay.payment(id, house.operator().deadline))?.row.body
  await expect.poll(states, { timeout: 20_000 }).toEqual(['broadcast', 'accepted', 'accepted'])
  await expect.poll(() => waits(ids.at(-1))).toMatchObject({ error: { code: 'insufficient-funds' } })
  const back = await house.wallets.rollBack(wallet.row.id, house.operator())
  expect(back.underWay).toEqual([{ id: ids[0], state: 'broadcast' }])
  expect(await states()).toEqual(['broadcast', 'failed', 'failed'])
  ledger.mine()
  await goneBack(house, wallet)
  expect(await states()).toEqual(['final', 'failed', 'failed'])
  expect(ledger.held(payee) - before).toBe(600_000n)
  expect(ledger.doubleSpent()).toBe(false)
})

test.each([
  { seed: 1, terms: bitcoinTerms },
  { seed: 2, terms: bitcoinTerms },
  { seed: 3, terms: litecoinTerms },
  { seed: 4, terms: dogecoinTerms },
])(
  'flipped under traffic, every request is paid exactly once ($terms.symbol, seed $seed)',
  async ({ seed, terms }) => {
    const random = randomFrom(seed)
    const { wallet, old, ledger } = await opened(terms, 12)
    // What is signed stays unsent for a while, here and there: whoever is asked too early would take its coins.
    ledger.treat.send = () => (random() < 0.75 ? 'drop' : random() < 0.2 ? 'silent' : undefined)
    const compare = async () => {
      const last = old.sent.at(-1)
      if (last === undefined) return house.wallets.verify(wallet.row.id, house.operator())
      return expect(shadow(wallet, last)).resolves.toMatchObject({ agrees: true })
    }
    const blocks = setInterval(() => ledger.pool().length > 0 && random() < 0.5 && ledger.mine(), 10)
    const scene = { old, wallet, houses: [{ house, exchange }], compare, random }
    await paysEachOnce(scene, onLedger(ledger, terms), 30).finally(() => {
      clearInterval(blocks)
      delete ledger.treat.send
    })
    expect(ledger.doubleSpent()).toBe(false)
  },
  120_000,
)

test('the register agrees with all of it', async () => {
  const { findings } = await verifyRegister(sourceOf(house.store, systemClock), { witness: house.witness.seen() })
  expect(findings).toEqual([])
})
