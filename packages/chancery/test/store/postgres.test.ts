import { afterAll, beforeAll } from 'vitest'
import { systemClock } from '../../src/base/clock.ts'
import { openPostgres } from '../../src/store/postgres/open.ts'
import { storeContract } from '../contract/store.ts'
import { startCluster, type Cluster } from './postgres-cluster.ts'

let cluster: Cluster

beforeAll(async () => {
  cluster = await startCluster()
}, 60_000)

afterAll(() => cluster.stop(), 60_000)

storeContract('PostgreSQL', async () => {
  const url = await cluster.database()
  const open = () => openPostgres({ url, poolSize: 6, clock: systemClock })
  const stores = [await open(), await open()] as const
  let last = stores[0]
  return {
    store: stores[0],
    peer: stores[1],
    reopen: async () => {
      await last.close()
      last = await open()
      return last
    },
    close: async () => {
      await last.close()
      await stores[1].close()
      await cluster.drop(url)
    },
  }
})
