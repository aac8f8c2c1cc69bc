/** A wallet's payments in coins, through every state, on a house of real parts and a chain in memory. */
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { systemClock } from '../../src/base/clock.ts'
import { deadlineIn } from '../../src/base/deadline.ts'
import { dayOf } from '../../src/core/period.ts'
import { Refused } from '../../src/core/errors.ts'
import type { TransactionId } from '../../src/core/names.ts'
import { sourceOf } from '../../src/register/source.ts'
import { verifyRegister } from '../../src/register/verify.ts'
import type { SealedBackend } from '../../src/keys/sealed/sealed.ts'
import { openSealed, removeFolder } from '../integration/house.ts'
import { named, openCoinHouse, pay, payee, paymentOf, regtest, rowOf, rulesFor, type CoinHouse } from './coin-house.ts'
import { createCoinLedger, type CoinLedger } from './coin-ledger.ts'
import { againstClock, tooSlow } from '../against-clock.ts'

let ledger: CoinLedger
let house: CoinHouse
let sealed: SealedBackend

beforeAll(async () => {
  sealed = await openSealed()
})

afterAll(() => sealed.close())

beforeEach(async () => {
  ledger = createCoinLedger(regtest)
  house = await openCoinHouse(ledger, { sealed })
})

afterEach(async () => {
  await house.close()
  await removeFolder(house)
})

const fund = (...amounts: readonly bigint[]) => {
  const txid = ledger.deposit(house.wallet.address, ...amounts)
  ledger.mine()
  return txid
}
const state = (id: TransactionId) => async () => (await rowOf(house, id))?.state
const stands = async (id: TransactionId, wanted: object) => {
  await expect.poll(() => rowOf(house, id)).toMatchObject(wanted)
}
const hashes = async (id: TransactionId) => {
  const view = await house.relay.payment(id, house.operator().deadline)
  return view?.signed.map(({ hash }) => hash.slice(2)) ?? []
}

describe('a payment', () => {
  test('is accepted, signed, mined and final', async () => {
    fund(1_000_000n)
    const { row } = await pay(house, 300_000n)
    expect(row).toMatchObject({ state: 'accepted', body: { terms: { to: payee, amount: '300000' } } })
    await expect.poll(state(row.id)).toBe('broadcast')
    ledger.mine()
    await expect.poll(state(row.id)).toBe('mined')
    ledger.mine()
    await stands(row.id, { state: 'final', body: { block: { success: true } } })
    expect(ledger.held(payee)).toBe(300_000n)
    expect(await hashes(row.id)).toHaveLength(1)
    expect(await verifyRegister(sourceOf(house.store, systemClock))).toMatchObject({ findings: [] })
  })

  test('of more than there is is refused before anything is kept', async () => {
    fund(100_000n)
    await expect(pay(house, 300_000n)).rejects.toMatchObject({ code: 'insufficient-funds' })
    await expect(pay(house, 10n)).rejects.toMatchObject({ code: 'invalid-payload' })
    await expect(pay(house, 50_000n, { coins: { maxFee: 1n } })).rejects.toMatchObject({ code: 'denied' })
    await expect(pay(house, 50_000n, { rules: rulesFor([]) })).rejects.toMatchObject({ code: 'denied' })
    const other = await pay(house, 50_000n, { rules: rulesFor([payee], '50000') })
    await expect.poll(state(other.row.id)).toBe('broadcast')
  })

  test('needs the right, on this key', async () => {
    fund(100_000n)
    await house.clients.putGrants(house.app.client, [], 1, house.operator())
    await expect(pay({ ...house, app: { ...house.app, grants: [] } }, 50_000n)).rejects.toMatchObject({
      code: 'key-not-found',
    })
  })

  test('with the same Idempotency-Key is the same, and is not prepared again', async () => {
    fund(1_000_000n)
    const [first, second] = await Promise.all([1, 2].map(() => pay(house, 5_000n, {}, named('a'))))
    expect(second?.row.id).toBe(first?.row.id)
    const never = () => Promise.reject(new Error('asked again'))
    expect((await house.relay.pay(never, house.as(house.app), named('a'))).row.id).toBe(first?.row.id)
    await expect(pay(house, 5_000n, {}, named('a', 'b'))).rejects.toMatchObject({ code: 'idempotency-conflict' })
  })

  test('is prepared again when anything changed before it was recorded', async () => {
    fund(1_000_000n)
    const epochs: number[] = []
    const { row } = await house.relay.pay(async (_, { epoch }) => {
      epochs.push(epoch)
      if (epochs.length < 3) await house.clients.create({ name: `c${epochs.length}`, grants: [] }, house.operator())
      return paymentOf(house, { payments: [{ address: payee, amount: 5_000n }] })
    }, house.as(house.app))
    expect(epochs).toEqual([epochs[0], (epochs[0] ?? 0) + 1, (epochs[0] ?? 0) + 2])
    await expect.poll(state(row.id)).toBe('broadcast')
  })
})

describe('windows', () => {
  const window = (id: string) => {
    return {
      kind: 'window',
      scope: 'w',
      period: dayOf(Date.now()),
      amount: 4_000n,
      limit: 10_000n,
      root: named(id).bodyHash,
    } as const
  }

  test('are counted once a payment, and never past their limit', async () => {
    fund(1_000_000n)
    const asked = ['a', 'b', 'c', 'd', 'e'].map((id) => pay(house, 4_000n, { windows: [window(id)] }))
    const done = await Promise.allSettled(asked)
    const refused = done.filter((one) => one.status === 'rejected')
    expect(refused).toHaveLength(3)
    for (const { reason } of refused) expect(reason).toMatchObject({ code: 'limit-reached' })
    await expect.poll(() => ledger.pool().length).toBe(2)
    const { rows } = await house.store.windowTotals(undefined, 10, house.operator().deadline)
    expect(rows).toMatchObject([{ scope: 'w', total: 8_000n }])
    expect(await verifyRegister(sourceOf(house.store, systemClock))).toMatchObject({ findings: [] })
  })
})

describe('coins', () => {
  test('of open payments are not spent again; change is, once it is known', async () => {
    fund(1_000_000n)
    const paid = await Promise.all([1, 2, 3, 4, 5].map(() => pay(house, 100_000n)))
    for (const { row } of paid) await expect.poll(state(row.id)).toBe('broadcast')
    expect(ledger.pool()).toHaveLength(5)
    ledger.mine(2)
    for (const { row } of paid) await expect.poll(state(row.id)).toBe('final')
    expect(ledger.held(payee)).toBe(500_000n)
    expect(ledger.doubleSpent()).toBe(false)
  })

  test('of others are spent once they are deep enough', async () => {
    ledger.deposit(house.wallet.address, 500_000n)
    await expect(pay(house, 100_000n)).rejects.toMatchObject({ code: 'insufficient-funds' })
    const { row } = await pay(house, 100_000n, { coins: { minConfirmations: 0 } })
    await expect.poll(state(row.id)).toBe('broadcast')
  })

  test('whose block may go are spent only where others do not do: they would hold those up for good', async () => {
    const deep = fund(300_000n, 300_000n)
    ledger.mine()
    const shallow = fund(900_000n)
    const spent = async (id: TransactionId) => {
      await expect.poll(state(id)).toBe('broadcast')
      const text = JSON.stringify((await rowOf(house, id))?.body['spends'])
      return [deep, shallow].map((txid) => text.includes(Buffer.from(txid, 'hex').reverse().toString('hex')))
    }
    expect(await spent((await pay(house, 500_000n)).row.id)).toEqual([true, false])
    expect(await spent((await pay(house, 600_000n)).row.id)).toEqual([false, true])
  })

  test('go away by a sweep, however deep they are', async () => {
    fund(300_000n)
    ledger.mine()
    fund(900_000n)
    const { row } = await house.relay.pay(() => paymentOf(house, { sweepTo: payee }), house.as(house.app))
    await expect.poll(state(row.id)).toBe('broadcast')
    expect((await rowOf(house, row.id))?.body['spends']).toHaveLength(2)
  })

  test('that a node lists though they are spent are left out, and no payment fails for it', async () => {
    const first = fund(500_000n)
    const { row } = await pay(house, 400_000n)
    await expect.poll(state(row.id)).toBe('broadcast')
    ledger.mine(2)
    await expect.poll(state(row.id)).toBe('final')
    fund(300_000n)
    const old = { txid: first, index: 0, address: house.wallet.address, confirmations: 100 }
    ledger.treat.coins = (honest) => [old, ...honest]
    const next = await pay(house, 200_000n)
    await expect.poll(state(next.row.id)).toBe('broadcast')
  })

  test('that are somebody else’s, or of transactions nobody has, are left out', async () => {
    fund(500_000n)
    const foreign = ledger.deposit(payee, 900_000n)
    ledger.mine()
    const at = { index: 0, address: house.wallet.address, confirmations: 50 }
    ledger.treat.coins = (honest) => [{ ...at, txid: foreign }, { ...at, txid: 'ab'.repeat(32) }, ...honest]
    const { row } = await pay(house, 100_000n)
    await expect.poll(state(row.id)).toBe('broadcast')
  })

  test('go into one by a consolidation of 300, and all away by a sweep', async () => {
    fund(...Array.from({ length: 300 }, () => 10_000n))
    const { row } = await house.relay.pay(() => paymentOf(house, {}), house.as(house.app))
    await expect.poll(state(row.id), { timeout: 15_000 }).toBe('broadcast')
    ledger.mine(2)
    expect(ledger.held(house.wallet.address)).toBeGreaterThan(2_900_000n)
    await expect.poll(state(row.id)).toBe('final')
    const swept = await house.relay.pay(() => paymentOf(house, { sweepTo: payee }), house.as(house.app))
    await expect.poll(state(swept.row.id)).toBe('broadcast')
    ledger.mine()
    expect(ledger.held(house.wallet.address)).toBe(0n)
    expect(ledger.held(payee)).toBeGreaterThan(2_890_000n)
  })
})

describe('a payment that waits', () => {
  test('for a frozen wallet says so, and goes on afterwards', async () => {
    fund(500_000n)
    house.owner.at.why = new Refused('frozen', 'This wallet is frozen')
    await expect(pay(house, 1_000n)).rejects.toMatchObject({ code: 'frozen' })
    delete house.owner.at.why
    ledger.treat.down = () => true
    const { row } = await pay(house, 1_000n)
    await stands(row.id, { state: 'accepted', body: { error: { code: 'node-unavailable' } } })
    house.owner.at.why = new Refused('frozen', 'This wallet is frozen')
    delete ledger.treat.down
    await stands(row.id, { state: 'accepted', body: { error: { code: 'frozen' } } })
    expect(ledger.sent.size).toBe(0)
    delete house.owner.at.why
    await expect.poll(state(row.id), { timeout: 15_000 }).toBe('broadcast')
  })

  test('for coins that are gone again fails after its time, having claimed nothing', async () => {
    await house.close()
    house = await openCoinHouse(ledger, { folder: house.folder, coinPatience: 300 }, house)
    fund(500_000n)
    ledger.treat.down = () => true
    const { row } = await pay(house, 400_000n)
    ledger.treat.coins = () => []
    delete ledger.treat.down
    await stands(row.id, { body: { error: { code: 'insufficient-funds' } } })
    await expect.poll(state(row.id)).toBe('failed')
    delete ledger.treat.coins
    const again = await pay(house, 400_000n)
    await expect.poll(state(again.row.id)).toBe('broadcast')
  })
})

describe('a node', () => {
  test('that takes what it never answers for has taken it: nothing is signed twice', async () => {
    fund(500_000n)
    ledger.treat.send = () => 'silent'
    const { row } = await pay(house, 1_000n)
    await expect.poll(state(row.id)).toBe('broadcast')
    expect(await hashes(row.id)).toEqual(ledger.pool())
  })

  test('that refuses or drops it gets the same bytes again', async () => {
    fund(500_000n)
    let times = 0
    ledger.treat.send = () => (times++ < 3 ? (['refuse', 'drop'] as const)[times % 2] : undefined)
    const { row } = await pay(house, 1_000n)
    await expect.poll(state(row.id), { timeout: 15_000 }).toBe('broadcast')
    expect([...ledger.sent.keys()]).toEqual(await hashes(row.id))
  })

  test('that forgets it, or whose blocks go, is sent it again', async () => {
    fund(500_000n)
    const { row } = await pay(house, 1_000n)
    await expect.poll(state(row.id)).toBe('broadcast')
    ledger.forget()
    await expect.poll(() => ledger.pool()).toEqual(await hashes(row.id))
    ledger.mine()
    await expect.poll(state(row.id)).toBe('mined')
    ledger.reorganise(1)
    await stands(row.id, { state: 'broadcast' })
    expect((await rowOf(house, row.id))?.body['block']).toBeUndefined()
    ledger.mine(2)
    await expect.poll(state(row.id)).toBe('final')
  })

  test(
    'that does not answer keeps nobody waiting: the payment is accepted in time, and made later',
    againstClock,
    async () => {
      fund(500_000n)
      ledger.treat.slow = () => new Promise(() => {})
      const began = performance.now()
      const payment = () => paymentOf(house, { payments: [{ address: payee, amount: 1_000n }] })
      const call = { ...house.as(house.app), deadline: deadlineIn(1_000, systemClock) }
      const { row } = await house.relay.pay(payment, call)
      const took = performance.now() - began
      delete ledger.treat.slow
      await expect.poll(state(row.id), { timeout: 15_000 }).toBe('broadcast')
      expect(took, tooSlow).toBeLessThan(1_000)
    },
  )
})

describe('a fee that is too low', () => {
  const dearer = { feeRate: 20_000n, maxFee: 100_000n, rules: rulesFor([payee]) }

  test('is replaced: the newest version is mined, and settles the row', async () => {
    fund(500_000n, 500_000n)
    const { row } = await pay(house, 100_000n)
    await expect.poll(state(row.id)).toBe('broadcast')
    const [first] = await hashes(row.id)
    await house.relay.replace(row.id, () => dearer, house.as(house.app))
    await expect.poll(() => hashes(row.id)).toHaveLength(2)
    await stands(row.id, { state: 'broadcast' })
    expect(ledger.pool()).not.toContain(first)
    ledger.mine(2)
    await stands(row.id, { state: 'final', body: { hash: `0x${(await hashes(row.id))[1]}` } })
    expect(ledger.held(payee)).toBe(100_000n)
  })

  test('settles by the earlier version where that is mined after all', async () => {
    fund(500_000n)
    const { row } = await pay(house, 100_000n)
    await expect.poll(state(row.id)).toBe('broadcast')
    const [first] = await hashes(row.id)
    ledger.treat.send = () => 'drop'
    await house.relay.replace(row.id, () => dearer, house.as(house.app))
    await expect.poll(() => hashes(row.id)).toHaveLength(2)
    ledger.mine(2)
    await stands(row.id, { state: 'final', body: { hash: `0x${first}` } })
  })

  test('is refused past its bound, and the first version stays', async () => {
    fund(500_000n)
    const { row } = await pay(house, 100_000n)
    await expect.poll(state(row.id)).toBe('broadcast')
    const strict = { ...dearer, rules: rulesFor([payee], '100000', '500') }
    await house.relay.replace(row.id, () => strict, house.as(house.app))
    await stands(row.id, { state: 'broadcast', body: { replacementError: { code: 'denied' } } })
    expect(await hashes(row.id)).toHaveLength(1)
    ledger.mine()
    await expect.poll(state(row.id)).toBe('mined')
    const late = house.relay.replace(row.id, () => dearer, house.as(house.app))
    await expect(late).rejects.toMatchObject({ code: 'wallet-state' })
  })

  test('is not replaced while its wallet is frozen, nor does the wait fill the register', async () => {
    fund(500_000n)
    const { row } = await pay(house, 100_000n)
    await expect.poll(state(row.id)).toBe('broadcast')
    house.owner.at.why = new Refused('frozen', 'This wallet is frozen')
    await house.relay.replace(row.id, () => dearer, house.as(house.app))
    await stands(row.id, { state: 'broadcast', body: { replacementError: { code: 'frozen' } } })
    const waiting = await rowOf(house, row.id)
    for (const _ of [1, 2, 3]) await house.relay.paid(row.id, ['broadcast'], deadlineIn(100, systemClock))
    expect((await rowOf(house, row.id))?.version).toBe(waiting?.version)
    delete house.owner.at.why
    await expect.poll(() => hashes(row.id)).toHaveLength(2)
    await stands(row.id, { state: 'broadcast' })
    expect((await rowOf(house, row.id))?.body['replacementError']).toBeUndefined()
  })

  test('is not replaced when its change is spent: that would be lost', async () => {
    fund(500_000n)
    const { row } = await pay(house, 100_000n)
    await expect.poll(state(row.id)).toBe('broadcast')
    const second = await pay(house, 100_000n)
    await expect.poll(state(second.row.id)).toBe('broadcast')
    await house.relay.replace(row.id, () => dearer, house.as(house.app))
    await stands(row.id, { body: { replacementError: { code: 'wallet-state' } } })
    ledger.mine()
    await expect.poll(state(second.row.id)).toBe('mined')
  })

  test('is paid by a child', async () => {
    fund(500_000n)
    const { row } = await pay(house, 100_000n)
    await expect.poll(state(row.id)).toBe('broadcast')
    const order = { parent: row.id, feeRate: 20_000n, maxFee: 50_000n }
    const child = await house.relay.pay(() => paymentOf(house, order), house.as(house.app))
    await expect.poll(state(child.row.id)).toBe('broadcast')
    expect(ledger.pool()).toEqual([...(await hashes(row.id)), ...(await hashes(child.row.id))])
    ledger.mine(2)
    await expect.poll(state(child.row.id)).toBe('final')
    expect(ledger.held(payee)).toBe(100_000n)
    const none = house.relay.pay(() => paymentOf(house, order), house.as(house.app))
    await expect(none).rejects.toMatchObject({ code: 'wallet-state' })
  })
})
