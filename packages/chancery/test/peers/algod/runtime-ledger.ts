/**
 * A ledger by `@algo-builder/runtime`. It looks at no signature, so the server does before it; and what it cannot model it
 * would pass over in silence, so that is refused here.
 */
import { LedgerRefusal, type Account, type Entry, type Ledger } from '../../nodes/algorand/algod/ledger.ts'
import {
  loadRuntime,
  type AccountStore,
  type OldAlgosdk,
  type OldSigned,
  type Runtime,
  type RuntimeModule,
} from './runtime.ts'

export function createRuntimeLedger(): Ledger {
  const { runtime: module, algosdk } = loadRuntime()
  const runtime = new module.Runtime([])
  const store = (address: string) => storeOf(runtime, module, address)
  return {
    name: 'runtime',
    account: (address) => accountOf(store(address)),
    controlledBy: (address) => [...runtime.store.accounts.values()].flatMap((one) => dependant(one, address)),
    holding: (address, asset) => store(address).assets.get(Number(asset))?.amount,
    fund: (address, amount) => void (store(address).amount += amount),
    makeAsset: (creator, total) => makeAsset(runtime, store(creator), total),
    makeApplication: (creator, inner) => makeApplication(runtime, store(creator), inner),
    apply(group, round) {
      const old = group.map((entry, at) => readAgain(entry, algosdk, at))
      for (const address of group.flatMap(mentioned)) store(address)
      runtime.setRoundAndTimestamp(Number(round), Number(round) * 3)
      execute(runtime, old, group)
      return group.map(() => 0)
    },
    save() {
      const before = runtime.store
      return () => void (runtime.store = before)
    },
  }
}

/** The runtime knows only accounts it was told of. */
function storeOf(runtime: Runtime, { AccountStore: Store }: RuntimeModule, address: string): AccountStore {
  const found = runtime.store.accounts.get(address)
  if (found) return found
  const made = new Store(0n, { addr: address, sk: new Uint8Array(0) })
  runtime.initializeAccounts([made])
  return made
}

function accountOf(store: AccountStore): Account {
  const authority = store.getSpendAddress()
  return {
    balance: store.balance(),
    minimum: BigInt(store.minBalance),
    ...(authority === store.address ? {} : { authority }),
    assetsHeld: store.assets.size,
    assetsMade: store.createdAssets.size,
    appsMade: store.createdApps.size,
  }
}

function dependant(store: AccountStore, authority: string): string[] {
  return store.address !== authority && store.getSpendAddress() === authority ? [store.address] : []
}

function mentioned({ transaction: { sender, payment, assetTransfer } }: Entry): string[] {
  const { receiver, closeRemainderTo } = payment ?? assetTransfer ?? {}
  return [sender, receiver, closeRemainderTo].flatMap((address) => address?.toString() ?? [])
}

/** Modelled; key registration is not (it does nothing there), nor are heartbeats and state proofs (unknown to it). */
const modelled: readonly string[] = ['pay', 'axfer', 'acfg', 'afrz', 'appl']

/** @throws LedgerRefusal for what the runtime does not know, or its old algosdk reads as something else */
function readAgain({ id, bytes, transaction }: Entry, algosdk: OldAlgosdk, at: number): OldSigned {
  const refuse = (words: string) =>
    new LedgerRefusal(`the runtime of this test server ${words} (transaction ${id})`, at)
  if (!modelled.includes(transaction.type)) throw refuse(`does not model ${transaction.type} transactions`)
  if (transaction.applicationCall?.appIndex === 0n) throw refuse('creates no applications from bytecode')
  const old = algosdk.decodeSignedTransaction(bytes)
  // It takes fees that are not flat for prices per byte, and then charges the least fee in any case.
  old.txn.flatFee = true
  // An amount of zero is not encoded, and so not decoded.
  if (transaction.type === 'pay' || transaction.type === 'axfer') old.txn.amount ??= 0
  if (!Buffer.from(old.txn.toByte()).equals(transaction.toByte())) throw refuse('reads it as another transaction')
  return old
}

/**
 * The runtime compares each signer with the authority from before the group. A ledger goes by what the transactions before
 * it in the group made of it (go-algorand, ledger/eval/eval.go: the sender is looked up in the group's own state).
 */
function execute(runtime: Runtime, old: readonly OldSigned[], group: readonly Entry[]): void {
  const { getAccount } = runtime
  runtime.getAccount = (address) => runtime.assertAccountDefined(address, runtime.ctx.state.accounts.get(address))
  try {
    runtime.executeTx(old)
  } catch (error) {
    if (!(error instanceof Error) || !('errorDescriptor' in error)) throw error
    const [first] = group
    throw new LedgerRefusal(`TransactionPool.Remember: transaction ${first?.id}: ${error.message}`, 0)
  } finally {
    runtime.getAccount = getAccount
  }
}

function makeAsset(runtime: Runtime, { address }: AccountStore, total: bigint): bigint {
  const creator = { addr: address, sk: new Uint8Array(0), name: address }
  runtime.ctx.state = runtime.store
  const definition = { total, decimals: 0, defaultFrozen: false, unitName: 'TEST' }
  return BigInt(runtime.deployASADef(`test-${address}-${total}`, definition, { creator }).assetIndex)
}

/** `MetaType.SOURCE_CODE` of the runtime. */
const sourceCode = 1

function makeApplication(runtime: Runtime, { address }: AccountStore, inner: number): bigint {
  if (inner > 0) throw new LedgerRefusal('the runtime of this test server tells of no inner transactions')
  const creator = { addr: address, sk: new Uint8Array(0) }
  runtime.ctx.state = runtime.store
  const code = '#pragma version 6\nint 1'
  const sizes = { localInts: 0, localBytes: 0, globalInts: 0, globalBytes: 0 }
  const source = { appName: `test-${address}`, metaType: sourceCode, approvalProgramCode: code, clearProgramCode: code }
  return BigInt(runtime.deployApp(creator, { ...source, ...sizes }, { totalFee: 1_000 }).appID)
}
