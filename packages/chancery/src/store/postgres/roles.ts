/**
 * What the service's own role may do: add to the register and read it, never change or remove what is there. Guard rows,
 * rows of slashing protection, totals of windows, the fence, state records, relayed transactions, wallets and leases move
 * on, each in the columns that move. Only the history of slashing protection, which decides nothing, may be removed.
 */
import { Failed } from '../../core/errors.ts'

const addOnly = [
  'segment',
  'entry',
  'integrated',
  'checkpoint',
  'checkpoint_note',
  'signature',
  'idempotency',
  'signed_transaction',
  'window_use',
  'accepted_gap',
  'wallet_address',
  'destination',
] as const

const moving = {
  guard: 'root, replaces, stream, seq',
  protection: 'slot, block_root, source, target, attestation_root',
  signed_duty: 'validators',
  window_total: 'total',
  fence: 'epoch, halted, root, change_stream, change_seq, change_index, mac',
  state_record: 'version, body, mac',
  relay_transaction: 'version, state, nonce, body, updated_at',
  relay_nonce: 'id',
  wallet: 'version, state, address, key, account, body, updated_at',
  lease: 'holder, token, expires_at',
} as const

const prunable = ['signed_duty'] as const

const plainName = /^[a-z_][a-z0-9_]{0,62}$/

/**
 * The statements an owner runs after `migratePostgres`, for a role that exists.
 * @throws Failed `internal` for a name that would need quotes.
 */
export function grantsFor(role: string): string {
  if (!plainName.test(role)) throw new Failed('internal', 'a role name is lower-case letters, digits and underscores')
  const tables = [...addOnly, ...Object.keys(moving)]
  return [
    `GRANT SELECT ON chancery_schema TO ${role};`,
    `GRANT SELECT, INSERT ON ${tables.join(', ')} TO ${role};`,
    ...Object.entries(moving).map(([table, columns]) => `GRANT UPDATE (${columns}) ON ${table} TO ${role};`),
    `GRANT DELETE ON ${prunable.join(', ')} TO ${role};`,
  ].join('\n')
}
