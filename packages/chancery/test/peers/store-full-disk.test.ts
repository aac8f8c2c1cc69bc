/** A disk that really is full: a tmpfs of a few megabytes, which only root may mount. */
import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, describe, expect, test } from 'vitest'
import { systemClock } from '../../src/base/clock.ts'
import { openSqlite } from '../../src/store/sqlite/open.ts'
import { begin, entry, item, soon } from '../contract/store/writer.ts'

const disk = mkdtempSync(join(tmpdir(), 'chancery-full-disk-'))
const mounted = spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=4m', 'tmpfs', disk]).status === 0

afterEach(() => {
  if (mounted) spawnSync('umount', [disk])
  rmSync(disk, { recursive: true, force: true })
})

describe('a full disk', () => {
  test('is an answer of its own, and the store goes on once there is room', async ({ skip }) => {
    if (!mounted) skip('mounting a tmpfs needs root')
    const ballast = join(disk, 'ballast')
    writeFileSync(ballast, Buffer.alloc(1 << 20))
    const store = await openSqlite({ path: join(disk, 'data', 'chancery.db'), clock: systemClock })
    const writer = await begin(store)
    const large = (n: number) => [item({ entries: [entry({ n, body: 'b'.repeat(100_000) })] })]
    const failures: unknown[] = []
    for (let n = 0; n < 100 && failures.length === 0; n++) {
      await writer.commit(store, large(n)).catch((error: unknown) => failures.push(error))
    }
    expect(failures).toMatchObject([{ name: 'Failed', code: 'disk-full' }])
    expect(await store.segmentHash({ stream: writer.stream, seq: writer.seq + 1 }, soon())).toBeUndefined()
    rmSync(ballast)
    expect(await writer.commit(store, large(1_000))).toMatchObject({ status: 'committed' })
    expect(await store.streams(soon())).toMatchObject([{ seq: writer.seq, hash: writer.prev }])
    await store.close()
  })
})
