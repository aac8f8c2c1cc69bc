// whatever a sponsor takes, an evaluator that knows only the rules of custody would have taken.
import {
  Address,
  assignGroupID,
  computeGroupID,
  decodeUnsignedTransaction,
  OnApplicationComplete,
  type Transaction,
  TransactionType,
} from 'algosdk'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { SponsorAsk, SponsoredGroup } from '../../../src/core/sponsoring.ts'
import { Refused } from '../../../src/core/errors.ts'
import { alice, asked, bob, call, own, pay, sponsor, sponsoring, terms, text, transfer } from './sponsored-groups.ts'
import { bytesOf, params } from './signing.ts'
import { drafts, transactionOf } from './transaction-arbitrary.ts'

const anybody = fc.constantFrom(alice.address, alice.address, bob.address, bob.address, sponsor.address)
const now = { firstValid: 1_000n, lastValid: 2_000n }

const users = fc.constantFrom(alice.address, bob.address)

/** What is paid for. */
const good: fc.Arbitrary<Transaction> = fc.oneof(
  fc
    .record({ sender: users, receiver: users, amount: fc.bigInt(0n, 9n), note: fc.uint8Array({ maxLength: 9 }) })
    .map((fields) => pay(fields)),
  fc.record({ sender: users, receiver: users, amount: fc.bigInt(0n, 9n) }).map((fields) => transfer(fields)),
  fc.record({ sender: users, onComplete: fc.nat(2) }).map((fields) => call(fields)),
)

/** What often has one thing wrong with it. */
const likely: fc.Arbitrary<Transaction> = fc.oneof(
  {
    weight: 4,
    arbitrary: fc
      .tuple(anybody, anybody, fc.bigInt(0n, 200_000n))
      .map(([sender, receiver, amount]) => pay({ sender, receiver, amount })),
  },
  { weight: 2, arbitrary: fc.constantFrom(31566704n, 31566704n, 5n).map((assetIndex) => transfer({ assetIndex })) },
  {
    weight: 2,
    arbitrary: fc.constantFrom(alice.address, sponsor.address).map((assetSender) => transfer({ assetSender })),
  },
  {
    weight: 4,
    arbitrary: fc
      .tuple(fc.constantFrom(7n, 8n, 9n), fc.nat(5), fc.uint8Array({ maxLength: 5 }))
      .map(([appIndex, onComplete, arg]) =>
        call({
          appIndex,
          onComplete,
          appArgs: [arg],
          approvalProgram: Uint8Array.of(1),
          clearProgram: Uint8Array.of(1),
        }),
      ),
  },
  { weight: 1, arbitrary: fc.constantFrom(bob.address, sponsor.address).map((rekeyTo) => pay({ rekeyTo })) },
  {
    weight: 2,
    arbitrary: fc
      .tuple(drafts, fc.boolean())
      .map(([draft, paid]) =>
        transactionOf({ ...draft, suggestedParams: { ...params, fee: paid ? 1_000n : 0n, ...now } }, alice.address),
      ),
  },
)

const wild = fc.tuple(drafts, anybody).map(([draft, sender]) => transactionOf(draft, sender))

const stranger = new Address(new Uint8Array(32).fill(7))

/** What a user may try with the sponsor's own; mostly nothing. */
const tries = fc.oneof(
  { weight: 4, arbitrary: fc.constantFrom({}, { receiver: alice.address }, { receiver: alice.address, amount: 5n }) },
  {
    weight: 1,
    arbitrary: fc.constantFrom(
      { rekeyTo: alice.address },
      { closeRemainderTo: alice.address },
      { receiver: stranger },
      { receiver: alice.address, amount: 100_001n },
      { note: Uint8Array.of(1) },
      { sender: alice.address },
    ),
  },
)

/** Thousandths of what the group needs. */
const generosity = fc.constantFrom(1_000n, 1_000n, 1_000n, 2_000n, 999n, 2_001n, 20_000n)

const asks: fc.Arbitrary<SponsorAsk> = fc
  .record({
    others: fc.array(
      fc.oneof({ weight: 40, arbitrary: good }, { weight: 5, arbitrary: likely }, { weight: 1, arbitrary: wild }),
      {
        minLength: 1,
        maxLength: 4,
      },
    ),
    mine: fc.option(fc.tuple(tries, generosity), { nil: undefined }),
    at: fc.nat(4),
    inner: fc.constantFrom(0, 0, 0, 0, 1, 30),
    feePerByte: fc.constantFrom(0n, 0n, 0n, 7n),
    more: fc.record(
      {
        fee: fc.bigInt(0n, 30_000n),
        topUp: fc.record({ to: fc.constantFrom(alice.text, sponsor.text), amount: fc.bigInt(0n, 120_000n) }),
        rekeying: fc.boolean(),
      },
      { requiredKeys: ['rekeying'] },
    ),
    wrongGroup: fc.nat(20).map((n) => n === 0),
  })
  .map(({ others, mine, at, inner, feePerByte, more: { rekeying, ...more }, wrongGroup }) => {
    const fee = (mine?.[1] ?? 0n) * BigInt(others.length + 1 + inner)
    const all = mine === undefined ? others : others.toSpliced(at, 0, own(mine[0], { fee }))
    const grouped = mine === undefined ? all : assignGroupID(all.map(copyOf))
    const sent = wrongGroup ? grouped.toReversed() : grouped
    const fees = { minFee: 1_000n, feePerByte }
    const generous = { ...terms, perGroup: 60_000n, rekeying }
    return asked(sent.map(text), { inner, fees, terms: generous, round: 1_500n, ...(mine === undefined && more) })
  })

const copyOf = (transaction: Transaction): Transaction => decodeUnsignedTransaction(transaction.toByte())

test('what is taken is the sponsor’s one payment, within its cap, bound to others that the terms allow', () => {
  const seen = { taken: 0, refused: 0 }
  fc.assert(
    fc.property(asks, (ask) => {
      const prepared = attempt(ask)
      if (prepared === undefined) return void seen.refused++
      seen.taken++
      holds(prepared, ask)
    }),
    { numRuns: 3_000 },
  )
  // Neither of them rare, or nothing was shown.
  expect(seen.taken).toBeGreaterThan(150)
  expect(seen.refused).toBeGreaterThan(150)
})

function attempt(ask: SponsorAsk): SponsoredGroup | undefined {
  try {
    return sponsoring.prepare(ask)
  } catch (error) {
    if (error instanceof Refused) return undefined
    throw error
  }
}

function holds({ transactions, index, fee, topUp, group, users }: SponsoredGroup, ask: SponsorAsk): void {
  if (!Array.isArray(transactions)) throw new Error('no list')
  const items = transactions.map((one: unknown) => itemOf(one))
  const all = items.map(({ transaction }) => transaction)
  const signed = items.flatMap(({ signs }, i) => (signs ? [i] : []))
  expect(signed).toEqual([index])
  const mine = all[index] ?? pay()
  const others = all.filter((_, i) => i !== index)
  const { payment } = mine
  expect([mine.sender.toString(), mine.type]).toEqual([ask.sponsor, TransactionType.pay])
  expect([mine.rekeyTo, payment?.closeRemainderTo]).toEqual([undefined, undefined])
  expect([mine.fee, payment?.amount]).toEqual([fee, topUp])
  expect(fee + topUp <= ask.terms.perGroup && topUp <= ask.terms.topUp).toBe(true)
  expect(mine.lastValid - mine.firstValid <= ask.terms.longestLife && mine.lease?.length === 32).toBe(true)
  expect(mine.note.length).toBe(0)
  const senders = others.map(({ sender }) => sender.toString())
  expect([ask.sponsor, ...senders]).toContain(payment?.receiver.toString())
  expect(users).toEqual([...new Set(senders)])
  expect(group).toBe(`0x${Buffer.from(computeGroupID(all.map(bareOf))).toString('hex')}`)
  for (const one of all) expect(Buffer.from(one.group ?? []).toString('hex')).toBe(group.slice(2))
  const paid = all.reduce((sum, one) => sum + one.fee, 0n)
  expect(paid >= 1_000n * BigInt(all.length + ask.inner)).toBe(true)
  expect(all.length).toBeLessThanOrEqual(16)
  for (const one of others) expect(isPaidFor(one, ask)).toBe(true)
}

function itemOf(one: unknown): { readonly transaction: Transaction; readonly signs: boolean } {
  if (typeof one !== 'object' || one === null || !('txn' in one) || typeof one.txn !== 'string') throw new Error('?')
  const leftAlone = 'signers' in one && Array.isArray(one.signers) && one.signers.length === 0
  return { transaction: decodeUnsignedTransaction(bytesOf(one.txn)), signs: !leftAlone }
}

function bareOf(transaction: Transaction): Transaction {
  const bare = copyOf(transaction)
  delete bare.group
  return bare
}

/** The rules once more, from what they say and not from how they are kept. */
function isPaidFor(one: Transaction, { terms: { rekeying } }: SponsorAsk): boolean {
  const { applicationCall: call, assetTransfer, payment } = one
  if (one.sender.toString() === sponsor.text) return false
  if (one.rekeyTo !== undefined && !rekeying) return false
  if (payment) return true
  if (assetTransfer) return assetTransfer.assetIndex === 31566704n && assetTransfer.assetSender === undefined
  if (call === undefined) return false
  const runs = [OnApplicationComplete.NoOpOC, OnApplicationComplete.OptInOC, OnApplicationComplete.CloseOutOC]
  if (!runs.includes(call.onComplete)) return false
  const [first] = call.appArgs
  // swap(uint64)void
  const listed = first === undefined || Buffer.from(first).toString('hex') === swap
  return call.appIndex === 8n || (call.appIndex === 7n && listed)
}

const swap = String(terms.applications[0]?.methods[0]).slice(2)
