/** What people read and the register keeps: every field that is set, by the SDK's names, numbers as decimal text. */
import { Address, type Transaction } from 'algosdk'
import type { Json, JsonObject } from '../../base/json.ts'
import type { Called } from './applications.ts'
import { base64 } from './base64.ts'
import type { Grouped } from './intent.ts'
import type { Multisig } from './multisig.ts'

/** The least a transaction costs, in microalgos: go-algorand, config/consensus.go, MinTxnFee. */
const minimumFee = 1_000n

export function summariseGroup(group: readonly Grouped[], calls: readonly (Called | undefined)[]): JsonObject {
  const id = group[0]?.transaction.group
  return {
    ...(id && { group: base64(id) }),
    transactions: group.map((one, i) => summarise(one, calls[i])),
    ...innerBudget(group),
  }
}

function summarise({ transaction, signing }: Grouped, call: Called | undefined): JsonObject {
  const { authority, multisig } = signing ?? {}
  return {
    id: transaction.txID(),
    signed: signing !== undefined,
    ...(authority && { authority: authority.toString() }),
    ...(multisig && { multisig: describeMultisig(multisig) }),
    ...describeTransaction(transaction),
    ...(call && { call: { method: call.method, args: call.args } }),
  }
}

/** How many must sign, and how many already have. The address stands for who they are. */
function describeMultisig({ address, threshold, members: all, signatures }: Multisig): JsonObject {
  const collected = signatures.filter((signature) => signature !== undefined).length
  return { address: address.toString(), threshold, members: all.length, signatures: collected }
}

/** Fields of the type stand beside the common ones: their names do not meet. */
function describeTransaction(transaction: Transaction): JsonObject {
  const { type, sender, fee, firstValid, lastValid, note, lease, rekeyTo, genesisID, genesisHash } = transaction
  const common = { type, sender, fee, firstValid, lastValid, genesisID, genesisHash, lease, rekeyTo }
  return { ...members(common), ...(note.length > 0 && { note: base64(note) }), ...members(fieldsOf(transaction)) }
}

function fieldsOf(transaction: Transaction): object {
  const { payment, keyreg, assetConfig, assetTransfer, assetFreeze, applicationCall, heartbeat } = transaction
  return payment ?? keyreg ?? assetConfig ?? assetTransfer ?? assetFreeze ?? applicationCall ?? heartbeat ?? {}
}

function members(fields: object): JsonObject {
  return Object.fromEntries(
    Object.entries(fields).flatMap(([name, value]: [string, unknown]) => {
      const json = jsonOf(value)
      return json === undefined ? [] : [[name, json]]
    }),
  )
}

function jsonOf(value: unknown): Json | undefined {
  if (value === undefined || typeof value === 'boolean' || typeof value === 'string' || typeof value === 'number')
    return value
  if (typeof value === 'bigint') return String(value)
  if (value instanceof Uint8Array) return base64(value)
  if (value instanceof Address) return value.toString()
  if (Array.isArray(value)) return value.length === 0 ? undefined : value.map((one: unknown) => jsonOf(one) ?? null)
  return typeof value === 'object' && value !== null ? members(value) : undefined
}

/**
 * What the fees of the whole group pay for beyond its own transactions: calls may send that many more (fee pooling).
 * Transactions that are sent together and in no group pay each for itself.
 */
function innerBudget(group: readonly Grouped[]): JsonObject {
  if (!group.some(({ transaction }) => transaction.type === 'appl')) return {}
  if (group.length > 1 && group[0]?.transaction.group === undefined) return {}
  const paid = group.reduce((sum, { transaction }) => sum + transaction.fee, 0n)
  const own = BigInt(group.length) * minimumFee
  return { innerTransactions: `at most ${paid > own ? (paid - own) / minimumFee : 0n}` }
}
