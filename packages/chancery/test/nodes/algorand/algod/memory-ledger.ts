/** A ledger of payments, assets, rekeying, pooled fees and applications that approve everything: enough for accounts. */
import type { Transaction } from 'algosdk'
import { LedgerRefusal, minFee, type Account, type Entry, type Ledger } from './ledger.ts'

interface Row {
  balance: bigint
  authority: string | undefined
  readonly assets: Map<bigint, bigint>
  assetsMade: number
  appsMade: number
}

interface State {
  readonly accounts: Map<string, Row>
  readonly inner: Map<bigint, number>
  lastId: bigint
}

const unit = 100_000n

export function createMemoryLedger(): Ledger {
  let state: State = { accounts: new Map(), inner: new Map(), lastId: 1_000n }
  return {
    name: 'memory',
    account: (address) => accountOf(rowOf(state, address)),
    controlledBy: (address) =>
      [...state.accounts].flatMap(([one, { authority }]) => (authority === address ? [one] : [])),
    holding: (address, asset) => rowOf(state, address).assets.get(asset),
    fund: (address, amount) => void (rowOf(state, address).balance += amount),
    makeAsset(creator, total) {
      const row = rowOf(state, creator)
      row.assets.set(++state.lastId, total)
      row.assetsMade += 1
      return state.lastId
    },
    makeApplication(creator, inner) {
      rowOf(state, creator).appsMade += 1
      state.inner.set(++state.lastId, inner)
      return state.lastId
    },
    apply(group) {
      const next = copyOf(state)
      const inner = group.map(({ transaction }) => innerOf(next, transaction))
      requireFees(group, inner)
      group.forEach((entry, at) => step(next, entry, at))
      state = next
      return inner
    },
    save() {
      const before = copyOf(state)
      return () => void (state = before)
    },
  }
}

function copyOf({ accounts, inner, lastId }: State): State {
  const rows = [...accounts].map(([address, row]) => [address, { ...row, assets: new Map(row.assets) }] as const)
  return { accounts: new Map(rows), inner: new Map(inner), lastId }
}

function rowOf({ accounts }: State, address: string): Row {
  const found = accounts.get(address)
  if (found) return found
  const row: Row = { balance: 0n, authority: undefined, assets: new Map(), assetsMade: 0, appsMade: 0 }
  accounts.set(address, row)
  return row
}

function accountOf({ balance, authority, assets, assetsMade, appsMade }: Row): Account {
  return {
    balance,
    minimum: unit * BigInt(1 + assets.size + appsMade),
    ...(authority === undefined ? {} : { authority }),
    assetsHeld: assets.size,
    assetsMade,
    appsMade,
  }
}

function innerOf({ inner }: State, { applicationCall }: Transaction): number {
  return (applicationCall && inner.get(applicationCall.appIndex)) ?? 0
}

function requireFees(group: readonly Entry[], inner: readonly number[]): void {
  const paid = group.reduce((sum, { transaction }) => sum + transaction.fee, 0n)
  const count = inner.reduce((sum, one) => sum + one, group.length)
  if (paid >= minFee * BigInt(count)) return
  throw new LedgerRefusal(
    `TransactionPool.Remember: txgroup had ${paid} in fees, which is less than the minimum ${count} * ${minFee}`,
    0,
  )
}

function step(state: State, { id, transaction, authoriser }: Entry, at: number): void {
  const refuse = (words: string): never => {
    throw new LedgerRefusal(`TransactionPool.Remember: transaction ${id}: ${words}`, at)
  }
  const sender = transaction.sender.toString()
  const row = rowOf(state, sender)
  const authority = row.authority ?? sender
  if (authoriser !== undefined && authoriser !== authority) {
    refuse(`should have been authorized by ${authority} but was actually authorized by ${authoriser}`)
  }
  if (row.balance < transaction.fee) refuse(`overspend (account ${sender}, tried to spend {${transaction.fee}})`)
  row.balance -= transaction.fee
  const to = transaction.rekeyTo?.toString()
  if (to !== undefined) row.authority = to === sender ? undefined : to
  const touched = effects(state, transaction, sender, refuse)
  for (const address of [sender, ...touched]) requireMinimum(state, address, refuse)
}

/** @returns who else was touched */
function effects(state: State, transaction: Transaction, sender: string, refuse: (words: string) => never): string[] {
  if (transaction.payment) return pay(state, transaction.payment, sender, refuse)
  if (transaction.assetTransfer) return transfer(state, transaction.assetTransfer, sender, refuse)
  const { applicationCall } = transaction
  if (applicationCall === undefined) return refuse(`this ledger knows no ${transaction.type} transactions`)
  if (state.inner.has(applicationCall.appIndex) && applicationCall.onComplete === 0) return []
  return refuse(`application ${applicationCall.appIndex} does not exist, or the call is none that this ledger knows`)
}

type Payment = NonNullable<Transaction['payment']>
type Transfer = NonNullable<Transaction['assetTransfer']>

function pay(
  state: State,
  { receiver, amount, closeRemainderTo }: Payment,
  sender: string,
  refuse: (words: string) => never,
): string[] {
  const from = rowOf(state, sender)
  if (from.balance < amount) refuse(`overspend (account ${sender}, tried to spend {${amount}})`)
  from.balance -= amount
  rowOf(state, receiver.toString()).balance += amount
  if (closeRemainderTo === undefined) return [receiver.toString()]
  if (from.assets.size > 0) refuse(`cannot close: ${from.assets.size} outstanding assets`)
  rowOf(state, closeRemainderTo.toString()).balance += from.balance
  state.accounts.delete(sender)
  return [receiver.toString(), closeRemainderTo.toString()]
}

function transfer(
  state: State,
  { assetIndex, receiver, amount, closeRemainderTo, assetSender }: Transfer,
  sender: string,
  refuse: (words: string) => never,
): string[] {
  if (assetSender !== undefined) refuse('this ledger knows no clawback')
  const from = rowOf(state, sender).assets
  const to = rowOf(state, receiver.toString()).assets
  if (amount === 0n && receiver.toString() === sender && !from.has(assetIndex)) from.set(assetIndex, 0n)
  const held = from.get(assetIndex)
  if (held === undefined) return refuse(`asset ${assetIndex} missing from ${sender}`)
  if (!to.has(assetIndex)) refuse(`receiver error: must optin, asset ${assetIndex} missing from ${receiver.toString()}`)
  if (held < amount) refuse(`underflow on subtracting ${amount} from sender amount ${held}`)
  from.set(assetIndex, held - amount)
  to.set(assetIndex, (to.get(assetIndex) ?? 0n) + amount)
  if (closeRemainderTo === undefined) return []
  const rest = rowOf(state, closeRemainderTo.toString()).assets
  rest.set(assetIndex, (rest.get(assetIndex) ?? 0n) + (from.get(assetIndex) ?? 0n))
  from.delete(assetIndex)
  return []
}

/** An account with nothing at all in it is none, and needs no balance. */
function requireMinimum(state: State, address: string, refuse: (words: string) => never): void {
  const row = rowOf(state, address)
  const { balance, minimum } = accountOf(row)
  const empty = balance === 0n && row.assets.size === 0 && row.appsMade === 0 && row.authority === undefined
  if (!empty && balance < minimum)
    refuse(`account ${address} balance ${balance} below min ${minimum} (${row.assets.size} assets)`)
}
