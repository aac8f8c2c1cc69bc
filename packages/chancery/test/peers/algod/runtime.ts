/** `@algo-builder/runtime`, which has a folder and lockfile of its own: what is used of it, and how it gets there. */
import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join } from 'node:path'

export interface RuntimeModule {
  readonly Runtime: new (accounts: readonly AccountStore[]) => Runtime
  readonly AccountStore: new (
    balance: bigint,
    account: { readonly addr: string; readonly sk: Uint8Array },
  ) => AccountStore
}

export interface AccountStore {
  readonly address: string
  readonly minBalance: number
  amount: bigint
  readonly assets: ReadonlyMap<number, { readonly amount: bigint }>
  readonly createdAssets: ReadonlyMap<number, unknown>
  readonly createdApps: ReadonlyMap<number, unknown>
  balance(): bigint
  getSpendAddress(): string
}

/** Its state is replaced, never changed, by a group that is executed. */
export interface Runtime {
  store: Accounts
  /** What was executed last: assets and applications are made there. */
  readonly ctx: { state: Accounts }
  initializeAccounts(accounts: readonly AccountStore[]): void
  setRoundAndTimestamp(round: number, timestamp: number): void
  /** @throws where there is none; looks into `store` even while a group is executed */
  getAccount(address: string): AccountStore
  assertAccountDefined(address: string, account: AccountStore | undefined): AccountStore
  executeTx(group: readonly OldSigned[]): readonly unknown[]
  deployASADef(name: string, definition: object, flags: object): { readonly assetIndex: number }
  deployApp(creator: object, definition: object, flags: object): { readonly appID: number }
}

export interface Accounts {
  readonly accounts: ReadonlyMap<string, AccountStore>
}

/** As the runtime's own algosdk, version 1, has them. */
export interface OldSigned {
  readonly txn: { flatFee?: boolean; amount?: number | bigint; toByte(): Uint8Array }
}

export interface OldAlgosdk {
  decodeSignedTransaction(bytes: Uint8Array): OldSigned
}

const folder = import.meta.dirname
const name = '@algo-builder/runtime'

/** @throws Error with npm's own words when it cannot be installed */
export function installRuntime(): void {
  if (existsSync(join(folder, 'node_modules', name, 'package.json'))) return
  const done = spawnSync('npm', ['ci', '--no-audit', '--no-fund'], { cwd: folder, encoding: 'utf8', timeout: 240_000 })
  if (done.status === 0) return
  throw new Error(`npm ci in ${folder} failed: ${done.error?.message ?? done.stderr.slice(-500)}`)
}

/** @throws Error where it is not installed */
export function loadRuntime(): { readonly runtime: RuntimeModule; readonly algosdk: OldAlgosdk } {
  const require = createRequire(import.meta.url)
  return {
    runtime: require(name) as RuntimeModule,
    algosdk: require('algosdk') as OldAlgosdk,
  }
}
