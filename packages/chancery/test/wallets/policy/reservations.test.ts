/** The claims of payments in the register, on both stores: 200 at once for room for 50 are exactly 50. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { sha256Hex, utf8 } from '../../../src/base/bytes.ts'
import type { RecordItem } from '../../../src/core/recorder.ts'
import type { WalletPolicy } from '../../../src/core/wallet-policy.ts'
import type { AskedPayment } from '../../../src/core/wallet-policies.ts'
import { claimRows } from '../../../src/guard/rows.ts'
import { sourceOf } from '../../../src/register/source.ts'
import { verifyRegister } from '../../../src/register/verify.ts'
import { evaluatePayment } from '../../../src/wallets/policy/evaluate.ts'
import { fullnessOf } from '../../../src/wallets/policy/fullness.ts'
import { windowsOf } from '../../../src/wallets/policy/windows.ts'
import { attempt, clock, folder, openWhole, postgres, soon, stateKey } from '../../register/fixtures.ts'
import { startCluster, type Cluster } from '../../store/postgres-cluster.ts'
import { ether, payment, policyOf, rule, token } from './fixture.ts'

let cluster: Cluster

beforeAll(async () => {
  cluster = await startCluster()
}, 60_000)

afterAll(() => cluster.stop(), 60_000)

type Whole = Awaited<ReturnType<typeof openWhole>>

/** What the round that accepts the n-th payment takes; absent where policy alone says no. */
function accepting(policy: WalletPolicy, asked: AskedPayment, n: number): RecordItem | undefined {
  if (evaluatePayment(policy, asked, { now: clock.now() }).verdict !== 'allow') return undefined
  const claims = windowsOf(policy, asked, sha256Hex(utf8(`payment ${n}`)), clock)
  return attempt(n, { windows: claimRows(claims).windows })
}

/** All at once, shared out over the processes. @returns those that were accepted */
async function pay(
  wholes: readonly Whole[],
  policy: WalletPolicy,
  all: readonly AskedPayment[],
): Promise<readonly AskedPayment[]> {
  const accepted = await Promise.all(
    all.map(async (asked, n) => {
      const item = accepting(policy, asked, n)
      const whole = wholes[n % wholes.length]
      return item !== undefined && (await whole?.writer.record(item, soon()))?.status === 'recorded'
    }),
  )
  return all.filter((_, n) => accepted[n])
}

const of = (paid: readonly AskedPayment[], user: string) => paid.filter((one) => one.user === user).length

const stores: readonly [string, () => Promise<readonly Whole[]>][] = [
  ['SQLite', async () => [await openWhole(await folder())]],
  [
    'PostgreSQL, by two processes',
    async () => {
      const url = await cluster.database()
      const open = async () => openWhole(await folder(), { store: await postgres(url) })
      return [await open(), await open()]
    },
  ],
]

describe.each(stores)('on %s, of 200 payments at once', (_, open) => {
  test('a window with room for 50 accepts exactly 50', async () => {
    const wholes = await open()
    const windows = [{ per: 'wallet', period: 'day', amount: '2549' }] as const
    const paid = await pay(wholes, policyOf(rule({ windows })), Array(200).fill(payment({ amount: 50n })))
    expect(paid).toHaveLength(50)
    const [first] = wholes
    if (first === undefined) throw new Error('no process')
    const { findings } = await verifyRegister(sourceOf(first.store, clock), { stateKey: stateKey() })
    expect(findings).toEqual([])
    const full = await fullnessOf({ store: first.store, clock }, policyOf(rule({ windows })), soon())
    expect(full).toEqual([{ rule: 'daily', period: 'day', ratio: 0.9807 }])
  })

  test('a count of 50 for all accepts exactly 50, whatever their asset, user and wallet', async () => {
    const policy = policyOf(
      rule({ windows: [{ per: 'all', period: 'day', count: 50 }] }),
      rule({ name: 'tokens', asset: token, windows: [{ per: 'all', period: 'day', count: 50 }] }),
    )
    const all = Array.from({ length: 200 }, (__, n) =>
      payment({ wallet: `wal_${n}`, user: String(n), asset: n % 2 === 0 ? ether : token }),
    )
    expect(await pay(await open(), policy, all)).toHaveLength(50)
  })

  test('every user has a window of his own, beneath that of the asset', async () => {
    const windows = [
      { per: 'user', period: 'day', amount: '1000' },
      { per: 'asset', period: 'day', amount: '2500' },
    ] as const
    const all = Array.from({ length: 200 }, (__, n) => payment({ user: String(n % 4), amount: 50n }))
    const paid = await pay(await open(), policyOf(rule({ windows })), all)
    expect(paid).toHaveLength(50)
    for (const user of ['0', '1', '2', '3']) expect(of(paid, user)).toBeLessThanOrEqual(20)
  })
})
