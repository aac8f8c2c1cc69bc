/** A Web3Signer's own tables, as its migrations leave them, in a real PostgreSQL; taken over by a real service. */
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { knownNetworks } from '../../src/chains/consensus/known-networks.ts'
import { chancery } from '../cli/terminal.ts'
import { query, startCluster, type Cluster } from '../store/postgres-cluster.ts'
import { serve, type ServiceProcess } from './service-process.ts'

/** V00001 to V00012, without indexes and triggers. */
const schema = `
  CREATE TABLE validators (id BIGSERIAL PRIMARY KEY, public_key BYTEA NOT NULL UNIQUE, enabled BOOLEAN NOT NULL DEFAULT TRUE);
  CREATE TABLE signed_blocks (validator_id BIGINT NOT NULL REFERENCES validators (id), slot NUMERIC(20) NOT NULL,
    signing_root BYTEA);
  CREATE TABLE signed_attestations (validator_id BIGINT NOT NULL REFERENCES validators (id), signing_root BYTEA,
    source_epoch NUMERIC(20) NOT NULL, target_epoch NUMERIC(20) NOT NULL);
  CREATE TABLE low_watermarks (validator_id BIGINT PRIMARY KEY REFERENCES validators (id), slot NUMERIC(20),
    target_epoch NUMERIC(20), source_epoch NUMERIC(20),
    CHECK ((target_epoch IS NULL AND source_epoch IS NULL) OR (target_epoch IS NOT NULL AND source_epoch IS NOT NULL)));
  CREATE TABLE metadata (id INTEGER PRIMARY KEY CHECK (id = 1), genesis_validators_root BYTEA NOT NULL,
    high_watermark_epoch NUMERIC(20), high_watermark_slot NUMERIC(20));
  CREATE TABLE database_version (id INTEGER PRIMARY KEY, version INTEGER NOT NULL);`

const hoodi = knownNetworks['hoodi']?.genesisValidatorsRoot.slice(2) ?? ''
const key = (number: number) => number.toString(16).padStart(96, '0')
const root = 'ab'.repeat(32)

const rows = `
  INSERT INTO validators (id, public_key, enabled) VALUES (1, '\\x${key(1)}', TRUE), (2, '\\x${key(2)}', FALSE),
    (3, '\\x${key(3)}', TRUE), (4, '\\x${key(4)}', TRUE);
  INSERT INTO signed_blocks VALUES (1, 64, '\\x${root}'), (1, 63, NULL), (4, 18446744073709551615, NULL);
  INSERT INTO signed_attestations SELECT 1, '\\x${root}', n, n + 1 FROM generate_series(1, 7000) n;
  INSERT INTO signed_attestations VALUES (2, NULL, 4, 5);
  INSERT INTO low_watermarks VALUES (1, 60, 2, 1), (3, 99, 12, 11);`

let cluster: Cluster
let folder: string
let service: ServiceProcess

beforeAll(async () => {
  cluster = await startCluster()
  folder = mkdtempSync(join(tmpdir(), 'chancery-web3signer-'))
  writeFileSync(join(folder, 'chancery.yaml'), 'networks: [{ id: "beacon:hoodi" }]\n')
  service = await serve(folder)
}, 120_000)

afterAll(async () => {
  service.kill('SIGKILL')
  await cluster.stop()
  rmSync(folder, { recursive: true, force: true, maxRetries: 5 })
})

const run = (...args: readonly string[]) => chancery(args, { cwd: folder, env: { HOME: folder } })

async function database(...statements: readonly string[]): Promise<string> {
  const url = await cluster.database()
  for (const statement of statements) await query(url, statement)
  const file = join(folder, `url-${url.split('_').at(-1) ?? ''}`)
  writeFileSync(file, `${url}\n`, { mode: 0o600 })
  return file
}

const takeOver = (file: string, ...flags: readonly string[]) =>
  run('slashing', 'import-web3signer', '--url-file', file, ...flags)

test('everything it signed comes over, in whatever state its keys are, and its watermarks count as signed', async () => {
  const pinned = `INSERT INTO metadata VALUES (1, '\\x${hoodi}', 90000, NULL)`
  const { status, out, notes } = await takeOver(await database(schema, rows, pinned), '--json')
  expect([status, notes]).toEqual([1, expect.stringContaining('--epoch 90000 --set-high-watermark')])
  const { validators } = JSON.parse(out) as { validators: readonly { publicKey: string; status: string }[] }
  expect(validators.map((one) => [one.publicKey, one.status])).toEqual([
    [`0x${key(1)}`, 'imported'],
    [`0x${key(2)}`, 'imported'],
    [`0x${key(3)}`, 'imported'],
    // Beyond the clock: somebody must look at it.
    [`0x${key(4)}`, 'error'],
  ])
  const asks = async (number: number, ...duty: readonly string[]) =>
    (await run('slashing', 'check', `0x${key(number)}`, ...duty)).status
  expect([await asks(1, '--slot', '64'), await asks(1, '--slot', '65')]).toEqual([1, 0])
  expect(await asks(1, '--slot', '64', '--root', root)).toBe(0)
  expect([
    await asks(1, '--source', '7000', '--target', '7001'),
    await asks(2, '--source', '4', '--target', '5'),
  ]).toEqual([1, 1])
  expect([await asks(2, '--source', '4', '--target', '6'), await asks(3, '--slot', '99')]).toEqual([0, 1])
  expect([
    await asks(3, '--source', '11', '--target', '12'),
    await asks(3, '--source', '11', '--target', '13'),
  ]).toEqual([1, 0])
})

test('a database of another network, one that is none of its, and a file others may read are refused', async () => {
  const other = await database(schema, rows, `INSERT INTO metadata VALUES (1, '\\x${'77'.repeat(32)}', NULL, NULL)`)
  expect(await takeOver(other)).toMatchObject({ status: 1, notes: expect.stringContaining('another network') })
  expect(await takeOver(await database())).toMatchObject({
    status: 1,
    notes: expect.stringContaining('no slashing protection database of Web3Signer'),
  })
  expect(await takeOver(await database(schema))).toMatchObject({
    status: 1,
    notes: expect.stringContaining('has not signed anything'),
  })
  chmodSync(other, 0o644)
  expect(await takeOver(other)).toMatchObject({ status: 2, notes: expect.stringContaining('chmod 600') })
  const away = join(folder, 'away')
  writeFileSync(away, 'postgres://somebody:canary-password@127.0.0.1:1/none', { mode: 0o600 })
  const { status, notes } = await takeOver(away)
  expect([status, notes.includes('canary-password')]).toEqual([1, false])
})
