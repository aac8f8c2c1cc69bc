/** A house with a sponsor whose sealed key pays on a ledger in memory, and users who have nothing. */
import {
  Address,
  assignGroupID,
  decodeUnsignedTransaction,
  makePaymentTxnWithSuggestedParamsFromObject,
  type Account,
  type Transaction,
} from 'algosdk'
import { onTestFinished } from 'vitest'
import { createAlgorand } from '../../src/chains/algorand/chain.ts'
import type { Principal } from '../../src/core/access.ts'
import type { KeyRecord } from '../../src/core/key.ts'
import type { LedgerNode } from '../../src/core/node.ts'
import type { SponsorRequest, Sponsor } from '../../src/core/sponsoring.ts'
import type { SponsorOutcome } from '../../src/sponsoring/rooms.ts'
import { createMemoryLedger } from '../nodes/algorand/algod/memory-ledger.ts'
import { startAlgod, type Algod } from '../nodes/algorand/algod/server.ts'
import { nodeAt, suggested, testNetwork } from '../nodes/algorand/fixture.ts'
import { client, openHouse, removeFolder, type TestHouse, type TestParts } from './house.ts'

export interface Opened {
  readonly house: TestHouse
  readonly algod: Algod
  readonly node: LedgerNode
  readonly key: KeyRecord
  readonly account: string
  readonly app: Principal
  readonly seen: SponsorOutcome[]
}

export const generous: Sponsor = {
  key: 'pays',
  network: testNetwork,
  perSenderDay: 1_000_000n,
  perDay: 10_000_000n,
  groupsPerSenderDay: 1_000,
  minimumBalance: 200_000n,
  simulate: true,
  signedOnly: false,
  terms: {
    perGroup: 20_000n,
    topUp: 0n,
    applications: [],
    assets: [],
    payments: true,
    rekeying: false,
    longestLife: 1_000n,
  },
}

export const wanted = { backend: 'sealed', family: 'algorand', kind: 'decoded', network: testNetwork } as const

export async function start(sponsor: Partial<Sponsor> = {}, parts: TestParts = {}): Promise<Opened> {
  const algod = await startAlgod({ ledger: createMemoryLedger() })
  const node = nodeAt(algod.url)
  const seen: SponsorOutcome[] = []
  const house = await openHouse({
    chains: [createAlgorand({ networks: [{ network: testNetwork }] })],
    ledgers: new Map([[testNetwork, node]]),
    sponsors: [{ ...generous, ...sponsor }],
    observeSponsor: (_, outcome) => void seen.push(outcome),
    ...parts,
  })
  onTestFinished(async () => {
    await house.close()
    await removeFolder(house)
    await algod.close()
  })
  const key = await house.keyring.create({ ...wanted, alias: 'pays' }, house.operator())
  const account = key.address ?? ''
  algod.chain.ledger.fund(account, 10_000_000n)
  const app = await client(house, [{ operations: ['sponsor'], keys: [key.id], networks: [testNetwork] }])
  return { house, algod, node, key, account, app, seen }
}

export const unsigned = ({ node }: Opened, from: Account, note = 0): Promise<Transaction> =>
  unsignedAt(node, from, note)

/** Nothing, paid to oneself without a fee. */
export async function unsignedAt(node: LedgerNode, from: Account, note = 0): Promise<Transaction> {
  return makePaymentTxnWithSuggestedParamsFromObject({
    sender: from.addr,
    receiver: from.addr,
    amount: 0n,
    note: new TextEncoder().encode(String(note)),
    suggestedParams: await suggested(node, 0n),
  })
}

export const text = (bytes: Uint8Array): string => Buffer.from(bytes).toString('base64')

export function ask({ house, app }: Opened, value: unknown, more: Partial<SponsorRequest> = {}) {
  const request = { family: 'algorand', network: testNetwork, value, inner: 0, broadcast: false, ...more }
  return house.sponsoring.sponsor(request, house.as(app))
}

export const balance = async ({ node, house }: Opened, address: string) =>
  (await node.account(address, house.operator().deadline)).balance

export const totals = async ({ house }: Opened) =>
  (await house.store.windowTotals(undefined, 100, house.operator().deadline)).rows.map(({ scope, total }) => {
    const [, what] = /^sponsor \S+ \S+ (\w+)(?: \S+)?$/.exec(scope) ?? []
    return `${what}${scope.split(' ').length > 4 ? ' of one' : ''} ${total}`
  })

export async function entries({ house }: Opened, kind: string): Promise<readonly Record<string, unknown>[]> {
  const found = await house.store.latestEntries({ limit: 500 }, house.operator().deadline)
  return found.entries
    .map(({ body }) => JSON.parse(body) as Record<string, unknown>)
    .filter((one) => one['kind'] === kind)
}

export const sponsorAttempts = async (opened: Opened) =>
  (await entries(opened, 'attempt')).filter(({ purpose }) => purpose === 'sponsor')

/** As a wallet does it: decodes what came back and signs its own. */
export function completed(transactions: readonly Uint8Array[], index: number, user: Account): string[] {
  return transactions.map((bytes, i) => text(i === index ? bytes : decodeUnsignedTransaction(bytes).signTxn(user.sk)))
}

/** A group with the sponsor's transaction in it, by a user who builds it alone and has signed. */
export async function signedGroup(opened: Opened, user: Account, seed = 1): Promise<string[]> {
  const sender = Address.fromString(opened.account)
  const own = makePaymentTxnWithSuggestedParamsFromObject({
    sender,
    receiver: sender,
    amount: 0n,
    lease: new Uint8Array(32).fill(seed),
    suggestedParams: await suggested(opened.node, 2_000n),
  })
  const [mine = own, theirs = own] = assignGroupID([own, await unsigned(opened, user, seed)])
  return [text(mine.toByte()), text(theirs.signTxn(user.sk))]
}

/** From here on the ledger takes nothing. @returns what ends that */
export function refuseAll({ node }: Opened): () => void {
  const { broadcast } = node
  Object.assign(node, { broadcast: () => Promise.resolve({ accepted: false, words: 'overspend' }) })
  return () => void Object.assign(node, { broadcast })
}
