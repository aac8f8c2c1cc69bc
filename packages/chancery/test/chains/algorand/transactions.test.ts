// Against the SDK itself: what comes out is, to the byte, what it would have signed.
import {
  Address,
  assignGroupID,
  createMultisigTransaction,
  mergeMultisigTransactions,
  multisigAddress,
  type MultisigMetadata,
  signMultisigTransaction,
  type Transaction,
} from 'algosdk'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { sign } from '../../../src/curves/ed25519/sign.ts'
import { algorand, base64, type Pair, pairOf, signedOf, signWith } from './signing.ts'
import { type Draft, drafts, transactionOf } from './transaction-arbitrary.ts'

const own = pairOf(1)
const other = pairOf(2)
const long = 120_000

function signs(pair: Pair, value: unknown, accounts: readonly string[] = []) {
  return signWith(algorand, pair, { operation: 'sign:transaction', value, accounts }).signed
}

const txn = (transaction: Transaction): string => base64(transaction.toByte())

/** Compared as text: a difference is then short to read, and comparing is fast. */
function shown(bytes: Uint8Array | null | undefined): string {
  return bytes ? base64(bytes) : 'nothing'
}

test(
  'what the SDK signs by itself',
  () => {
    fc.assert(
      fc.property(drafts, (draft) => {
        const transaction = transactionOf(draft, own.address)
        expect(shown(signedOf(signs(own, [{ txn: txn(transaction) }]))[0])).toBe(shown(transaction.signTxn(own.sk)))
      }),
      { numRuns: 500 },
    )
  },
  long,
)

// The SDK signs 300 transactions a second, so here its signatures are made by OpenSSL: they are the same, as seen above.
test(
  '10,000 transactions of every type',
  () => {
    const types = new Set<string>()
    fc.assert(
      fc.property(drafts, (draft) => {
        const transaction = transactionOf(draft, own.address)
        types.add(transaction.type)
        const wanted = transaction.attachSignature(own.address, sign(own.seed, transaction.bytesToSign()))
        const signed = signs(own, [{ txn: txn(transaction) }])
        expect(shown(signedOf(signed)[0])).toBe(shown(wanted))
        expect(signed.hash).toBe(transaction.txID())
        expect(signed.result['ids']).toEqual([transaction.txID()])
      }),
      { numRuns: 10_000 },
    )
    expect([...types].toSorted()).toEqual(['acfg', 'afrz', 'appl', 'axfer', 'hb', 'keyreg', 'pay'])
  },
  long,
)

test(
  'an account that was rekeyed to the key, named or known',
  () => {
    fc.assert(
      fc.property(drafts, fc.boolean(), (draft, known) => {
        const transaction = transactionOf(draft, other.address)
        const item = { txn: txn(transaction), ...(known ? {} : { authAddr: own.text }) }
        const [bytes] = signedOf(signs(own, [item], known ? [other.text] : []))
        expect(shown(bytes)).toBe(shown(transaction.signTxn(own.sk)))
      }),
      { numRuns: 500 },
    )
  },
  long,
)

test('the authority of an account with its own key is not written', () => {
  const [draft] = fc.sample(drafts, 1)
  if (draft === undefined) throw new Error('no sample')
  const transaction = transactionOf(draft, own.address)
  const signed = signs(own, [{ txn: txn(transaction), authAddr: own.text }], [own.text])
  expect(shown(signedOf(signed)[0])).toBe(shown(transaction.signTxn(own.sk)))
})

/** Who signs what in a group: the key itself, the key for another account, or somebody else. */
const roles = fc.constantFrom('own', 'rekeyed', 'foreign')
type Member = readonly [Draft, 'own' | 'rekeyed' | 'foreign']

function memberOf([draft, role]: Member): Transaction {
  return transactionOf(draft, role === 'own' ? own.address : other.address)
}

function itemOf([, role]: Member, transaction: Transaction): object {
  if (role === 'foreign') return { txn: txn(transaction), signers: [] }
  return { txn: txn(transaction), signers: [own.text], ...(role === 'rekeyed' && { authAddr: own.text }) }
}

test(
  'groups of 1 to 16, of which the key signs some',
  () => {
    const groups = fc
      .array(fc.tuple(drafts, roles), { minLength: 1, maxLength: 16 })
      .filter((members) => members.some(([, role]) => role !== 'foreign'))
    fc.assert(
      fc.property(groups, (members) => {
        const transactions = assignGroupID(members.map(memberOf))
        const wanted = members.map(([, role], i) => (role === 'foreign' ? null : transactions[i]?.signTxn(own.sk)))
        const signed = signs(
          own,
          members.map((member, i) => itemOf(member, transactions[i] ?? memberOf(member))),
        )
        expect(signed.result).toEqual({
          transactions: wanted.map((bytes) => (bytes ? base64(bytes) : null)),
          ids: transactions.map((transaction) => transaction.txID()),
        })
        // For whoever broadcasts: the same, as bytes.
        expect(signed.parts?.map(shown)).toEqual(wanted.map(shown))
      }),
      { numRuns: 200 },
    )
  },
  long,
)

test('up to 16 transactions without a group are signed one by one', () => {
  const transactions = fc.sample(drafts, 16).map((draft) => transactionOf(draft, own.address))
  const signed = signs(
    own,
    transactions.map((transaction) => ({ txn: txn(transaction) })),
  )
  expect(signedOf(signed).map((bytes) => bytes && base64(bytes))).toEqual(
    transactions.map((transaction) => base64(transaction.signTxn(own.sk))),
  )
})

/** Members are numbers of pairs, so that some come twice; the key is one of them. */
const multisigs = fc
  .array(fc.integer({ min: 1, max: 9 }), { minLength: 1, maxLength: 9 })
  .filter((members) => members.includes(1))
  .chain((members) =>
    fc.record({ members: fc.constant(members), threshold: fc.integer({ min: 1, max: members.length }) }),
  )

interface Shared {
  readonly members: readonly number[]
  readonly threshold: number
}

function metadataOf({ members, threshold }: Shared): MultisigMetadata {
  return { version: 1, threshold, addrs: members.map((n) => pairOf(n).text) }
}

test(
  'multisig accounts: members more than once, signatures of others taken over, accounts rekeyed to them',
  () => {
    fc.assert(
      fc.property(
        drafts,
        multisigs,
        fc.subarray([2, 3, 4, 5, 6, 7, 8, 9]),
        fc.boolean(),
        (draft, shared, before, rekeyed) => {
          const metadata = metadataOf(shared)
          const account = multisigAddress(metadata)
          const transaction = transactionOf(draft, rekeyed ? other.address : account)
          const blobs = before
            .filter((n) => shared.members.includes(n))
            .map((n) => signMultisigTransaction(transaction, metadata, pairOf(n).sk).blob)
          const mine = signMultisigTransaction(transaction, metadata, own.sk).blob
          const collected = blobs.length > 1 ? mergeMultisigTransactions(blobs) : blobs[0]
          const item = {
            txn: txn(transaction),
            msig: metadata,
            ...(rekeyed && { authAddr: account.toString() }),
            ...(collected && { stxn: base64(collected) }),
          }
          expect(shown(signedOf(signs(own, [item]))[0])).toBe(
            shown(collected ? mergeMultisigTransactions([collected, mine]) : mine),
          )
        },
      ),
      { numRuns: 300 },
    )
  },
  long,
)

test('a multisig account of 255 members, and a signed transaction in which nobody has signed yet', () => {
  const addrs = Array.from({ length: 254 }, (_, i) => new Address(new Uint8Array(32).fill(i + 1)).toString())
  const metadata: MultisigMetadata = { version: 1, threshold: 255, addrs: [...addrs, own.text] }
  const [draft] = fc.sample(drafts, 1)
  if (draft === undefined) throw new Error('no sample')
  const transaction = transactionOf(draft, multisigAddress(metadata))
  const wanted = signMultisigTransaction(transaction, metadata, own.sk).blob
  const empty = base64(createMultisigTransaction(transaction, metadata))
  expect(shown(signedOf(signs(own, [{ txn: txn(transaction), msig: metadata }]))[0])).toBe(shown(wanted))
  expect(shown(signedOf(signs(own, [{ txn: txn(transaction), msig: metadata, stxn: empty }]))[0])).toBe(shown(wanted))
})
