import path from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { describe, expect, test } from 'vitest'
import { Secret } from '../../src/base/secret.ts'
import { Failed } from '../../src/core/errors.ts'
import type { Store } from '../../src/core/store.ts'
import { noteKey, verifyNote } from '../../src/register/checkpoint.ts'
import { exportRegister, readExport } from '../../src/register/export.ts'
import { observe, openNotary } from '../../src/register/notary.ts'
import { createRegisterReader } from '../../src/register/reader.ts'
import { sourceOf } from '../../src/register/source.ts'
import { treeRoot } from '../../src/register/tree.ts'
import { verifyRegister } from '../../src/register/verify.ts'
import { attempt, clock, folder, notice, openWhole, soon, stateKey } from './fixtures.ts'

const log = noteKey('chancery.example', new Secret(new Uint8Array(32).fill(3)))

async function leaseOf(store: Store, holder = 'one', milliseconds = 60_000) {
  const lease = await store.lease('notary', holder, milliseconds, soon())
  if (lease === undefined) throw new Error('the lease is taken')
  return lease
}

/** A register that counts how often leaves are read. */
async function opened() {
  const directory = await folder()
  const whole = await openWhole(directory)
  const notary = openNotary({ store: whole.store, noteKey: log, witness: whole.witness })
  const lease = await leaseOf(whole.store)
  return { ...whole, directory, notary, lease }
}

describe('the notary', () => {
  test('brings every stream into one tree, whose note verifies and whose leaves are the entries', async () => {
    const { store, writer, witness, notary, lease } = await opened()
    const other = await openWhole(await folder(), { store: { ...store, shared: true } })
    await Promise.all([writer.record(attempt(1), soon()), other.writer.record(attempt(2), soon())])
    expect(await notary.integrate(lease, soon())).toBeGreaterThan(3)
    await writer.record(attempt(3), soon())
    expect(await notary.integrate(lease, soon())).toBe(1)
    const checkpoint = await store.latestCheckpoint(soon())
    const { size = 0, root, note = '' } = checkpoint ?? {}
    expect(verifyNote(note, log)).toEqual({ size, root })
    expect(treeRoot(await store.leaves(0, size, soon()))).toBe(root)
    expect(witness.seen().checkpoint).toEqual(checkpoint)
    expect(await notary.integrate(lease, soon())).toBe(0)
  })

  test('a new one goes on where another stopped', async () => {
    const { store, writer, witness, notary, lease } = await opened()
    await notary.integrate(lease, soon())
    await writer.record(attempt(1), soon())
    const second = openNotary({ store, noteKey: log, witness })
    expect(await second.integrate(lease, soon())).toBe(1)
    await writer.record(attempt(2), soon())
    expect(await notary.integrate(lease, soon())).toBe(1)
    expect((await verifyRegister(sourceOf(store, clock), { noteKey: log })).findings).toEqual([])
  })

  test('a tree that takes longer to read than a run lasts is read in several runs', async () => {
    const { store, writer, witness, notary, lease } = await opened()
    for (let i = 0; i < 8; i++) await writer.record(attempt(i), soon())
    await notary.integrate(lease, soon())
    await writer.record(attempt(8), soon())
    let reads = 0
    const leaves: Store['leaves'] = async (from, to, deadline) => {
      if (++reads % 3 === 0) throw new Failed('store-unavailable', 'the deadline passed')
      return (await store.leaves(from, to, deadline)).slice(0, 2)
    }
    const slow = openNotary({ store: { ...store, leaves }, noteKey: log, witness })
    for (let run = 0; run < 2; run++) await expect(slow.integrate(lease, soon())).rejects.toThrow('deadline')
    expect(await slow.integrate(lease, soon())).toBe(1)
  })

  test('one that lost its lease writes nothing', async () => {
    const { store, writer, notary, lease } = await opened()
    await store.release(lease, soon())
    await leaseOf(store, 'two')
    await writer.record(attempt(1), soon())
    expect(await notary.integrate(lease, soon())).toBe(0)
    expect(await store.latestCheckpoint(soon())).toBeUndefined()
  })

  test('stopped between commit and note, the note is made at the next pass, over the same root', async () => {
    const { store, writer, witness, lease } = await opened()
    const stopping = { ...store, signCheckpoint: () => Promise.reject(new Failed('store-unavailable', 'stopped')) }
    await expect(openNotary({ store: stopping, noteKey: log, witness }).integrate(lease, soon())).rejects.toThrow(
      'stopped',
    )
    const committed = await store.latestCheckpoint(soon())
    expect(committed?.note).toBe('')
    await writer.record(attempt(1), soon())
    await openNotary({ store, noteKey: log, witness }).integrate(lease, soon())
    const [first, second] = await store.checkpoints(0, 10, soon())
    expect(first).toMatchObject({ size: committed?.size, root: committed?.root })
    expect(verifyNote(first?.note ?? '', log)).toMatchObject({ size: committed?.size })
    expect(verifyNote(second?.note ?? '', log)).toMatchObject({ size: second?.size })
  })

  test('never vouches for a segment that does not fit its entries', async () => {
    const { store, witness, lease } = await opened()
    const edited: Store = {
      ...store,
      entries: async (...call) => (await store.entries(...call)).map((entry) => ({ ...entry, body: `${entry.body} ` })),
    }
    const notary = openNotary({ store: edited, noteKey: log, witness })
    await expect(notary.integrate(lease, soon())).rejects.toMatchObject({ code: 'store-corrupt' })
    expect(await store.latestCheckpoint(soon())).toBeUndefined()
  })

  test('never passes over a segment that somebody emptied, the first of a pass neither', async () => {
    const { store, writer, witness, lease } = await opened()
    await writer.record(attempt(1), soon())
    const emptied: Store = {
      ...store,
      unintegrated: async (...call) =>
        (await store.unintegrated(...call)).map((segment, i) => (i === 0 ? { ...segment, count: 0 } : segment)),
      integrate: async () => {
        throw new Error('it was passed over')
      },
    }
    const notary = openNotary({ store: emptied, noteKey: log, witness })
    await expect(notary.integrate(lease, soon())).rejects.toMatchObject({ code: 'store-corrupt' })
  })

  test('does not go on from a tree that is not the one its checkpoint names', async () => {
    const { directory, store, writer, witness, notary, lease } = await opened()
    await notary.integrate(lease, soon())
    await writer.close()
    await store.close()
    const database = new DatabaseSync(path.join(directory, 'store.db'))
    database.exec('UPDATE checkpoint SET root = zeroblob(32)')
    database.close()
    const again = await openWhole(directory, { witness })
    const second = openNotary({ store: again.store, noteKey: log, witness })
    const renewed = await leaseOf(again.store)
    await expect(second.integrate(renewed, soon())).rejects.toThrow(/another root than its checkpoint/)
  })

  test('shows the witness no checkpoint of a store that lost what was witnessed', async () => {
    const { store, writer, witness, notary, lease } = await opened()
    await notary.integrate(lease, soon())
    const before = witness.seen().checkpoint
    await writer.record(attempt(1), soon())
    const forgetful: Store = { ...store, segmentHash: async () => undefined }
    await openNotary({ store: forgetful, noteKey: log, witness }).integrate(lease, soon())
    expect(witness.seen().checkpoint).toEqual(before)
  })

  test('every process keeps the checkpoint the one notary made', async () => {
    const { store, notary, lease } = await opened()
    const other = await openWhole(await folder(), { store: { ...store, shared: true } })
    await observe(other, soon())
    expect(other.witness.seen().checkpoint).toBeUndefined()
    await notary.integrate(lease, soon())
    await observe(other, soon())
    expect(other.witness.seen().checkpoint).toEqual(await store.latestCheckpoint(soon()))
  })

  test('a new stream begins at the newest checkpoint', async () => {
    const { store, notary, lease } = await opened()
    await notary.integrate(lease, soon())
    const { size, root } = (await store.latestCheckpoint(soon())) ?? {}
    const second = await openWhole(await folder(), { store: { ...store, shared: true } })
    const [entry] = await store.entries([{ stream: second.writer.head().stream, seq: 1 }], soon())
    expect(JSON.parse(entry?.body ?? '')).toMatchObject({ checkpoint: { size, root } })
  })
})

const methods = ['integrated', 'checkpoints', 'streams', 'guards', 'signatures', 'segments', 'leaves', 'state'] as const

/** A register that grows, and whose notary works, after each call of one method. */
async function growing(method: (typeof methods)[number]) {
  const { store, writer, notary, lease } = await opened()
  let nonce = 0
  const pass = async () => {
    await writer.record(attempt(++nonce), soon())
    await notary.integrate(lease, soon())
  }
  await pass()
  const source = sourceOf(store, clock)
  const original: ((...args: never[]) => Promise<unknown>) | undefined = source[method]
  const interrupted = async (...args: never[]) => {
    const answer = await original?.(...args)
    if (nonce < 20) await pass()
    return answer
  }
  return { ...source, [method]: interrupted }
}

describe.each(methods)('a register that grows while its %s are read', (method) => {
  test('is found well', async () => {
    expect((await verifyRegister(await growing(method), { noteKey: log })).findings).toEqual([])
  })

  test('is whole in an export', async () => {
    const lines: string[] = []
    for await (const line of exportRegister(await growing(method))) lines.push(line)
    expect((await verifyRegister(await readExport(lines), { noteKey: log })).findings).toEqual([])
  })
})

describe('reading', () => {
  test('the newest entries first, the newest signed checkpoint, and a verification', async () => {
    const { store, writer, witness, notary, lease } = await opened()
    const reader = createRegisterReader({ store, stateKey: stateKey(), noteKey: log, witness })
    expect(await reader.checkpoint(soon())).toBeUndefined()
    await writer.record(notice('one'), soon())
    await notary.integrate(lease, soon())
    const { entries, next } = await reader.tail({ limit: 1 }, soon())
    expect(entries[0]?.body).toContain('one')
    expect((await reader.tail({ limit: 1, ...(next && { after: next }) }, soon())).entries[0]?.body).toContain('change')
    expect(await reader.checkpoint(soon())).toEqual(witness.seen().checkpoint)
    expect(await reader.verify(soon())).toMatchObject({ findings: [] })
  })

  test('a checkpoint that is not signed yet is not shown', async () => {
    const { store, writer, witness, notary, lease } = await opened()
    await notary.integrate(lease, soon())
    const signed = await store.latestCheckpoint(soon())
    await writer.record(notice('one'), soon())
    const stopping = { ...store, signCheckpoint: () => Promise.reject(new Failed('store-unavailable', 'stopped')) }
    await expect(openNotary({ store: stopping, noteKey: log, witness }).integrate(lease, soon())).rejects.toThrow(
      'stopped',
    )
    const reader = createRegisterReader({ store, stateKey: stateKey(), noteKey: log, witness })
    expect(await reader.checkpoint(soon())).toEqual(signed)
  })
})

describe('an export', () => {
  async function exported(): Promise<string[]> {
    const { store, writer, notary, lease } = await opened()
    const first = attempt(1)
    await writer.record(first, soon())
    await writer.record(attempt(1, { ...(first.guards[0] && { replaces: first.guards[0].root }) }), soon())
    await notary.integrate(lease, soon())
    await writer.record(notice('after the checkpoint'), soon())
    const lines: string[] = []
    for await (const line of exportRegister(sourceOf(store, clock))) lines.push(line)
    return lines
  }

  test('verifies elsewhere as the store does here', async () => {
    const found = await verifyRegister(await readExport(await exported()), { noteKey: log, stateKey: stateKey() })
    expect(found.findings).toEqual([])
    expect(found.segments).toBeGreaterThan(4)
  })

  test('holds no state record and no signature', async () => {
    const text = (await exported()).join('')
    for (const name of ['sealed', 'createdAt', '"bytes"']) expect(text).not.toContain(name)
  })

  test.each<[string, (lines: string[]) => string[], RegExp]>([
    ['an edited entry', (lines) => lines.map((line) => line.replace('cli_1', 'cli_2')), /entry 0 was edited/],
    ['a segment cut out', (lines) => lines.filter((line) => !line.includes('"seq":3')), /does not follow segment 2/],
    ['a guard row', (lines) => lines.filter((line) => !line.startsWith('{"guard"')), /the row is gone/],
    [
      'a checkpoint',
      (lines) => lines.map((line) => line.replace(/("root":"0x)..../, '$10000')),
      /another root|another one|took it/,
    ],
  ])('shows an edit: %s', async (_what, edit, message) => {
    const { findings } = await verifyRegister(await readExport(edit(await exported())), { noteKey: log })
    expect(findings).toContainEqual(expect.stringMatching(message))
  })

  test.each([[[]], [['{}']], [['not json']], [['{"export":"chancery register","version":1}', '{"odd":1}']]])(
    'is refused when it is none: %j',
    async (lines) => {
      await expect(readExport(lines)).rejects.toMatchObject({ code: 'invalid-payload' })
    },
  )
})
