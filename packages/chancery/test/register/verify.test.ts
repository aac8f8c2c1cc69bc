import { copyFile } from 'node:fs/promises'
import path from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { describe, expect, test } from 'vitest'
import { sha256, toHex, type Hex } from '../../src/base/bytes.ts'
import { Secret } from '../../src/base/secret.ts'
import type { AttemptEntry } from '../../src/core/entries.ts'
import type { StoredSignature } from '../../src/core/payload.ts'
import { noteKey } from '../../src/register/checkpoint.ts'
import { openNotary } from '../../src/register/notary.ts'
import { sourceOf } from '../../src/register/source.ts'
import { verifyRegister, type VerifyOptions } from '../../src/register/verify.ts'
import { openWitness, type Witness } from '../../src/register/witness.ts'
import type { Writer } from '../../src/register/writer.ts'
import {
  attempt,
  clock,
  folder,
  keyRecord,
  openWhole,
  outcome,
  randomHash,
  soon,
  sqlite,
  stateKey,
} from './fixtures.ts'

const noteSeed = (): Secret => new Secret(new Uint8Array(32).fill(3))
const log = noteKey('chancery.example', noteSeed())

/** One signature from claim to outcome, kept as a randomised one is. */
async function signed(writer: Writer, nonce: number, epoch: number, replaces?: Hex): Promise<Hex> {
  const root = randomHash()
  const item = attempt(nonce, { epoch, root, ...(replaces && { replaces }) })
  expect(await writer.record(item, soon())).toMatchObject({ status: 'recorded' })
  const bytes = new Uint8Array(64).fill(nonce)
  const kept: StoredSignature = { publicKey: '0x02', payload: root, signature: { algorithm: 'secp256k1-ecdsa', bytes } }
  const made = { publicKey: '0x02' as const, payload: root, hash: toHex(sha256(bytes)) }
  const body = { kind: 'outcome' as const, attempt: item.id, signatures: [made] }
  await writer.record({ bodies: [body], guards: [], signs: false, signatures: [kept] }, soon())
  return root
}

/** A register with two streams, changes, signatures, a replacement and two checkpoints, closed. */
async function closedRegister() {
  const directory = await folder()
  const { state, store, writer, witness } = await openWhole(directory)
  const key = keyRecord()
  await state.change(
    { actor: 'cli_1', action: 'key.create', about: {}, puts: [{ kind: 'key', value: key, expect: 0 }] },
    soon(),
  )
  const first = await signed(writer, 1, 2)
  await integrate(directory, store, witness)
  await writer.close()
  const again = await openWhole(directory, { store, witness })
  await signed(again.writer, 1, 2, first)
  await signed(again.writer, 2, 2)
  await integrate(directory, store, witness)
  await signed(again.writer, 3, 2)
  await again.writer.close()
  await witness.close()
  await store.close()
  return directory
}

async function integrate(holder: string, store: Parameters<typeof sourceOf>[0], witness: Witness): Promise<number> {
  const lease = await store.lease('notary', holder, 60_000, soon())
  if (lease === undefined) throw new Error('the lease is taken')
  return openNotary({ store, noteKey: log, witness }).integrate(lease, soon())
}

async function findings(directory: string, options: VerifyOptions = {}): Promise<readonly string[]> {
  const store = await sqlite(path.join(directory, 'store.db'))
  const witness = await openWitness({ path: path.join(directory, 'witness') })
  const all = { stateKey: stateKey(), noteKey: log, witness: witness.seen(), ...options }
  const found = await verifyRegister(sourceOf(store, clock), all)
  await store.close()
  return found.findings
}

async function edited(sql: string, options: VerifyOptions = {}): Promise<readonly string[]> {
  const directory = await closedRegister()
  const database = new DatabaseSync(path.join(directory, 'store.db'))
  const { changes } = database.prepare(sql).run()
  database.close()
  expect(changes).toBeGreaterThan(0)
  return findings(directory, options)
}

describe('a register that was left alone', () => {
  test('verifies, in full', async () => {
    const directory = await closedRegister()
    const store = await sqlite(path.join(directory, 'store.db'))
    const found = await verifyRegister(sourceOf(store, clock), {
      stateKey: stateKey(),
      noteKey: log,
    })
    await store.close()
    expect(found.findings).toEqual([])
    expect(found.segments).toBeGreaterThan(8)
    expect(found.entries).toBeGreaterThanOrEqual(found.segments)
    expect(await findings(directory)).toEqual([])
  })

  test('verifies while it is written to', async () => {
    const { store, writer } = await openWhole(await folder())
    let nonce = 0
    const writing = new AbortController()
    const busy = (async () => {
      while (!writing.signal.aborted) {
        await Promise.all(Array.from({ length: 20 }, () => writer.record(attempt(nonce++), soon())))
      }
    })()
    for (let i = 0; i < 3; i++) {
      expect((await verifyRegister(sourceOf(store, clock), { stateKey: stateKey() })).findings).toEqual([])
    }
    writing.abort()
    await busy
  })
})

describe('a planted edit is found, and named', () => {
  const oneAttempt = `body LIKE '%"kind":"attempt"%' AND body LIKE '%"nonce":2%'`
  const headOf = (where: string): string => `(stream, seq) IN (SELECT stream, seq FROM entry WHERE ${where})`

  test.each<[string, string, RegExp]>([
    [
      'the body of an entry',
      `UPDATE entry SET body = replace(body, 'cli_1', 'cli_2') WHERE ${oneAttempt}`,
      /^segment str_\w+\/\d+: entry 0 was edited$/,
    ],
    [
      'a leaf',
      `UPDATE entry SET leaf = zeroblob(32) WHERE ${oneAttempt}`,
      /^segment str_\w+\/\d+: its hash does not match its entries$/,
    ],
    [
      'a segment cut out',
      `DELETE FROM segment WHERE ${headOf(oneAttempt)}`,
      /^segment str_\w+\/\d+: does not follow segment \d+$/,
    ],
    [
      'the first segment of a stream',
      'DELETE FROM segment WHERE seq = 1',
      /does not follow the beginning of its stream/,
    ],
    ['an entry taken away', `DELETE FROM entry WHERE ${oneAttempt}`, /has 0 entries and says 1/],
    [
      'the time of a segment',
      `UPDATE segment SET time = time + 1 WHERE ${headOf(oneAttempt)}`,
      /its hash does not match its entries/,
    ],
    [
      'the signature of a segment',
      `UPDATE segment SET mac = zeroblob(64) WHERE ${headOf(oneAttempt)}`,
      /its signature is not by its stream's key/,
    ],
    [
      'the root of a guard row',
      "UPDATE guard SET root = zeroblob(32) WHERE item = x'0000000000000002'",
      /^guard nonce 0x0000000000000002 of .*: segment str_\w+\/\d+ took it for 0x\w+, the row holds 0x0000/,
    ],
    [
      'a guard row without an entry',
      "INSERT INTO guard VALUES ('nonce', 'other', x'01', zeroblob(32), 'str_0', 1)",
      /^guard nonce 0x01 of other: segment str_0\/1 holds no entry/,
    ],
    [
      'a guard row taken away',
      "DELETE FROM guard WHERE item = x'0000000000000002'",
      /^guard nonce .*: segment .* took it, and the row is gone/,
    ],
    [
      'a state record',
      "UPDATE state_record SET body = replace(body, 'enabled', 'disabled') WHERE kind = 'key'",
      /^state record key key_\w+: not what its last change put there$/,
    ],
    [
      'a state record taken away',
      "DELETE FROM state_record WHERE kind = 'key'",
      /^state record key key_\w+: a change put it there, and it is gone$/,
    ],
    [
      'the fence',
      'UPDATE fence SET halted = 1',
      /^fence: segment str_\w+\/\d+ says otherwise whether signing is halted$/,
    ],
    [
      'a checkpoint',
      'UPDATE checkpoint SET root = zeroblob(32) WHERE size = (SELECT min(size) FROM checkpoint)',
      /^checkpoint \d+: the tree has another root$/,
    ],
    [
      'a note',
      "UPDATE checkpoint_note SET note = replace(note, 'chancery', 'chancerx')",
      /^checkpoint \d+: its note is not by the log's key$/,
    ],
    [
      'a note taken away',
      'DELETE FROM checkpoint_note WHERE size = (SELECT min(size) FROM checkpoint)',
      /^checkpoint \d+: it was never signed$/,
    ],
    ['the order of the tree', 'DELETE FROM integrated WHERE idx = 0', /^segment str_\w+\/2: follows 0 in the tree$/],
    [
      'the bytes of a kept signature',
      'UPDATE signature SET bytes = zeroblob(64)',
      /^signature 0x02 0x\w+: no outcome names these bytes$/,
    ],
    [
      'a kept signature nobody asked for',
      "INSERT INTO signature VALUES (x'02', zeroblob(32), 'secp256k1-ecdsa', zeroblob(64), NULL)",
      /^signature 0x02 0x0+: no attempt names it$/,
    ],
    [
      'the predecessor of a segment',
      'UPDATE segment SET prev = zeroblob(32) WHERE seq = 2',
      /does not name the hash of the segment before it$/,
    ],
    ['the epoch of a segment', 'UPDATE segment SET epoch = 0 WHERE seq = 4', /is of epoch 0, after epoch 2$/],
    [
      'a checkpoint taken away',
      'DELETE FROM checkpoint WHERE size = (SELECT min(size) FROM checkpoint)',
      /^stream str_\w+: began at checkpoint \d+, which is missing or another one$/,
    ],
    [
      'where a stream began',
      'UPDATE segment SET prev = zeroblob(32) WHERE seq = 1',
      /does not name the checkpoint it began at$/,
    ],
    [
      'the tail of an earlier stream',
      `DELETE FROM segment WHERE seq = 5 AND stream = (SELECT min(stream) FROM segment)`,
      /\/1: began after segment str_\w+\/5, which is missing or another one$/,
    ],
    [
      'a change cut out',
      "DELETE FROM entry WHERE body LIKE '%installation.create%'",
      /its change makes epoch 2, not 1$/,
    ],
    [
      'the MAC of a state record',
      "UPDATE state_record SET mac = zeroblob(32) WHERE kind = 'key'",
      /^state: The record key key_\w+ was not written with this state key$/,
    ],
    [
      'a record with what the service never writes',
      `UPDATE state_record SET body = '{"epoch":1.5}' WHERE kind = 'key'`,
      /^state record key key_\w+: not what its last change put there$/,
    ],
    [
      'a stream entry with what the service never writes',
      `UPDATE entry SET body = replace(body, '"kind"', '"odd":1.5,"kind"') WHERE seq = 1`,
      /not opened by a holder of the state key$/,
    ],
    ['the fence taken away', 'DELETE FROM fence', /^fence: it is missing, and the register holds changes$/],
  ])('%s', async (_what, sql, message) => {
    expect(await edited(sql)).toContainEqual(expect.stringMatching(message))
  })

  test('it never stops at the first', async () => {
    const sql = `UPDATE entry SET body = replace(body, 'cli_1', 'cli_2') WHERE body LIKE '%"kind":"attempt"%'`
    expect((await edited(sql)).filter((finding) => finding.includes('was edited')).length).toBeGreaterThan(2)
  })

  test('a stream opened by someone without the state key', async () => {
    const directory = await closedRegister()
    expect(await findings(directory, { stateKey: new Secret(new Uint8Array(32)) })).toContainEqual(
      expect.stringMatching(/the stream was not opened by a holder of the state key/),
    )
  })

  test('a tail cut off below the witness', async () => {
    const directory = await closedRegister()
    const database = new DatabaseSync(path.join(directory, 'store.db'))
    // The last outcome, its attempt and all they left: nothing inside the store misses them.
    database.exec(`
      DELETE FROM signature WHERE bytes = x'${'03'.repeat(64)}';
      DELETE FROM guard WHERE item = x'0000000000000003';
      CREATE TEMP TABLE tail AS SELECT stream, max(seq) - 1 AS seq FROM segment
        WHERE stream = (SELECT max(stream) FROM segment);
      DELETE FROM entry WHERE stream = (SELECT stream FROM tail) AND seq >= (SELECT seq FROM tail);
      DELETE FROM segment WHERE stream = (SELECT stream FROM tail) AND seq >= (SELECT seq FROM tail);`)
    database.close()
    expect(await findings(directory, { witness: {} })).toEqual([])
    expect(await findings(directory)).toEqual([expect.stringMatching(/^witness: segment str_\w+\/\d+ was witnessed/)])
  })

  test('an older copy of the whole store', async () => {
    const directory = await folder()
    const { store, writer, witness } = await openWhole(directory)
    await integrate(directory, store, witness)
    await store.backup(path.join(directory, 'copy.db'), soon())
    await signed(writer, 1, 1)
    await integrate(directory, store, witness)
    await writer.close()
    await witness.close()
    await store.close()
    await copyFile(path.join(directory, 'copy.db'), path.join(directory, 'store.db'))
    expect(await findings(directory)).toEqual([
      expect.stringMatching(/^witness: segment/),
      expect.stringMatching(/^witness: checkpoint/),
    ])
  })
})

describe('outcomes', () => {
  test('without an attempt, or for what the attempt does not name', async () => {
    const { store, writer } = await openWhole(await folder())
    const item = attempt(1)
    await writer.record(item, soon())
    await writer.record(outcome(item.id, randomHash()), soon())
    await writer.record(outcome('att_nobody', randomHash()), soon())
    const { findings: found } = await verifyRegister(sourceOf(store, clock))
    expect(found).toEqual([
      expect.stringMatching(/the outcome of att_\w+ signed 0x02 0x\w+, which its attempt does not name/),
      expect.stringMatching(/the outcome of att_nobody has no earlier attempt/),
    ])
  })

  test('before its attempt', async () => {
    const { store, writer } = await openWhole(await folder())
    const item = attempt(1)
    const [entry] = item.bodies as readonly AttemptEntry[]
    await writer.record(outcome(item.id, entry?.payloads[0] ?? '0x'), soon())
    await writer.record(item, soon())
    const { findings: found } = await verifyRegister(sourceOf(store, clock))
    expect(found).toEqual([expect.stringMatching(/has no earlier attempt/)])
  })
})
