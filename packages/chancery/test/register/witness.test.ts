import { copyFile, readFile, rm, stat, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { describe, expect, test } from 'vitest'
import { openWitness, type Witness } from '../../src/register/witness.ts'
import { attempt, folder, notice, openRegister, openWhole, randomHash, soon } from './fixtures.ts'

const by = { actor: 'operator', reason: 'restored from a backup' }

async function closeAll({ writer, witness, store }: Awaited<ReturnType<typeof openRegister>>): Promise<void> {
  await writer.close()
  await witness.close()
  await store.close()
}

/** A register that was used, backed up, used again, closed, and set back to the backup. */
async function setBack(): Promise<string> {
  const directory = await folder()
  const opened = await openWhole(directory)
  await opened.writer.record(attempt(1), soon())
  await opened.store.backup(path.join(directory, 'copy.db'), soon())
  await opened.writer.record(attempt(2), soon())
  await closeAll(opened)
  await copyFile(path.join(directory, 'copy.db'), path.join(directory, 'store.db'))
  return directory
}

describe('a store behind its witness', () => {
  test('an untouched one is not behind, start after start', async () => {
    const directory = await folder()
    await closeAll(await openWhole(directory))
    for (let i = 0; i < 2; i++) {
      const opened = await openWhole(directory)
      expect(opened.writer.status().behind).toBeUndefined()
      expect(await opened.writer.record(attempt(i), soon())).toMatchObject({ status: 'recorded' })
      await closeAll(opened)
    }
  })

  test('signs nothing, and records what is not signing', async () => {
    const { writer } = await openWhole(await setBack())
    expect(writer.status().behind).toMatch(/^segment str_\w+\/\d+ was witnessed and is missing/)
    await expect(writer.record(attempt(3), soon())).rejects.toMatchObject({ code: 'behind-witness' })
    expect(await writer.record(notice('a change'), soon())).toMatchObject({ status: 'recorded' })
  })

  test('is behind at the next start too, until the gap is accepted', async () => {
    const directory = await setBack()
    for (let i = 0; i < 2; i++) {
      const opened = await openWhole(directory)
      await opened.writer.record(notice('at work'), soon())
      expect(opened.writer.status().behind).toBeDefined()
      await closeAll(opened)
    }
  })

  test('signs again once an administrator accepted the gap on record', async () => {
    const directory = await setBack()
    const opened = await openWhole(directory)
    await opened.writer.acceptGap(by, soon())
    const { entries } = await opened.store.latestEntries({ limit: 1 }, soon())
    const behind = expect.stringMatching(/was witnessed/)
    expect(JSON.parse(entries[0]?.body ?? '')).toMatchObject({ kind: 'gap-accepted', ...by, behind })
    expect(await opened.writer.record(attempt(3), soon())).toMatchObject({ status: 'recorded' })
    await closeAll(opened)
    expect((await openWhole(directory)).writer.status().behind).toBeUndefined()
  })

  test('an empty store is behind a witness that saw anything', async () => {
    const directory = await folder()
    await closeAll(await openWhole(directory))
    await rm(path.join(directory, 'store.db'))
    expect((await openRegister(directory)).writer.status().behind).toMatch(/missing from the store/)
  })

  test('one with a history and no witness at all is behind, until the gap is accepted', async () => {
    const directory = await folder()
    await closeAll(await openWhole(directory))
    const forget = () => Promise.all(['witness', 'witness.head'].map((name) => rm(path.join(directory, name))))
    await forget()
    for (let i = 0; i < 2; i++) {
      const opened = await openWhole(directory)
      await expect(opened.writer.record(attempt(1), soon())).rejects.toMatchObject({ code: 'behind-witness' })
      await closeAll(opened)
    }
    const accepting = await openWhole(directory)
    await accepting.writer.acceptGap(by, soon())
    expect(await accepting.writer.record(attempt(1), soon())).toMatchObject({ status: 'recorded' })
    await closeAll(accepting)
    expect((await openWhole(directory)).writer.status().behind).toBeUndefined()
  })

  test('one that several processes share begins with nothing seen in each of them', async () => {
    const { store } = await openWhole(await folder())
    const second = await openWhole(await folder(), { store: { ...store, shared: true } })
    expect(second.writer.status().behind).toBeUndefined()
  })

  test('a missing or another checkpoint is noticed without a head', async () => {
    const directory = await folder()
    const opened = await openWhole(directory)
    const unseen: Witness = { ...witnessing(), seen: () => ({ checkpoint: { size: 3, root: randomHash(), note: '' } }) }
    const second = await openRegister(await folder(), { store: opened.store, witness: unseen })
    expect(second.writer.status().behind).toMatch(/^checkpoint 3 was witnessed/)
  })
})

/** Sees nothing and keeps nothing. */
function witnessing(): Witness {
  return {
    seen: () => ({}),
    acknowledge: () => {},
    startAnew: async () => {},
    keep: () => {},
    sync: async () => {},
    persist: async () => {},
    close: async () => {},
  }
}

describe('the witness file', () => {
  test('has the head before anyone is answered, for whoever comes after a kill', async () => {
    const directory = await folder()
    const { writer } = await openWhole(directory)
    await writer.record(attempt(1), soon())
    const seen = await openWitness({ path: path.join(directory, 'witness') })
    expect(seen.seen().head).toEqual(writer.head())
  })

  test('that cannot be written lets nothing be answered as recorded', async () => {
    const full = (): never => {
      throw new Error('ENOSPC')
    }
    let works = true
    const failing: Witness = { ...witnessing(), acknowledge: () => (works ? undefined : full()) }
    const { writer } = await openWhole(await folder(), { witness: failing })
    works = false
    await expect(writer.record(attempt(1), soon())).rejects.toMatchObject({ code: 'in-doubt' })
  })

  test('is for its owner alone', async () => {
    const directory = await folder()
    const opened = await openWhole(directory)
    await closeAll(opened)
    for (const name of ['witness', 'witness.head']) {
      expect((await stat(path.join(directory, name))).mode & 0o777).toBe(0o600)
    }
  })

  test('damaged, is a fault and not an absence', async () => {
    const directory = await folder()
    await closeAll(await openWhole(directory))
    const file = path.join(directory, 'witness')
    await writeFile(file, (await readFile(file, 'utf8')).replace('"seq":', '"seq":1'))
    await expect(openWitness({ path: file })).rejects.toMatchObject({ code: 'store-corrupt' })
  })

  test('with a torn head, falls back to what was last written whole', async () => {
    const directory = await folder()
    const { writer, witness } = await openWhole(directory)
    await witness.persist()
    const whole = writer.head()
    await writer.record(attempt(1), soon())
    const file = path.join(directory, 'witness')
    await writeFile(`${file}.head`, (await readFile(`${file}.head`, 'utf8')).slice(0, 100))
    expect((await openWitness({ path: file })).seen().head).toEqual(whole)
  })

  test('keeps the largest checkpoint', async () => {
    const file = path.join(await folder(), 'witness')
    const witness = await openWitness({ path: file })
    const checkpoint = { size: 8, root: randomHash(), note: 'a note' }
    witness.keep(checkpoint)
    witness.keep({ ...checkpoint, size: 7 })
    await witness.persist()
    expect((await openWitness({ path: file })).seen().checkpoint).toEqual(checkpoint)
  })
})

describe('the stream', () => {
  test('names the head its process had before, so that no tail can be cut between two starts', async () => {
    const directory = await folder()
    const first = await openWhole(directory)
    await first.writer.record(attempt(1), soon())
    const head = first.writer.head()
    await closeAll(first)
    const second = await openRegister(directory)
    const { stream } = second.writer.head()
    const [entry] = await second.store.entries([{ stream, seq: 1 }], soon())
    expect(JSON.parse(entry?.body ?? '')).toMatchObject({ kind: 'stream', stream, binary: 'test', after: head })
  })
})
