/**
 * The schema, as the steps that led to it. Forward only: a step once released is never edited. `user_version` is the
 * number of steps taken.
 */
import { Failed } from '../../core/errors.ts'
import type { Database } from './database.ts'

const register = `
CREATE TABLE segment (
  stream TEXT NOT NULL, seq INTEGER NOT NULL, prev BLOB NOT NULL, hash BLOB NOT NULL, mac BLOB NOT NULL,
  epoch INTEGER NOT NULL, time INTEGER NOT NULL, n INTEGER NOT NULL,
  PRIMARY KEY (stream, seq)
) STRICT, WITHOUT ROWID;
CREATE INDEX segment_time ON segment (time, stream, seq);
CREATE INDEX segment_epoch ON segment (epoch);
CREATE TABLE entry (
  stream TEXT NOT NULL, seq INTEGER NOT NULL, i INTEGER NOT NULL, leaf BLOB NOT NULL, body TEXT NOT NULL,
  PRIMARY KEY (stream, seq, i)
) STRICT, WITHOUT ROWID;
CREATE TABLE guard (
  kind TEXT NOT NULL, scope TEXT NOT NULL, item BLOB NOT NULL, root BLOB NOT NULL,
  stream TEXT NOT NULL, seq INTEGER NOT NULL,
  PRIMARY KEY (kind, scope, item)
) STRICT, WITHOUT ROWID;
CREATE TABLE fence (
  id INTEGER PRIMARY KEY CHECK (id = 1), epoch INTEGER NOT NULL, halted INTEGER NOT NULL, root BLOB NOT NULL,
  change_stream TEXT, change_seq INTEGER, change_index INTEGER, mac BLOB NOT NULL
) STRICT;
CREATE TABLE state_record (
  kind TEXT NOT NULL, id TEXT NOT NULL, version INTEGER NOT NULL, body TEXT NOT NULL, mac BLOB NOT NULL,
  PRIMARY KEY (kind, id)
) STRICT, WITHOUT ROWID;
CREATE TABLE integrated (
  idx INTEGER PRIMARY KEY, start INTEGER NOT NULL, n INTEGER NOT NULL, stream TEXT NOT NULL, seq INTEGER NOT NULL,
  UNIQUE (stream, seq)
) STRICT;
CREATE INDEX integrated_start ON integrated (start);
CREATE TABLE checkpoint (size INTEGER PRIMARY KEY, root BLOB NOT NULL) STRICT;
CREATE TABLE checkpoint_note (size INTEGER PRIMARY KEY, note TEXT NOT NULL) STRICT;
CREATE TABLE signature (
  public_key BLOB NOT NULL, payload BLOB NOT NULL, algorithm TEXT NOT NULL, bytes BLOB NOT NULL, y_parity INTEGER,
  PRIMARY KEY (public_key, payload)
) STRICT, WITHOUT ROWID;
CREATE TABLE idempotency (
  client TEXT NOT NULL, route TEXT NOT NULL, key TEXT NOT NULL, body_hash BLOB NOT NULL, made TEXT NOT NULL,
  PRIMARY KEY (client, route, key)
) STRICT, WITHOUT ROWID;`

const relay = `
CREATE TABLE relay_transaction (
  id TEXT NOT NULL PRIMARY KEY, version INTEGER NOT NULL, client TEXT NOT NULL, key TEXT NOT NULL,
  network TEXT NOT NULL, sender TEXT NOT NULL, state TEXT NOT NULL, nonce BLOB, body TEXT NOT NULL,
  created_at INTEGER NOT NULL, updated_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX relay_transaction_created ON relay_transaction (created_at, id);
CREATE INDEX relay_transaction_lane ON relay_transaction (state, network, sender);
CREATE INDEX relay_transaction_sender ON relay_transaction (network, sender, created_at, id);
CREATE TABLE relay_nonce (
  network TEXT NOT NULL, sender TEXT NOT NULL, nonce BLOB NOT NULL, id TEXT NOT NULL,
  PRIMARY KEY (network, sender, nonce)
) STRICT, WITHOUT ROWID;
CREATE TABLE signed_transaction (
  hash BLOB NOT NULL PRIMARY KEY, transaction_id TEXT NOT NULL, raw BLOB NOT NULL, created_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX signed_transaction_of ON signed_transaction (transaction_id, created_at);
CREATE TABLE lease (
  name TEXT NOT NULL PRIMARY KEY, holder TEXT NOT NULL, token INTEGER NOT NULL, expires_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;`

/** Amounts are decimal text: SQLite's integers end at 2^63. */
const windows = `
CREATE TABLE window_use (
  scope TEXT NOT NULL, period TEXT NOT NULL, root BLOB NOT NULL, amount TEXT NOT NULL,
  stream TEXT NOT NULL, seq INTEGER NOT NULL,
  PRIMARY KEY (scope, period, root)
) STRICT, WITHOUT ROWID;
CREATE TABLE window_total (
  scope TEXT NOT NULL, period TEXT NOT NULL, total TEXT NOT NULL,
  PRIMARY KEY (scope, period)
) STRICT, WITHOUT ROWID;
CREATE TABLE accepted_gap (
  stream TEXT NOT NULL, seq INTEGER NOT NULL, at INTEGER NOT NULL,
  PRIMARY KEY (stream, seq)
) STRICT, WITHOUT ROWID;
CREATE INDEX accepted_gap_at ON accepted_gap (at);`

/**
 * Numbers are 8 big-endian bytes. The history grows at its end, in its indexes too: slots and epochs only rise. Each of its
 * rows has all validators that signed the same in one round, 8 bytes of each.
 */
const protection = `
CREATE TABLE protection (
  scope TEXT NOT NULL PRIMARY KEY, validator BLOB NOT NULL, slot BLOB, block_root BLOB,
  source BLOB, target BLOB, attestation_root BLOB
) STRICT, WITHOUT ROWID;
CREATE INDEX protection_validator ON protection (validator);
CREATE TABLE signed_duty (
  stream TEXT NOT NULL, seq INTEGER NOT NULL, n INTEGER NOT NULL, network BLOB NOT NULL,
  slot BLOB, source BLOB, target BLOB, root BLOB, validators BLOB NOT NULL,
  PRIMARY KEY (stream, seq, n)
) STRICT, WITHOUT ROWID;
CREATE INDEX signed_duty_slot ON signed_duty (network, slot) WHERE slot IS NOT NULL;
CREATE INDEX signed_duty_target ON signed_duty (network, target) WHERE target IS NOT NULL;`

/**
 * A key has one wallet, or one for each account. The indexes beside the unique ones are read in the order of ids, with
 * tier and state given (`store/wallets.ts`), so that no list looks at rows it leaves out.
 */
const wallets = `
CREATE TABLE wallet (
  id TEXT NOT NULL PRIMARY KEY, version INTEGER NOT NULL, user_id TEXT NOT NULL, asset TEXT NOT NULL, network TEXT NOT NULL,
  tier TEXT NOT NULL, state TEXT NOT NULL, address TEXT, key TEXT, account INTEGER,
  body TEXT NOT NULL, created_at INTEGER NOT NULL, updated_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
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
  address TEXT NOT NULL, network TEXT NOT NULL, wallet TEXT NOT NULL, branch INTEGER NOT NULL, idx INTEGER NOT NULL,
  created_at INTEGER NOT NULL, mac BLOB NOT NULL,
  PRIMARY KEY (address, network)
) STRICT, WITHOUT ROWID;
CREATE UNIQUE INDEX wallet_address_index ON wallet_address (wallet, branch, idx);
CREATE TABLE destination (
  scope TEXT NOT NULL, network TEXT NOT NULL, address TEXT NOT NULL, since INTEGER NOT NULL,
  PRIMARY KEY (scope, network, address)
) STRICT, WITHOUT ROWID;
ALTER TABLE relay_transaction ADD COLUMN wallet TEXT;
CREATE INDEX relay_transaction_wallet ON relay_transaction (wallet, created_at, id) WHERE wallet IS NOT NULL;
CREATE INDEX window_total_period ON window_total (period, scope);`

/** Where two wallets had one provider id before it was unique, it is the older one's; the bodies of both still say it. */
const providers = `
ALTER TABLE wallet ADD COLUMN provider TEXT;
UPDATE wallet SET provider = json_extract(body, '$.providerId')
WHERE id IN (SELECT min(id) FROM wallet GROUP BY json_extract(body, '$.providerId'));
CREATE UNIQUE INDEX wallet_provider ON wallet (provider);`

export const migrations: readonly string[] = [register, relay, windows, protection, wallets, providers]

/** Marks the file as ours: "chcy". */
const applicationId = 0x63686379

/** @throws Failed `store-unavailable` for a file of a newer program, `store-corrupt` for one that is not ours. */
export function migrate(db: Database, steps: readonly string[] = migrations): void {
  const version = db.pragma('user_version')
  const owner = db.pragma('application_id')
  if (version > 0 ? owner !== applicationId : tables(db) > 0) {
    throw new Failed('store-corrupt', 'the file is a database of some other program')
  }
  if (version > steps.length) {
    const detail = `the store has schema ${version}, this program knows ${steps.length}: use the newer program`
    throw new Failed('store-unavailable', detail)
  }
  steps.slice(version).forEach((step, index) => take(db, step, version + index + 1))
}

function tables(db: Database): number {
  return db.all('SELECT name FROM sqlite_schema').length
}

function take(db: Database, step: string, version: number): void {
  db.exec(
    `BEGIN IMMEDIATE; ${step}; PRAGMA user_version = ${version}; PRAGMA application_id = ${applicationId}; COMMIT`,
  )
}
