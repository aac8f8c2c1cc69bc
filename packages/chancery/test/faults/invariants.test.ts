/** The program that judges every fault run is judged first: it must pass an honest run and name each planted violation. */
import { spawnSync } from 'node:child_process'
import { copyFile, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { entryDuty, type DutyClaim } from '../../src/core/claim.ts'
import { Secret } from '../../src/base/secret.ts'
import { noteKey } from '../../src/register/checkpoint.ts'
import { openNotary } from '../../src/register/notary.ts'
import { attestation, block, hash, validator } from '../contract/store/writer.ts'
import { raising, signing } from '../register/fixtures.ts'
import { checkInvariants } from './invariants/check.ts'
import { readBackendLog, type Sign } from './invariants/backend-log.ts'
import { readClientLog, type ClientLine } from './invariants/client-log.ts'
import type { Evidence } from './invariants/finding.ts'
import { payloadHashOf } from './invariants/released.ts'
import { readStore, type Copy } from './invariants/store-copy.ts'
import { startRun, type SigningRun } from './signing-run.ts'

let folder: string
let run: SigningRun
let honest: Evidence

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'chancery-invariants-'))
  run = await startRun(folder)
  const { kms, sealed } = run.keys
  for (const nonce of [0, 1, 1, 2]) {
    await run.sign(kms, nonce, { idempotency: `kms ${nonce}` })
    await run.sign(sealed, nonce)
  }
  await run.sign(kms, 2, { value: '6' })
  await run.sign(sealed, 9, { by: run.stranger })
  await validate()
  await integrate()
  await run.close()
  honest = {
    clients: run.files.clients.flatMap(readClientLog),
    signs: run.files.backends.flatMap(readBackendLog),
    store: readStore(run.files.store),
    witness: [],
    skew: 0,
  }
})

afterAll(() => rm(folder, { recursive: true, force: true }))

const [one, two] = [validator('a'), validator('b')]

/** What a validator does, as far as the store and its register see it. */
async function validate(): Promise<void> {
  const { writer, operator } = run.house
  for (const item of [
    signing(block(5, 'x')),
    signing(attestation(1, 2, 'x')),
    signing(attestation(2, 3, 'y')),
    signing(attestation(2, 3, 'y')),
    raising({ scope: two, block: { slot: 9n, root: hash('x') }, attestation: { source: 1n, target: 4n } }),
    signing(attestation(1, 5, 'x', two), block(10, 'x', two)),
  ]) {
    const { epoch: _, ...undecided } = item
    const { status } = await writer.record(undecided, operator().deadline)
    if (status !== 'recorded') throw new Error(`a duty was ${status}`)
  }
}

async function integrate(): Promise<void> {
  const { store, witness, operator } = run.house
  const key = noteKey('test', new Secret(new Uint8Array(32).fill(3)))
  const lease = await store.lease('notary', 'test', 5_000, operator().deadline)
  if (lease === undefined) throw new Error('no lease')
  await openNotary({ store, noteKey: key, witness }).integrate(lease, operator().deadline)
}

const names = (evidence: Evidence) => checkInvariants(evidence).findings.map(({ name }) => name)
const release = (): ClientLine => {
  const found = honest.clients.find(({ nonce, response }) => nonce === '1' && response !== undefined)
  if (found === undefined) throw new Error('nothing was released')
  return found
}
const aSign = (): Sign => {
  const [found] = honest.signs
  if (found === undefined) throw new Error('nothing was signed')
  return found
}
const other = `0x${'ab'.repeat(32)}`

test('an honest run passes, in the program too', () => {
  expect(run.check().findings).toEqual([])
  const { counts } = run.check()
  expect(counts).toMatchObject({ answers: 10, releases: 8, signs: 4 })
  expect(counts).toMatchObject({ guards: 6, windows: 2 })
  const ended = program(run.files.store)
  expect(ended.stdout).toMatch(/^invariants: hold over 10 answers, 8 releases/)
  expect(ended.status).toBe(0)
})

describe('planted in the logs', () => {
  const planted: readonly [string, () => Partial<Evidence>][] = [
    ['two-roots-released', () => ({ clients: [...honest.clients, { ...release(), payload: other }] })],
    ['payload-two-signatures', () => ({ clients: [...honest.clients, { ...release(), response: '0x02ff' }] })],
    ['release-without-earlier-attempt', () => ({ clients: [{ ...release(), payload: other, nonce: '77' }] })],
    ['release-without-earlier-attempt', () => ({ clients: [{ ...release(), time: '2000-01-01T00:00:00.000Z' }] })],
    ['sign-without-earlier-attempt', () => ({ signs: [{ ...aSign(), payloadHash: other }] })],
    ['sign-without-earlier-attempt', () => ({ signs: [{ ...aSign(), time: '2000-01-01T00:00:00.000Z' }] })],
    ['idempotency-key-two-answers', () => ({ clients: [named('0x02aa'), named('0x02bb')] })],
    ['idempotency-key-made-two', () => ({ clients: ['txn_a', 'txn_b'].map((made) => ({ ...named('0x02'), made })) })],
    ['ungranted-release', () => ({ clients: [{ ...release(), granted: false }] })],
    ['ungranted-sign', () => ({ clients: [{ ...aRelease(), granted: false }] })],
    ['ungranted-attempt', () => ({ clients: [{ ...release(), granted: false }] })],
  ]
  test.each(planted)('%s', (name, change) => {
    expect(names({ ...honest, ...change() })).toContain(name)
  })

  const named = (response: string): ClientLine => ({ ...release(), idempotency: 'twice', response })
  const aRelease = (): ClientLine => {
    const signed = new Set(honest.signs.map(({ payloadHash }) => payloadHash))
    const found = honest.clients.find(({ payload }) => payload !== undefined && signed.has(payloadHashOf(payload)))
    if (found === undefined) throw new Error('the KMS key released nothing')
    return found
  }
})

describe('planted among what validators signed', () => {
  const duties = (...more: readonly DutyClaim[]) => {
    const [attempt] = honest.store.attempts.filter((each) => each.duties.length > 0)
    if (attempt === undefined) throw new Error('no attempt has a duty')
    const planted = { ...attempt, id: 'att_planted', duties: more.map(entryDuty) }
    return names({ ...honest, store: { ...honest.store, attempts: [...honest.store.attempts, planted] } })
  }
  test.each<readonly [string, DutyClaim]>([
    ['two-blocks-of-a-slot', block(5, 'other')],
    ['two-votes-of-a-target', attestation(1, 2, 'other')],
    ['two-votes-of-a-target', attestation(2, 3, 'other')],
    ['surround-pair', attestation(0, 4, 'z')],
    ['surround-pair', attestation(0, 6, 'z', two)],
  ])('%s: %o', (name, duty) => {
    expect(duties(duty)).toContain(name)
  })

  test('nothing where a vote only follows', () => {
    expect(duties(attestation(2, 4, 'z'), attestation(3, 9, 'z'), block(6, 'z'))).toEqual([])
  })

  const vote = (source: number, target: number, payload: string): ClientLine => {
    const { nonce: _, ...line } = release()
    return { ...line, key: one, source: `${source}`, target: `${target}`, payload, response: payload }
  }
  test('in the logs of clients', () => {
    const of = (...clients: readonly ClientLine[]) => names({ ...honest, clients })
    expect(of(vote(1, 4, '0x01'), vote(2, 3, '0x02'))).toContain('surround-pair')
    expect(of(vote(1, 4, '0x01'), vote(2, 4, '0x02'))).toContain('two-votes-of-a-target')
    expect(of(vote(1, 4, '0x01'), vote(1, 4, '0x01'), vote(4, 5, '0x02'))).not.toContain('two-votes-of-a-target')
    const block1 = { ...vote(0, 0, '0x01'), slot: '7' }
    expect(of(block1, { ...block1, payload: '0x03' })).toContain('two-blocks-of-a-slot')
  })
})

describe('planted among what was recorded', () => {
  test('two-roots-signed', () => {
    const [attempt] = honest.store.attempts.filter(({ guards }) => guards.length > 0)
    if (attempt === undefined) throw new Error('no attempt takes a nonce')
    const guards = attempt.guards.map((guard) => ({ ...guard, root: other }))
    const attempts = [...honest.store.attempts, { ...attempt, guards, payloads: [other] }]
    const signs = [...honest.signs, { ...aSign(), payloadHash: other }]
    const clients = honest.clients
    expect(names({ ...honest, clients, signs, store: { ...honest.store, attempts } })).toContain('two-roots-signed')
  })

  test('attempts-of-one-payload-differ', () => {
    const attempts = honest.store.attempts.flatMap((attempt) => [attempt, { ...attempt, guards: [] }])
    expect(names({ ...honest, store: { ...honest.store, attempts } })).toContain('attempts-of-one-payload-differ')
  })
})

describe('planted in the store', () => {
  const planted: readonly [string, string][] = [
    ['entry-edited', `UPDATE entry SET body = replace(body, '"client":"', '"client":"x') WHERE body LIKE '%attempt%'`],
    ['segment-missing-before', 'DELETE FROM segment WHERE seq = 2'],
    ['entry-without-segment', 'DELETE FROM segment WHERE seq = 2'],
    ['segment-hash-wrong', 'UPDATE segment SET time = time + 1 WHERE seq = 3'],
    ['segment-signature-wrong', 'UPDATE segment SET mac = zeroblob(64) WHERE seq = 3'],
    ['segment-prev-wrong', 'UPDATE segment SET prev = zeroblob(32) WHERE seq = 3'],
    ['guard-differs', 'UPDATE guard SET root = zeroblob(32)'],
    ['guard-missing', 'DELETE FROM guard'],
    ['guard-differs', `INSERT INTO guard SELECT kind, 'eip155:1 0x', item, root, stream, seq FROM guard LIMIT 1`],
    ['window-exceeded', `UPDATE window_use SET amount = '1000000'`],
    ['window-total-wrong', `UPDATE window_use SET amount = '6' WHERE root = (SELECT min(root) FROM window_use)`],
    ['window-total-wrong', `UPDATE window_total SET total = '16'`],
    ['window-total-wrong', 'DELETE FROM window_total'],
    ['window-use-differs', `UPDATE window_use SET amount = '4'`],
    ['window-use-differs', 'UPDATE window_use SET root = zeroblob(32) WHERE root = (SELECT min(root) FROM window_use)'],
    ['window-use-missing', 'DELETE FROM window_use'],
    ['watermark-fell', `UPDATE protection SET slot = x'0000000000000004' WHERE slot = x'0000000000000005'`],
    ['watermark-fell', 'UPDATE protection SET source = zeroblob(8)'],
    ['watermark-fell', 'UPDATE protection SET target = NULL, source = NULL'],
    ['watermark-fell', 'DELETE FROM protection'],
    ['protection-differs', `UPDATE protection SET target = x'00000000000000ff'`],
    ['protection-differs', 'UPDATE protection SET attestation_root = zeroblob(32)'],
    ['protection-differs', 'UPDATE protection SET block_root = NULL'],
    [
      'protection-differs',
      `INSERT INTO protection SELECT 'x', validator, slot, NULL, NULL, NULL, NULL FROM protection LIMIT 1`,
    ],
    ['random-signature-not-kept', 'DELETE FROM signature'],
    [
      'signature-without-attempt',
      'UPDATE signature SET payload = zeroblob(32) WHERE payload = (SELECT max(payload) FROM signature)',
    ],
    ['checkpoint-root-wrong', 'UPDATE checkpoint SET root = zeroblob(32)'],
    ['tree-skips-a-segment', 'DELETE FROM integrated WHERE idx = 2'],
    ['request-without-attempt', `UPDATE idempotency SET made = 'att_0'`],
    ['outcome-without-attempt', `DELETE FROM entry WHERE body LIKE '%"kind":"attempt"%'`],
  ]
  test.each(planted)('%s: %s', async (name, sql) => {
    const found = await edited(sql)
    expect(found.findings.map((one) => one.name)).toContain(name)
  })

  test('an older copy than the witness', async () => {
    const found = await edited('DELETE FROM segment WHERE seq = (SELECT max(seq) FROM segment)')
    expect(found.findings.map((one) => one.name)).toContain('witnessed-segment-gone')
  })

  test('a checkpoint that was witnessed and is gone', async () => {
    const found = await edited('DELETE FROM checkpoint')
    expect(found.findings.map((one) => one.name)).toContain('witnessed-checkpoint-gone')
  })

  test('ends the program with a status and names', async () => {
    const ended = program(await editedCopy('DELETE FROM guard'))
    expect(ended.stdout).toMatch(/^I3 guard-missing: nonce eip155:31337/)
    expect(ended.status).toBe(1)
  })
})

let copies = 0

async function editedCopy(sql: string): Promise<string> {
  const path = join(folder, `edited-${copies++}.sqlite`)
  await copyFile(run.files.store, path)
  const db = new DatabaseSync(path)
  db.exec(sql)
  db.close()
  return path
}

async function edited(sql: string) {
  return run.check({ store: await editedCopy(sql) })
}

function program(store: string) {
  const [clients = '', backend = ''] = [...run.files.clients, ...run.files.backends]
  const path = fileURLToPath(new URL('./check-invariants.ts', import.meta.url))
  const args = ['--store', store, '--witness', join(folder, 'witness'), '--clients', clients, '--backend', backend]
  return spawnSync(process.execPath, [path, ...args], { encoding: 'utf8' })
}

test('a log whose last line was cut off by a kill is read up to it', async () => {
  const path = join(folder, 'torn.jsonl')
  await writeFile(path, `${JSON.stringify({ ...release() })}\n{"time":"20`)
  expect(readClientLog(path)).toHaveLength(1)
})

test('an empty store has nothing to find', () => {
  const none: Copy = {
    segments: [],
    entries: [],
    guards: [],
    uses: [],
    totals: [],
    protection: [],
    attempts: [],
    signatures: [],
    integrated: [],
    checkpoints: [],
    idempotency: [],
  }
  expect(checkInvariants({ clients: [], signs: [], store: none, witness: [], skew: 0 }).findings).toEqual([])
})
