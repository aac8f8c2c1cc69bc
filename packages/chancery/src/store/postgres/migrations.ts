/**
 * The schema, as the steps that led to it. Forward only: a step once released is never edited. A role that owns the
 * tables runs them (`migratePostgres`, or the service itself where its role may); the service's role needs only what
 * `roles.ts` grants.
 */
import { deadlineIn, type Deadline } from '../../base/deadline.ts'
import type { Clock } from '../../base/clock.ts'
import { Failed } from '../../core/errors.ts'
import type pg from 'pg'
import { integer } from '../rows.ts'
import { createPool, read, write, type PoolOptions, type Session } from './pool.ts'

const register = `
CREATE TABLE segment (
  stream text COLLATE "C" NOT NULL, seq bigint NOT NULL, prev bytea NOT NULL, hash bytea NOT NULL, mac bytea NOT NULL,
  epoch bigint NOT NULL, time bigint NOT NULL, n integer NOT NULL,
  PRIMARY KEY (stream, seq)
);
CREATE INDEX segment_time ON segment (time, stream, seq);
CREATE INDEX segment_epoch ON segment (epoch);
CREATE TABLE entry (
  stream text COLLATE "C" NOT NULL, seq bigint NOT NULL, i integer NOT NULL, leaf bytea NOT NULL, body text NOT NULL,
  PRIMARY KEY (stream, seq, i)
);
CREATE TABLE guard (
  kind text COLLATE "C" NOT NULL, scope text COLLATE "C" NOT NULL, item bytea NOT NULL, root bytea NOT NULL,
  replaces bytea, stream text COLLATE "C" NOT NULL, seq bigint NOT NULL,
  PRIMARY KEY (kind, scope, item)
);
CREATE TABLE fence (
  id integer PRIMARY KEY CHECK (id = 1), epoch bigint NOT NULL, halted integer NOT NULL, root bytea NOT NULL,
  change_stream text, change_seq bigint, change_index integer, mac bytea NOT NULL
);
CREATE TABLE state_record (
  kind text COLLATE "C" NOT NULL, id text COLLATE "C" NOT NULL, version bigint NOT NULL, body text NOT NULL,
  mac bytea NOT NULL,
  PRIMARY KEY (kind, id)
);
CREATE TABLE integrated (
  idx bigint PRIMARY KEY, start bigint NOT NULL, n integer NOT NULL,
  stream text COLLATE "C" NOT NULL, seq bigint NOT NULL,
  UNIQUE (stream, seq)
);
CREATE INDEX integrated_start ON integrated (start);
CREATE TABLE checkpoint (size bigint PRIMARY KEY, root bytea NOT NULL);
CREATE TABLE checkpoint_note (size bigint PRIMARY KEY, note text NOT NULL);
CREATE TABLE signature (
  public_key bytea NOT NULL, payload bytea NOT NULL, algorithm text NOT NULL, bytes bytea NOT NULL, y_parity integer,
  PRIMARY KEY (public_key, payload)
);
CREATE TABLE idempotency (
  client text COLLATE "C" NOT NULL, route text COLLATE "C" NOT NULL, key text COLLATE "C" NOT NULL,
  body_hash bytea NOT NULL, made text NOT NULL,
  PRIMARY KEY (client, route, key)
)`

const relay = `
CREATE TABLE relay_transaction (
  id text COLLATE "C" PRIMARY KEY, version bigint NOT NULL, client text NOT NULL, key text NOT NULL,
  network text COLLATE "C" NOT NULL, sender text COLLATE "C" NOT NULL, state text COLLATE "C" NOT NULL, nonce bytea,
  body text NOT NULL, created_at bigint NOT NULL, updated_at bigint NOT NULL
);
CREATE INDEX relay_transaction_created ON relay_transaction (created_at, id);
CREATE INDEX relay_transaction_lane ON relay_transaction (state, network, sender);
CREATE INDEX relay_transaction_sender ON relay_transaction (network, sender, created_at, id);
CREATE TABLE relay_nonce (
  network text COLLATE "C" NOT NULL, sender text COLLATE "C" NOT NULL, nonce bytea NOT NULL,
  id text COLLATE "C" NOT NULL,
  PRIMARY KEY (network, sender, nonce)
);
CREATE TABLE signed_transaction (
  hash bytea PRIMARY KEY, transaction_id text COLLATE "C" NOT NULL, raw bytea NOT NULL, created_at bigint NOT NULL
);
CREATE INDEX signed_transaction_of ON signed_transaction (transaction_id, created_at);
CREATE TABLE lease (
  name text COLLATE "C" PRIMARY KEY, holder text NOT NULL, token bigint NOT NULL, expires_at bigint NOT NULL
)`

/** Amounts are decimal text, as in SQLite: PostgreSQL's numeric would print them the same, and copies need one type. */
const windows = `
CREATE TABLE window_use (
  scope text COLLATE "C" NOT NULL, period text COLLATE "C" NOT NULL, root bytea NOT NULL, amount text NOT NULL,
  stream text COLLATE "C" NOT NULL, seq bigint NOT NULL,
  PRIMARY KEY (scope, period, root)
);
CREATE TABLE window_total (
  scope text COLLATE "C" NOT NULL, period text COLLATE "C" NOT NULL, total text NOT NULL,
  PRIMARY KEY (scope, period)
);
CREATE TABLE accepted_gap (
  stream text COLLATE "C" NOT NULL, seq bigint NOT NULL, at bigint NOT NULL,
  PRIMARY KEY (stream, seq)
);
CREATE INDEX accepted_gap_at ON accepted_gap (at)`

/**
 * Numbers are 8 big-endian bytes. The history grows at its end, in its indexes too: slots and epochs only rise. Each of its
 * rows has all validators that signed the same in one round, 8 bytes of each. Room in the pages of the gate keeps its
 * updates out of its indexes.
 */
const protection = `
CREATE TABLE protection (
  scope text COLLATE "C" PRIMARY KEY, validator bytea NOT NULL, slot bytea, block_root bytea,
  source bytea, target bytea, attestation_root bytea
) WITH (fillfactor = 60);
CREATE INDEX protection_validator ON protection (validator);
CREATE TABLE signed_duty (
  stream text COLLATE "C" NOT NULL, seq bigint NOT NULL, n integer NOT NULL, network bytea NOT NULL,
  slot bytea, source bytea, target bytea, root bytea, validators bytea NOT NULL,
  PRIMARY KEY (stream, seq, n)
);
CREATE INDEX signed_duty_slot ON signed_duty (network, slot) WHERE slot IS NOT NULL;
CREATE INDEX signed_duty_target ON signed_duty (network, target) WHERE target IS NOT NULL`

/**
 * A key has one wallet, or one for each account. The indexes beside the unique ones are read in the order of ids, with
 * tier and state given (`store/wallets.ts`), so that no list looks at rows it leaves out.
 */
const wallets = `
CREATE TABLE wallet (
  id text COLLATE "C" PRIMARY KEY, version bigint NOT NULL, user_id text COLLATE "C" NOT NULL, asset text COLLATE "C" NOT NULL, network text COLLATE "C" NOT NULL,
  tier text COLLATE "C" NOT NULL, state text COLLATE "C" NOT NULL, address text COLLATE "C", key text COLLATE "C", account bigint,
  body text NOT NULL, created_at bigint NOT NULL, updated_at bigint NOT NULL
);
CREATE UNIQUE INDEX wallet_owner ON wallet (user_id, asset, network) WHERE state <> 'DELETED';
CREATE UNIQUE INDEX wallet_first_address ON wallet (address, network);
CREATE UNIQUE INDEX wallet_account ON wallet (key, coalesce(account, -1));
CREATE INDEX wallet_user ON wallet (user_id, id);
CREATE INDEX wallet_key ON wallet (key, state, id);
CREATE INDEX wallet_place ON wallet (asset, network, tier, state, id);
CREATE INDEX wallet_asset ON wallet (asset, tier, state, id);
CREATE INDEX wallet_network ON wallet (network, tier, state, id);
CREATE INDEX wallet_state ON wallet (tier, state, id);
CREATE TABLE wallet_address (
  address text COLLATE "C" NOT NULL, network text COLLATE "C" NOT NULL, wallet text COLLATE "C" NOT NULL, branch integer NOT NULL, idx integer NOT NULL,
  created_at bigint NOT NULL, mac bytea NOT NULL,
  PRIMARY KEY (address, network)
);
CREATE UNIQUE INDEX wallet_address_index ON wallet_address (wallet, branch, idx);
CREATE TABLE destination (
  scope text COLLATE "C" NOT NULL, network text COLLATE "C" NOT NULL, address text COLLATE "C" NOT NULL, since bigint NOT NULL,
  PRIMARY KEY (scope, network, address)
);
ALTER TABLE relay_transaction ADD COLUMN wallet text COLLATE "C";
CREATE INDEX relay_transaction_wallet ON relay_transaction (wallet, created_at, id) WHERE wallet IS NOT NULL;
CREATE INDEX window_total_period ON window_total (period, scope)`

/** Where two wallets had one provider id before it was unique, it is the older one's; the bodies of both still say it. */
const providers = `
ALTER TABLE wallet ADD COLUMN provider text COLLATE "C";
UPDATE wallet SET provider = first.provider
FROM (SELECT min(id) AS id, body::json ->> 'providerId' AS provider FROM wallet GROUP BY 2) AS first
WHERE wallet.id = first.id;
CREATE UNIQUE INDEX wallet_provider ON wallet (provider)`

export const migrations: readonly string[] = [register, relay, windows, protection, wallets, providers]

const migrationTime = 60_000
/** Of no meaning; no other program should take it in this database. */
const migrationLock = 7_163_790_021

/**
 * Brings the schema up to date, as a role that may.
 * @throws Failed `store-unavailable` when the schema is newer than the program, or the role may not.
 */
export async function migratePostgres(
  options: Omit<PoolOptions, 'poolSize'> & { readonly clock: Clock },
): Promise<void> {
  const pool = createPool({ ...options, poolSize: 1 })
  try {
    await migrate(pool, deadlineIn(migrationTime, options.clock))
  } finally {
    await pool.end()
  }
}

export async function migrate(pool: pg.Pool, deadline: Deadline, steps: readonly string[] = migrations): Promise<void> {
  const version = await read(pool, deadline, schemaVersion)
  refuseNewer(version, steps)
  if (version === steps.length) return
  await write(pool, deadline, (session) => takeSteps(session, steps))
}

function refuseNewer(version: number, steps: readonly string[]): void {
  if (version <= steps.length) return
  const detail = `the store has schema ${version}, this program knows ${steps.length}: use the newer program`
  throw new Failed('store-unavailable', detail)
}

/** 0 where there is no schema of ours. */
export async function schemaVersion(session: Session): Promise<number> {
  // to_regclass may answer from a cache that has not heard of the table another process has just made.
  const found = await session.query(
    `SELECT FROM pg_class WHERE relname = 'chancery_schema' AND pg_table_is_visible(oid)`,
  )
  if (found.length === 0) return 0
  const [row] = await session.query('SELECT coalesce(max(version), 0)::integer AS version FROM chancery_schema')
  return row ? integer(row, 'version') : 0
}

/** Under a lock that ends with the transaction: of two processes that start at once one finds the work done. */
export async function takeSteps(session: Session, steps: readonly string[] = migrations): Promise<void> {
  await session.query(`SELECT pg_advisory_xact_lock(${migrationLock})`)
  const version = await schemaVersion(session)
  refuseNewer(version, steps)
  if (version === 0) await session.query('CREATE TABLE chancery_schema (version integer PRIMARY KEY)')
  for (const [index, step] of steps.entries()) {
    if (index < version) continue
    for (const statement of step.split(';')) await session.query(statement)
    await session.query('INSERT INTO chancery_schema (version) VALUES ($1)', [index + 1])
  }
}
