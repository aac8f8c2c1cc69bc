/** One wallet of a million, found through the store's thread and authenticated, as the service finds it. */
import { randomBytes, randomInt } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { systemClock } from '../../packages/chancery/src/base/clock.ts'
import { deadlineIn } from '../../packages/chancery/src/base/deadline.ts'
import { Secret } from '../../packages/chancery/src/base/secret.ts'
import type { Store } from '../../packages/chancery/src/core/store.ts'
import { openSqlite } from '../../packages/chancery/src/store/sqlite/open.ts'
import { genuineRow } from '../../packages/chancery/src/wallets/row.ts'
import { quantiles } from '../parts/load.ts'
import { asset, network, writeWallets, type Known } from '../parts/many-wallets.ts'
import type { Row } from '../row.ts'

const lookUps = 50_000

export async function lookupRows(progress: (words: string) => void, count = 1_000_000): Promise<readonly Row[]> {
  const folder = await mkdtemp(join(tmpdir(), 'chancery-bench-lookup-'))
  try {
    const stateKey = new Secret(randomBytes(32))
    progress(`writing ${count.toLocaleString('en')} wallets`)
    const path = join(folder, 'store.sqlite')
    const known = await writeWallets(path, count, stateKey)
    const store = await openSqlite({ path, clock: systemClock })
    try {
      progress('looking them up')
      return await measured(store, known, stateKey)
    } finally {
      await store.close()
    }
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

type Find = (store: Store, known: Known) => ReturnType<Store['wallet']>

const deadline = () => deadlineIn(10_000, systemClock)

const ways: readonly (readonly [string, Find])[] = [
  ['id', (store, { id }) => store.wallet(id, deadline())],
  ['address', (store, { address }) => store.walletAt(network, address, deadline())],
  ['owner (user, asset, network)', (store, { user }) => store.walletOf(user, asset, network, deadline())],
]

async function measured(store: Store, known: readonly Known[], stateKey: Secret): Promise<readonly Row[]> {
  const rows: Row[] = []
  for (const [what, find] of ways) {
    const milliseconds: number[] = []
    // The first fifth warms up.
    for (let i = 0; i < lookUps * 1.2; i++) {
      const one = known[randomInt(known.length)]
      if (one === undefined) throw new Error('there are no wallets')
      const began = performance.now()
      const row = await find(store, one)
      if (row === undefined || genuineRow(row, stateKey).id !== one.id) throw new Error('another wallet was found')
      if (i >= lookUps * 0.2) milliseconds.push(performance.now() - began)
    }
    const { p50, p99 } = quantiles(milliseconds)
    rows.push({
      name: `look-up by ${what} among ${known.length.toLocaleString('en')} wallets, p99`,
      unit: 'ms',
      measured: p99,
      goal: '≤ 1 ms',
      note: `p50 ${p50.toFixed(3)} ms, ${milliseconds.length} at random, one after the other`,
    })
  }
  return rows
}
