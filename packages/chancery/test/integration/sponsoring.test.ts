/** fees paid for others, through a whole house with a sealed sponsor key, on a ledger. */
import {
  decodeSignedTransaction,
  generateAccount,
  makePaymentTxnWithSuggestedParamsFromObject,
  type Account,
} from 'algosdk'
import { describe, expect, test } from 'vitest'
import { systemClock } from '../../src/base/clock.ts'
import { dayOf } from '../../src/core/period.ts'
import { call, suggested, testNetwork } from '../nodes/algorand/fixture.ts'
import {
  ask,
  balance,
  completed,
  entries,
  generous,
  refuseAll,
  signedGroup,
  sponsorAttempts,
  start,
  text,
  totals,
  unsigned,
  type Opened,
} from './sponsored.ts'

describe('a user without a coin', () => {
  test('is paid for: the group comes back, is signed, sent and confirmed; the sponsor paid 2,000', async () => {
    const opened = await start()
    const user = generateAccount()
    const sponsored = await ask(opened, [text((await unsigned(opened, user)).toByte())])
    expect(sponsored).toMatchObject({ index: 0, fee: 2_000n, topUp: 0n, sponsor: opened.account, key: opened.key.id })
    const whole = completed(sponsored.transactions, sponsored.index, user).map((one) => Buffer.from(one, 'base64'))
    expect((await opened.node.broadcast(whole, opened.house.operator().deadline)).accepted).toBe(true)
    expect(await balance(opened, opened.account)).toBe(9_998_000n)
    expect(await balance(opened, user.addr.toString())).toBe(0n)
  })

  test('may send the completed group through here, with the sponsor’s signature on it', async () => {
    const opened = await start()
    const user = generateAccount()
    const { transactions, index } = await ask(opened, [text((await unsigned(opened, user)).toByte())])
    const value = completed(transactions, index, user)
    const sent = await ask(opened, value, { broadcast: true })
    expect(sent.round).toBeGreaterThan(0n)
    expect(sent.transactions.map(text)).toEqual(value)
    expect(await balance(opened, opened.account)).toBe(9_998_000n)
    expect(await totals(opened)).toEqual(expect.arrayContaining(['fees 2000', 'fees of one 2000', 'groups of one 1']))
    const again = await ask(opened, value, { broadcast: true })
    expect(again).toEqual(sent)
    expect(await balance(opened, opened.account)).toBe(9_998_000n)
    expect(opened.seen).toEqual(['signed', 'confirmed', 'confirmed'])
  })

  test('and one whose group is signed by everyone else is sent at once', async () => {
    const opened = await start()
    const user = generateAccount()
    const sent = await ask(opened, await signedGroup(opened, user), { broadcast: true })
    expect(sent.round).toBeGreaterThan(0n)
    expect(decodeSignedTransaction(sent.transactions[0] ?? new Uint8Array(0)).sig).toHaveLength(64)
  })

  test('gives nothing away where a signature is missing: it is not sent and not claimed', async () => {
    const opened = await start()
    const value = [text((await unsigned(opened, generateAccount())).toByte())]
    await expect(ask(opened, value, { broadcast: true })).rejects.toMatchObject({
      code: 'invalid-payload',
      particulars: { where: 'transactions[1]' },
    })
    expect([await totals(opened), await sponsorAttempts(opened)]).toEqual([[], []])
  })
})

describe('on record', () => {
  test('stands for what and against which windows it was signed; and what was refused', async () => {
    const opened = await start()
    const user = generateAccount()
    await ask(opened, [text((await unsigned(opened, user)).toByte())])
    const [attempt, ...more] = await sponsorAttempts(opened)
    expect(more).toEqual([])
    const scope = `sponsor ${testNetwork} ${opened.account}`
    const period = dayOf(systemClock.now())
    expect(attempt).toMatchObject({
      purpose: 'sponsor',
      operation: 'sign:transaction',
      key: opened.key.id,
      client: opened.app.client,
      windows: expect.arrayContaining([
        expect.objectContaining({ scope: `${scope} fees`, period, amount: '2000', limit: '10000000' }),
        expect.objectContaining({ scope: `${scope} fees ${user.addr.toString()}`, amount: '2000', limit: '1000000' }),
        expect.objectContaining({ scope: `${scope} groups ${user.addr.toString()}`, amount: '1', limit: '1000' }),
      ]),
    })
    await expect(ask(opened, [text((await unsigned(opened, user)).toByte())], { fee: 20_001n })).rejects.toMatchObject({
      code: 'denied',
    })
    await expect.poll(() => entries(opened, 'refused')).toMatchObject([{ code: 'denied', key: opened.key.id }])
  })
})

describe('the same group', () => {
  test('is free and the same bytes, before and after it was sent', async () => {
    const opened = await start({ perDay: 2_000n, perSenderDay: 2_000n, groupsPerSenderDay: 1 })
    const user = generateAccount()
    const value = [text((await unsigned(opened, user)).toByte())]
    const first = await ask(opened, value)
    expect(await ask(opened, value)).toEqual(first)
    const whole = completed(first.transactions, 0, user).map((one) => Buffer.from(one, 'base64'))
    await opened.node.broadcast(whole, opened.house.operator().deadline)
    expect(await ask(opened, value)).toEqual(first)
    expect(await totals(opened)).toHaveLength(3)
    const other = [text((await unsigned(opened, user, 1)).toByte())]
    await expect(ask(opened, other)).rejects.toMatchObject({ code: 'limit-reached' })
  })
})

describe('the day', () => {
  const many = async (opened: Opened, users: readonly Account[]) => {
    const values = await Promise.all(users.map((user, i) => unsigned(opened, user, i)))
    return Promise.allSettled(values.map((one) => ask(opened, [text(one.toByte())])))
  }
  const signed = (all: readonly PromiseSettledResult<unknown>[]) =>
    all.filter(({ status }) => status === 'fulfilled').length
  const codes = (all: readonly PromiseSettledResult<unknown>[]) =>
    new Set(all.flatMap((one) => (one.status === 'rejected' ? [(one.reason as { code: string }).code] : [])))

  test('of a sender has room for so much', async () => {
    const opened = await start({ perSenderDay: 4_999n })
    const [user, other] = [generateAccount(), generateAccount()]
    const done = await many(opened, [user, user, user])
    expect([signed(done), codes(done)]).toEqual([2, new Set(['limit-reached'])])
    expect(signed(await many(opened, [other]))).toBe(1)
  })

  test('of a sender has room for so many', async () => {
    const opened = await start({ groupsPerSenderDay: 2 })
    const [user, other] = [generateAccount(), generateAccount()]
    const done = await many(opened, [user, user, user])
    expect([signed(done), codes(done)]).toEqual([2, new Set(['limit-reached'])])
    expect(signed(await many(opened, [other]))).toBe(1)
  })

  test('with room for 50 lets exactly 50 of 200 be signed at once, whoever asks', async () => {
    const opened = await start({ perDay: 101_999n })
    const users = Array.from({ length: 200 }, () => generateAccount())
    const done = await many(opened, users)
    expect([signed(done), codes(done)]).toEqual([50, new Set(['limit-reached'])])
    expect(await sponsorAttempts(opened)).toHaveLength(50)
    expect(await totals(opened)).toContain('fees 100000')
  }, 60_000)

  test('is used up by what was signed and not taken', async () => {
    const opened = await start({ simulate: false })
    const value = await signedGroup(opened, generateAccount())
    const accepting = refuseAll(opened)
    await expect(ask(opened, value, { broadcast: true })).rejects.toMatchObject({ code: 'not-executable' })
    accepting()
    expect(await totals(opened)).toContain('fees 2000')
    expect((await ask(opened, value, { broadcast: true })).round).toBeGreaterThan(0n)
    expect(await totals(opened)).toContain('fees 2000')
  })
})

describe('the purse', () => {
  test('that would fall below its least is closed, and open again once it is funded', async () => {
    const opened = await start({ minimumBalance: 9_998_001n })
    const value = [text((await unsigned(opened, generateAccount())).toByte())]
    await expect(ask(opened, value)).rejects.toMatchObject({
      code: 'limit-reached',
      particulars: { got: '10000000', wanted: 'at least 10000001' },
    })
    expect(await totals(opened)).toEqual([])
    opened.algod.chain.ledger.fund(opened.account, 1n)
    expect((await ask(opened, value)).fee).toBe(2_000n)
  })

  test('is shown as it was last seen, of each sponsor whose node answers', async () => {
    const opened = await start()
    expect(opened.house.sponsoring.balances()).toEqual([])
    await opened.house.sponsoring.look(opened.house.operator().deadline)
    expect(opened.house.sponsoring.balances()).toMatchObject([{ sponsor: { key: 'pays' }, balance: 10_000_000n }])
  })
})

describe('a simulation', () => {
  test('refuses what would fail, without a claim', async () => {
    const opened = await start()
    const user = generateAccount()
    const suggestedParams = await suggested(opened.node, 0n)
    const poor = makePaymentTxnWithSuggestedParamsFromObject({
      sender: user.addr,
      receiver: opened.account,
      amount: 5n,
      suggestedParams,
    })
    await expect(ask(opened, [text(poor.toByte())])).rejects.toMatchObject({
      code: 'not-executable',
      particulars: { got: expect.stringContaining('overspend') },
    })
    expect([await totals(opened), await sponsorAttempts(opened)]).toEqual([[], []])
    expect(opened.seen).toEqual(['refused'])
  })

  test('counts the inner transactions, so that nobody makes the sponsor pay for more', async () => {
    const opened = await start({ terms: { ...generous.terms, applications: [{ id: '1001', methods: '*' }] } })
    const user = generateAccount()
    const application = opened.algod.chain.ledger.makeApplication(generateAccount().addr.toString(), 3)
    expect(application).toBe(1_001n)
    const value = [text(call(await suggested(opened.node, 0n), user.addr, application).toByte())]
    await expect(ask(opened, value, { inner: 4 })).rejects.toMatchObject({
      code: 'denied',
      particulars: { where: 'innerTransactions', got: '4' },
    })
    await expect(ask(opened, value, { inner: 2 })).rejects.toMatchObject({ code: 'not-executable' })
    expect((await ask(opened, value, { inner: 3 })).fee).toBe(5_000n)
  })

  test('needs a node', async () => {
    await expect(start({}, { ledgers: new Map() })).rejects.toThrow(RangeError)
  })
})
