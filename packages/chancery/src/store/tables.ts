/**
 * Every table that holds what a store knows, for copies from one database to another: one list for both. A migration that
 * adds a table or a column turns `test/store/tables.test.ts` red until it is named here.
 */
export type ColumnType = 'text' | 'integer' | 'bytes'

export interface Column {
  readonly name: string
  readonly type: ColumnType
  readonly nullable: boolean
}

export interface Table {
  readonly name: string
  /** Its primary key: the order it is read in. */
  readonly key: readonly string[]
  readonly columns: readonly Column[]
}

/** As a row is handed from one database to the other, in the order of the table's columns. Integers are safe ones. */
export type Value = string | number | Uint8Array | null
export type Values = readonly Value[]

const kinds = {
  text: { type: 'text', nullable: false },
  'text?': { type: 'text', nullable: true },
  integer: { type: 'integer', nullable: false },
  'integer?': { type: 'integer', nullable: true },
  bytes: { type: 'bytes', nullable: false },
  'bytes?': { type: 'bytes', nullable: true },
} as const

const table = (name: string, key: readonly string[], columns: Readonly<Record<string, keyof typeof kinds>>): Table => ({
  name,
  key,
  columns: Object.entries(columns).map(([column, kind]) => ({ name: column, ...kinds[kind] })),
})

export const tables: readonly Table[] = [
  table('segment', ['stream', 'seq'], {
    stream: 'text',
    seq: 'integer',
    prev: 'bytes',
    hash: 'bytes',
    mac: 'bytes',
    epoch: 'integer',
    time: 'integer',
    n: 'integer',
  }),
  table('entry', ['stream', 'seq', 'i'], {
    stream: 'text',
    seq: 'integer',
    i: 'integer',
    leaf: 'bytes',
    body: 'text',
  }),
  table('guard', ['kind', 'scope', 'item'], {
    kind: 'text',
    scope: 'text',
    item: 'bytes',
    root: 'bytes',
    stream: 'text',
    seq: 'integer',
  }),
  table('window_use', ['scope', 'period', 'root'], {
    scope: 'text',
    period: 'text',
    root: 'bytes',
    amount: 'text',
    stream: 'text',
    seq: 'integer',
  }),
  table('window_total', ['scope', 'period'], { scope: 'text', period: 'text', total: 'text' }),
  table('accepted_gap', ['stream', 'seq'], { stream: 'text', seq: 'integer', at: 'integer' }),
  table('protection', ['scope'], {
    scope: 'text',
    validator: 'bytes',
    slot: 'bytes?',
    block_root: 'bytes?',
    source: 'bytes?',
    target: 'bytes?',
    attestation_root: 'bytes?',
  }),
  table('signed_duty', ['stream', 'seq', 'n'], {
    stream: 'text',
    seq: 'integer',
    n: 'integer',
    network: 'bytes',
    slot: 'bytes?',
    source: 'bytes?',
    target: 'bytes?',
    root: 'bytes?',
    validators: 'bytes',
  }),
  table('fence', ['id'], {
    id: 'integer',
    epoch: 'integer',
    halted: 'integer',
    root: 'bytes',
    change_stream: 'text?',
    change_seq: 'integer?',
    change_index: 'integer?',
    mac: 'bytes',
  }),
  table('state_record', ['kind', 'id'], {
    kind: 'text',
    id: 'text',
    version: 'integer',
    body: 'text',
    mac: 'bytes',
  }),
  table('integrated', ['idx'], {
    idx: 'integer',
    start: 'integer',
    n: 'integer',
    stream: 'text',
    seq: 'integer',
  }),
  table('checkpoint', ['size'], { size: 'integer', root: 'bytes' }),
  table('checkpoint_note', ['size'], { size: 'integer', note: 'text' }),
  table('signature', ['public_key', 'payload'], {
    public_key: 'bytes',
    payload: 'bytes',
    algorithm: 'text',
    bytes: 'bytes',
    y_parity: 'integer?',
  }),
  table('idempotency', ['client', 'route', 'key'], {
    client: 'text',
    route: 'text',
    key: 'text',
    body_hash: 'bytes',
    made: 'text',
  }),
  table('relay_transaction', ['id'], {
    id: 'text',
    version: 'integer',
    client: 'text',
    key: 'text',
    network: 'text',
    sender: 'text',
    state: 'text',
    nonce: 'bytes?',
    body: 'text',
    created_at: 'integer',
    updated_at: 'integer',
    wallet: 'text?',
  }),
  table('relay_nonce', ['network', 'sender', 'nonce'], {
    network: 'text',
    sender: 'text',
    nonce: 'bytes',
    id: 'text',
  }),
  table('signed_transaction', ['hash'], {
    hash: 'bytes',
    transaction_id: 'text',
    raw: 'bytes',
    created_at: 'integer',
  }),
  table('wallet', ['id'], {
    id: 'text',
    version: 'integer',
    user_id: 'text',
    asset: 'text',
    network: 'text',
    tier: 'text',
    state: 'text',
    address: 'text?',
    key: 'text?',
    account: 'integer?',
    body: 'text',
    created_at: 'integer',
    updated_at: 'integer',
    provider: 'text?',
  }),
  table('wallet_address', ['address', 'network'], {
    address: 'text',
    network: 'text',
    wallet: 'text',
    branch: 'integer',
    idx: 'integer',
    created_at: 'integer',
    mac: 'bytes',
  }),
  table('destination', ['scope', 'network', 'address'], {
    scope: 'text',
    network: 'text',
    address: 'text',
    since: 'integer',
  }),
  table('lease', ['name'], {
    name: 'text',
    holder: 'text',
    token: 'integer',
    expires_at: 'integer',
  }),
]

/** What a copy leaves behind on purpose, as `table` or `table.column`, and why nothing is lost by it. */
export const leftBehind: Readonly<Record<string, string>> = {
  chancery_schema: 'the number of migrations PostgreSQL has taken; the other database counts its own',
  'guard.replaces':
    'PostgreSQL keeps for people what the claim replaced; the register says it too, and nothing reads it',
}
