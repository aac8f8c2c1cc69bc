import { rmSync } from 'node:fs'
import { join } from 'node:path'
import { systemClock } from '../../src/base/clock.ts'
import { openSqlite } from '../../src/store/sqlite/open.ts'
import { storeContract } from '../contract/store.ts'
import { scratchDirectory } from './scratch.ts'

storeContract('SQLite', async () => {
  const directory = scratchDirectory()
  const open = () => openSqlite({ path: join(directory, 'chancery.db'), clock: systemClock })
  const opened = { store: await open(), last: undefined as Awaited<ReturnType<typeof open>> | undefined }
  return {
    store: opened.store,
    reopen: async () => {
      await opened.store.close()
      opened.last = await open()
      return opened.last
    },
    close: async () => {
      await (opened.last ?? opened.store).close()
      rmSync(directory, { recursive: true })
    },
  }
})
