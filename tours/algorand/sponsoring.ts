/** A user without a microalgo for fees, five who want more than that, and the service that tells them apart. */
import {
  ABIMethod,
  Address,
  assignGroupID,
  decodeUnsignedTransaction,
  makeApplicationNoOpTxnFromObject,
  makePaymentTxnWithSuggestedParamsFromObject,
  type SuggestedParams,
  type Transaction,
} from 'algosdk'
import { ChanceryError, type Client } from '../../packages/client/src/index.ts'
import { must, type Steps } from '../steps.ts'
import type { Accounts } from './accounts.ts'
import { network } from './algod.ts'
import { askedOfAws, type World } from './world.ts'

const swap = ABIMethod.fromSignature('swap(uint64)void').getSelector()
const text = (transaction: Transaction) => Buffer.from(transaction.toByte()).toString('base64')

export async function sponsorGroup({ step }: Steps, world: World, client: Client, accounts: Accounts): Promise<void> {
  const { algod, user } = world
  await step(
    'POST /v1/sponsor/algorand: a user calls an application and pays, and the sponsor pays all fees',
    async (tell) => {
      const own = user.addr.toString()
      const before = { user: await algod.balance(own), sponsor: await algod.balance(accounts.sponsor.address) }
      const transactions = (await usersGroup(world, accounts)).map(text)
      const sponsored = await client.sponsor('algorand', { network, transactions, innerTransactions: 1 })
      const signed = sponsored.transactions.map((one, i) => {
        const bytes = Buffer.from(one, 'base64')
        return i === sponsored.index ? bytes : decodeUnsignedTransaction(bytes).signTxn(user.sk)
      })
      const confirmed = await algod.confirm(...signed)
      const after = { user: await algod.balance(own), sponsor: await algod.balance(accounts.sponsor.address) }
      must(before.user - after.user === 5n, `the user paid ${before.user - after.user}`)
      must(before.sponsor - after.sponsor === 4_000n, `the sponsor paid ${before.sponsor - after.sponsor}`)
      tell(
        `the user paid the 5 that were to be paid, the sponsor 4000 for three transactions and an inner one; ${confirmed}`,
      )
    },
  )
}

async function free({ algod }: World): Promise<SuggestedParams> {
  return { ...(await algod.client.getTransactionParams().do()), fee: 0n, flatFee: true }
}

async function usersGroup(world: World, { till }: Accounts): Promise<readonly Transaction[]> {
  const { user, application } = world
  const suggestedParams = await free(world)
  return [
    makeApplicationNoOpTxnFromObject({
      sender: user.addr,
      appIndex: BigInt(application),
      appArgs: [swap, new Uint8Array(8)],
      suggestedParams,
    }),
    makePaymentTxnWithSuggestedParamsFromObject({
      sender: user.addr,
      receiver: till.address,
      amount: 5,
      suggestedParams,
    }),
  ]
}

interface Bad {
  readonly what: string
  readonly code: string
  readonly where: string
  readonly transactions: readonly Transaction[]
  readonly fee?: string
}

async function badGroups(world: World, accounts: Accounts): Promise<readonly Bad[]> {
  const { user, application } = world
  const suggestedParams = await free(world)
  const theirs = { sender: user.addr, receiver: user.addr, amount: 0, suggestedParams }
  const sponsor = Address.fromString(accounts.sponsor.address)
  const lease = new Uint8Array(32).fill(7)
  const fee = { ...suggestedParams, fee: 2_000n }
  const own = { sender: sponsor, receiver: sponsor, amount: 0, lease, suggestedParams: fee }
  const pay = makePaymentTxnWithSuggestedParamsFromObject
  const other = { sender: user.addr, appIndex: BigInt(application) + 1n, appArgs: [swap], suggestedParams }
  return [
    {
      what: "a user's account is rekeyed in it",
      code: 'denied',
      where: 'transactions[0].rekeyTo',
      transactions: [pay({ ...theirs, rekeyTo: accounts.till.address })],
    },
    {
      what: "the sponsor's own transaction closes its account to the user",
      code: 'denied',
      where: 'transactions[0].closeRemainderTo',
      transactions: assignGroupID([pay({ ...own, closeRemainderTo: user.addr }), pay(theirs)]),
    },
    {
      what: 'an application that nobody configured is called',
      code: 'denied',
      where: 'transactions[0].appIndex',
      transactions: [makeApplicationNoOpTxnFromObject(other)],
    },
    {
      what: 'its fee is more than the sponsor gives for a group',
      code: 'denied',
      where: 'fee',
      transactions: [pay(theirs)],
      fee: '10001',
    },
    {
      what: 'a transaction of the group is not shown',
      code: 'invalid-payload',
      where: 'transactions[0].group',
      transactions: assignGroupID([pay(own), pay(theirs), pay({ ...theirs, amount: 1 })]).slice(0, 2),
    },
  ]
}

export async function refuseFive({ step }: Steps, world: World, client: Client, accounts: Accounts): Promise<void> {
  for (const { what, code, where, transactions, fee } of await badGroups(world, accounts)) {
    await step(`Refused, because ${what}`, async (tell) => {
      const before = await askedOfAws(world)
      const request = { network, transactions: transactions.map(text), ...(fee !== undefined && { fee }) }
      const refused = await client.sponsor('algorand', request).catch((error: unknown) => error)
      const right = refused instanceof ChanceryError && refused.code === code && refused.where === where
      must(
        right,
        `it answered ${refused instanceof ChanceryError ? `${refused.code} ${refused.where}` : ''} ${String(refused)}`,
      )
      must((await askedOfAws(world)).length === before.length, 'AWS was asked')
      tell(refused.message)
    })
  }
}
