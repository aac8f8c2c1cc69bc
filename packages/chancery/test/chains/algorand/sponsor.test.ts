// what a sponsor puts its name to. Each rule of its own transaction, and somebody who tries to get round it.
import {
  computeGroupID,
  decodeUnsignedTransaction,
  makeAssetCreateTxnWithSuggestedParamsFromObject,
  makeKeyRegistrationTxnWithSuggestedParamsFromObject,
  msgpackRawEncode,
  type Transaction,
} from 'algosdk'
import { describe, expect, test } from 'vitest'
import { refusalOf } from '../refusal.ts'
import {
  alice,
  asked,
  bob,
  call,
  grouped,
  own,
  pay,
  prepare,
  refused,
  sponsor,
  sponsoring,
  terms,
  text,
  transfer,
} from './sponsored-groups.ts'
import { base64, bytesOf, params } from './signing.ts'

/** What is to be signed, decoded: the sponsor's transaction and the whole group. */
function read({ transactions, index }: ReturnType<typeof prepare>) {
  if (!Array.isArray(transactions)) throw new Error('no list')
  const all = transactions.map((one: unknown) => {
    if (typeof one !== 'object' || one === null || !('txn' in one) || typeof one.txn !== 'string') throw new Error('?')
    return { ...one, transaction: decodeUnsignedTransaction(bytesOf(one.txn)) }
  })
  const mine = all[index]?.transaction
  if (mine === undefined) throw new Error('the sponsor is missing')
  return { all, mine, payment: mine.payment }
}

const lease = (byte: number) => new Uint8Array(32).fill(byte)

describe('a group without the sponsor gets its transaction', () => {
  test('in front, paying itself nothing and the fee for all, under a lease, and it alone is signed', () => {
    const prepared = prepare([pay(), transfer()])
    const { all, mine, payment } = read(prepared)
    expect(prepared).toMatchObject({ index: 0, fee: 3_000n, topUp: 0n, users: [alice.text], lastValid: 2_000n })
    expect(all.map((one) => Object.keys(one).filter((name) => name === 'authAddr' || name === 'signers'))).toEqual([
      ['authAddr'],
      ['signers'],
      ['signers'],
    ])
    expect(mine).toMatchObject({ type: 'pay', fee: 3_000n, firstValid: 1_000n, lastValid: 2_000n })
    expect(mine.sender.toString()).toBe(sponsor.text)
    expect(payment).toMatchObject({ amount: 0n })
    expect(payment?.receiver.toString()).toBe(sponsor.text)
    expect(mine.rekeyTo ?? payment?.closeRemainderTo).toBeUndefined()
    expect(mine.lease?.some((byte) => byte > 0)).toBe(true)
    const id = computeGroupID(all.map(({ transaction }) => ungrouped(transaction)))
    for (const { transaction } of all) expect(transaction.group).toEqual(id)
    expect(prepared.group).toBe(`0x${Buffer.from(id).toString('hex')}`)
    expect(prepared.ids).toEqual(all.map(({ transaction }) => transaction.txID()))
  })

  test('is judged by rules that allow that payment and nothing else', () => {
    const { rules } = prepare([pay()], { topUp: { to: alice.text, amount: 7n } })
    expect(rules).toMatchObject({ operations: ['sign:transaction'], recipients: [alice.text], authorities: [] })
    expect(Object.values(rules.maximums)).toEqual(['7'])
    expect(Object.values(rules.fees)).toEqual(['2000'])
  })

  test('is signed by the key the account was handed to', () => {
    const { all } = read(prepare([pay()], { authority: bob.text, terms: { ...terms } }))
    expect(all[0]).toMatchObject({ authAddr: bob.text })
  })

  test('has one lease for the same transactions, however they are paid for, and another for others', () => {
    const leaseOf = (transactions: Transaction[], more = {}) => read(prepare(transactions, more)).mine.lease
    expect(leaseOf([pay()])).toEqual(leaseOf([pay()]))
    expect(leaseOf([pay()], { fee: 3_000n })).toEqual(leaseOf([pay()]))
    expect(leaseOf([pay()], { inner: 0, topUp: { to: alice.text, amount: 1n } })).toEqual(leaseOf([pay()]))
    expect(leaseOf([pay({ amount: 6n })])).not.toEqual(leaseOf([pay()]))
    expect(leaseOf([pay(), pay({ amount: 6n })])).not.toEqual(leaseOf([pay({ amount: 6n }), pay()]))
  })

  test.each([
    ['in a group already', () => text(grouped(pay(), pay({ amount: 6n }))[0] ?? pay())],
    ['signed already', () => base64(pay().signTxn(alice.sk))],
    ['wrapped like a signed one', () => base64(msgpackRawEncode({ txn: pay().toEncodingData() }))],
  ])('is not added to one that is %s', (_, make) => {
    const refusal = refusalOf(() => sponsoring.prepare(asked([text(pay({ note: new Uint8Array(1) })), make()])))
    expect(refusal).toMatchObject({ code: 'invalid-payload', where: 'transactions[1]' })
  })

  test('lasts as long as all of it, and no longer than the sponsor allows', () => {
    const early = pay({}, { firstValid: 1_000n, lastValid: 1_900n })
    const late = pay({}, { firstValid: 1_500n, lastValid: 2_500n })
    expect(read(prepare([early, late])).mine).toMatchObject({ firstValid: 1_500n, lastValid: 1_900n })
    const short = { terms: { ...terms, longestLife: 10n } }
    expect(read(prepare([early, late], short)).mine).toMatchObject({ firstValid: 1_500n, lastValid: 1_510n })
    const later = pay({}, { firstValid: 1_901n, lastValid: 2_500n })
    expect(refused([early, later])).toMatchObject({ code: 'invalid-payload', where: 'transactions' })
  })

  test('has one of at most fifteen', () => {
    const many = (count: number) => Array.from({ length: count }, (_, i) => pay({ amount: BigInt(i) }))
    expect(prepare(many(15)).ids).toHaveLength(16)
    expect(refused(many(16))).toMatchObject({ code: 'invalid-payload', where: 'transactions' })
    expect(refused([])).toMatchObject({ code: 'invalid-payload', where: 'transactions' })
  })

  test('may come with a top-up for one of its users, up to the limit', () => {
    const prepared = prepare([pay()], {
      terms: { ...terms, perGroup: 200_000n },
      topUp: { to: alice.text, amount: 100_000n },
    })
    expect(prepared).toMatchObject({ topUp: 100_000n, fee: 2_000n })
    expect(read(prepared).payment?.receiver.toString()).toBe(alice.text)
    const generous = { terms: { ...terms, perGroup: 10_000_000n } }
    const topUp = (to: string, amount: bigint) => refused([pay()], { ...generous, topUp: { to, amount } })
    expect(topUp(alice.text, 100_001n)).toMatchObject({ code: 'denied', where: 'topUp.amount', got: '100001' })
    expect(topUp(bob.text, 1n)).toMatchObject({ code: 'denied', where: 'topUp.to', got: bob.text })
    expect(topUp(sponsor.text, 1n)).toMatchObject({ code: 'denied', where: 'topUp.to' })
    expect(topUp('nobody', 1n)).toMatchObject({ code: 'denied', where: 'topUp.to' })
    expect(refused([pay()], { topUp: { to: alice.text, amount: 19_000n } })).toMatchObject({
      code: 'denied',
      where: 'fee',
      got: '21000',
    })
  })
})

function ungrouped(transaction: Transaction): Transaction {
  const bare = decodeUnsignedTransaction(transaction.toByte())
  delete bare.group
  return bare
}

describe('a group with the sponsor’s transaction in it', () => {
  test('is signed where it stands', () => {
    const group = grouped(pay(), own({}, { fee: 3_000n }), transfer())
    const prepared = prepare(group)
    expect(prepared).toMatchObject({ index: 1, fee: 3_000n, users: [alice.text], ids: group.map((one) => one.txID()) })
    expect(prepared.others.map(({ raw }) => base64(raw))).toEqual([text(group[0] ?? pay()), text(group[2] ?? pay())])
  })

  test('may give a user of it something', () => {
    const group = grouped(own({ receiver: alice.address, amount: 50n }), pay())
    expect(prepare(group)).toMatchObject({ topUp: 50n, fee: 2_000n })
  })

  test.each<readonly [string, Transaction, string]>([
    ['rekeys the sponsor', own({ rekeyTo: alice.address }), 'rekeyTo'],
    ['closes the sponsor', own({ closeRemainderTo: alice.address }), 'closeRemainderTo'],
    ['closes the sponsor into itself', own({ closeRemainderTo: sponsor.address }), 'closeRemainderTo'],
    ['pays a stranger', own({ receiver: bob.address }), 'receiver'],
    ['pays a stranger something', own({ receiver: bob.address, amount: 1n }), 'receiver'],
    ['pays too much', own({ receiver: alice.address, amount: 100_001n }), 'amount'],
    ['pays itself too much', own({ amount: 100_001n }), 'amount'],
    ['pays away everything', own({ receiver: alice.address, amount: (1n << 64n) - 1n }), 'amount'],
    ['has no lease', pay({ sender: sponsor.address, receiver: sponsor.address }), 'lease'],
    ['has a lease of zeros', own({ lease: lease(0) }), 'lease'],
    ['states something', own({ note: new TextEncoder().encode('af/gov1:j{"com":1}') }), 'note'],
    ['is an asset transfer', transfer({ sender: sponsor.address }), 'type'],
    ['is a call', call({ sender: sponsor.address }), 'type'],
    ['opts in to an asset', transfer({ sender: sponsor.address, receiver: sponsor.address, amount: 0n }), 'type'],
  ])('is refused when that one %s', (_, mine, member) => {
    expect(refused(grouped(pay(), mine))).toMatchObject({ code: 'denied', where: `transactions[1].${member}` })
  })

  test('is refused when that one goes offline or makes an asset', () => {
    const suggestedParams = { ...params, fee: 2_000n }
    const offline = makeKeyRegistrationTxnWithSuggestedParamsFromObject({ sender: sponsor.address, suggestedParams })
    const asset = { total: 1n, decimals: 0, defaultFrozen: false }
    const made = makeAssetCreateTxnWithSuggestedParamsFromObject({ sender: sponsor.address, suggestedParams, ...asset })
    for (const mine of [offline, made]) {
      expect(refused(grouped(pay(), mine))).toMatchObject({ code: 'denied', where: 'transactions[1].type' })
    }
  })

  test('is refused when that one lasts longer than the sponsor allows', () => {
    const short = { terms: { ...terms, longestLife: 999n } }
    expect(refused(grouped(own(), pay()), short)).toMatchObject({ code: 'denied', where: 'transactions[0].lastValid' })
    expect(prepare(grouped(own({}, { lastValid: 1_999n }), pay()), short).lastValid).toBe(1_999n)
  })

  test('is refused with two by the sponsor, or one by its key', () => {
    const second = refused(grouped(own(), own({ lease: lease(8) }), pay()))
    expect(second).toMatchObject({ code: 'denied', where: 'transactions[1].sender' })
    const byKey = { sponsor: sponsor.text, authority: bob.text }
    const keys = refused(grouped(own(), pay({ sender: bob.address })), byKey)
    expect(keys).toMatchObject({ code: 'denied', where: 'transactions[1].sender', got: bob.text })
    const twice = refused(grouped(own(), own({ lease: lease(8) }), pay()), byKey)
    expect(twice).toMatchObject({ code: 'denied', where: 'transactions[1].sender', got: sponsor.text })
    const added = refused([pay({ sender: bob.address })], byKey)
    expect(added).toMatchObject({ code: 'denied', where: 'transactions[0].sender' })
  })

  test('is taken back with the sponsor’s signature on it, and with nobody else’s', () => {
    const [mine = own(), user = pay()] = grouped(own(), pay())
    const signed = (sk: Uint8Array) => [base64(mine.signTxn(sk)), base64(user.signTxn(alice.sk))]
    expect(sponsoring.prepare(asked(signed(sponsor.sk)))).toMatchObject({
      index: 0,
      others: [{ signedBy: alice.text }],
    })
    const byOther = refusalOf(() => sponsoring.prepare(asked(signed(bob.sk))))
    expect(byOther).toMatchObject({ code: 'invalid-payload', where: 'transactions[0]' })
    const handedOn = refusalOf(() => sponsoring.prepare(asked(signed(sponsor.sk), { authority: bob.text })))
    expect(handedOn).toMatchObject({ code: 'invalid-payload', where: 'transactions[0]' })
  })

  test('takes no fee and no top-up from beside it', () => {
    const group = grouped(own(), pay())
    expect(refused(group, { fee: 2_000n })).toMatchObject({ code: 'invalid-payload', where: 'fee' })
    expect(refused(group, { topUp: { to: alice.text, amount: 1n } })).toMatchObject({ where: 'topUp' })
  })

  test('is more than the sponsor alone', () => {
    expect(refused(grouped(own()))).toMatchObject({ code: 'invalid-payload', where: 'transactions' })
  })

  test('of sixteen is the largest', () => {
    const many = Array.from({ length: 15 }, (_, i) => pay({ amount: BigInt(i) }))
    expect(prepare(grouped(...many, own({}, { fee: 16_000n }))).index).toBe(15)
    const tooMany = [...many, own(), pay({ amount: 99n })]
    expect(refused(tooMany)).toMatchObject({ code: 'invalid-payload', where: 'transactions', got: '17 transactions' })
  })
})

describe('the group’s id', () => {
  const group = () => grouped(own({}, { fee: 3_000n }), pay(), pay({ amount: 6n }))

  test.each<readonly [string, () => Transaction[]]>([
    ['in another order', () => group().toReversed()],
    ['with one left out', () => group().slice(0, 2)],
    ['with a stranger put in', () => [...group(), pay({ amount: 7n })]],
    ['with one of another group', () => [...group().slice(0, 2), ...grouped(pay({ amount: 6n }))]],
    ['with one that is in no group', () => [...group().slice(0, 2), pay({ amount: 6n })]],
    ['with no group at all', () => [own({}, { fee: 3_000n }), pay()]],
    ['with one twice', () => [...group(), ...group().slice(1, 2)]],
  ])('is that of what was sent: not %s', (_, make) => {
    const refusal = refused(make())
    expect(refusal).toMatchObject({ code: 'invalid-payload', where: expect.stringMatching(/\]\.group$/) })
    expect(refusal.wanted).toMatch(/the group of what was sent$/)
  })
})

describe('fees', () => {
  test('are for every transaction and every inner one', () => {
    expect(prepare([pay(), call()], { inner: 3 }).fee).toBe(6_000n)
    expect(prepare([pay()], { fees: { minFee: 2_500n, feePerByte: 0n } }).fee).toBe(5_000n)
    const short = refused(grouped(own({}, { fee: 4_999n }), call()), { inner: 3 })
    expect(short).toMatchObject({ code: 'invalid-payload', where: 'transactions[0].fee', got: /^4999 / })
    expect(prepare(grouped(own({}, { fee: 5_000n }), call()), { inner: 3 }).fee).toBe(5_000n)
  })

  test('follow a congested network, byte by byte, in both ways', () => {
    const congested = { fees: { minFee: 1_000n, feePerByte: 10n }, terms: { ...terms, perGroup: 100_000n } }
    const prepared = prepare([pay(), transfer(), call({ note: new Uint8Array(500) })], congested)
    const { all } = read(prepared)
    const needed = all.reduce((sum, { transaction }) => sum + 10n * BigInt(transaction.toByte().length + 75), 0n)
    expect(prepared.fee).toBeGreaterThanOrEqual(needed)
    expect(prepared.fee - needed).toBeLessThan(100n)
    const included = (fee: bigint) => grouped(own({}, { fee }), pay())
    expect(refused(included(2_000n), congested)).toMatchObject({ where: 'transactions[0].fee' })
    expect(prepare(included(8_000n), congested).fee).toBe(8_000n)
  })

  test('others have paid are not paid again', () => {
    expect(prepare([pay({}, { fee: 500n })]).fee).toBe(1_500n)
    expect(prepare([pay({}, { fee: 2_000n })]).fee).toBe(0n)
    expect(prepare([pay({}, { fee: 9_000n })]).fee).toBe(0n)
    expect(prepare(grouped(own({}, { fee: 1_500n }), pay({}, { fee: 500n }))).fee).toBe(1_500n)
    const short = refused(grouped(own({}, { fee: 1_499n }), pay({}, { fee: 500n })))
    expect(short).toMatchObject({ got: '1999 for the whole group' })
  })

  test('that the user names are taken when they are enough', () => {
    expect(prepare([pay()], { fee: 2_001n }).fee).toBe(2_001n)
    expect(refused([pay()], { fee: 1_999n })).toMatchObject({ code: 'invalid-payload', where: 'fee' })
  })

  test('are at most twice what is needed, whoever names them', () => {
    const most = { code: 'denied', got: '4001', wanted: expect.stringContaining('4000') }
    expect(prepare([pay()], { fee: 4_000n }).fee).toBe(4_000n)
    expect(refused([pay()], { fee: 4_001n })).toMatchObject({ ...most, where: 'fee' })
    expect(prepare(grouped(own({}, { fee: 4_000n }), pay())).fee).toBe(4_000n)
    const included = refused(grouped(pay(), own({}, { fee: 4_001n })))
    expect(included).toMatchObject({ ...most, where: 'transactions[1].fee' })
    const paidBefore = refused(grouped(own({}, { fee: 2_001n }), pay({}, { fee: 2_000n })))
    expect(paidBefore).toMatchObject({ code: 'denied', got: '2001', wanted: expect.stringContaining('2000') })
  })

  test.each([20_001n, (1n << 64n) - 1n, 1n << 64n, 1n << 250n])('of %s are more than the sponsor gives', (fee) => {
    expect(refused([pay()], { fee })).toMatchObject({ code: 'denied', where: 'fee', got: String(fee) })
  })

  test('that are needed and more than the sponsor gives are not paid', () => {
    expect(prepare([call()], { inner: 18, terms: { ...terms, perGroup: 20_000n } }).fee).toBe(20_000n)
    expect(refused([call()], { inner: 19 })).toMatchObject({ code: 'denied', where: 'fee', got: '21000' })
    const cheap = { terms: { ...terms, perGroup: 1_999n } }
    expect(refused(grouped(pay(), own()), cheap)).toMatchObject({ code: 'denied', where: 'transactions[1].fee' })
  })

  test.each([-1, 0.5, 257, Number.NaN, Number.POSITIVE_INFINITY])('are for no %s inner transactions', (inner) => {
    expect(refused([call()], { inner })).toMatchObject({ code: 'invalid-payload', where: 'innerTransactions' })
  })

  test('are for inner transactions only where something is called', () => {
    expect(refused([pay()], { inner: 1 })).toMatchObject({ code: 'denied', where: 'innerTransactions' })
  })
})

describe('rounds', () => {
  test.each([
    ['over', 999n, 2_001n],
    ['of a far day', 2_000n, 999n],
    ['of the largest round', (1n << 64n) - 1n, 0n],
  ])('that are %s are not signed for', (_, gap, round) => {
    const first = gap > 1n << 60n ? gap - 1n : 1_000n
    const rounds = { firstValid: first, lastValid: first + (gap > 1n << 60n ? 1n : 1_000n) }
    const at = gap === 2_000n ? round - 1_000n : round
    const now = { round: at < 0n ? 0n : at, terms: { ...terms, longestLife: gap === 2_000n ? 999n : 1_000n } }
    expect(refused([pay({}, rounds)], now)).toMatchObject({ code: 'invalid-payload', where: 'transactions' })
  })

  test('may begin as far ahead as what is signed may last, and end now', () => {
    expect(prepare([pay()], { round: 0n }).lastValid).toBe(2_000n)
    expect(prepare([pay()], { round: 2_000n }).lastValid).toBe(2_000n)
    expect(refused([pay()], { round: 2_001n }).where).toBe('transactions')
    const ahead = pay({}, { firstValid: 1_001n, lastValid: 2_000n })
    expect(refused([ahead], { round: 0n }).where).toBe('transactions')
    const included = grouped(own({}, { firstValid: 1_001n, lastValid: 2_000n }), ahead)
    expect(refused(included, { round: 0n }).where).toBe('transactions')
  })
})
