/** What is shown of relayed transactions: what concerns those who asked for them, and nothing of how the relay goes about it. */
import { Type, type Static } from 'typebox'
import { isHex, toHex } from '../base/bytes.ts'
import { isoTime } from '../base/clock.ts'
import { isJsonObject, type Json, type JsonObject } from '../base/json.ts'
import type { TransactionRow } from '../core/store.ts'
import type { TransactionView } from '../core/transactions.ts'
import { withoutKmsNames } from './kms-names.ts'
import * as s from './schemas.ts'

export const transactionStates = ['accepted', 'assigned', 'signed', 'broadcast', 'mined', 'final', 'failed'] as const

const words = ['code', 'detail', 'where', 'got', 'wanted', 'hint'] as const

const reason = s.named(
  'TransactionReason',
  Type.Object(
    {
      code: Type.String({ description: 'stable; for programs' }),
      detail: Type.String({ description: 'one sentence for people' }),
      where: Type.Optional(Type.String()),
      got: Type.Optional(Type.String()),
      wanted: Type.Optional(Type.String()),
      hint: Type.Optional(Type.String({ description: 'what to do about it' })),
      checks: Type.Optional(Type.Array(s.check, { description: 'the checks that failed' })),
    },
    s.closed,
  ),
)

const block = Type.Object(
  {
    hash: s.hex,
    number: s.uint64,
    success: Type.Boolean({ description: 'false where the chain undid what it called, and kept the fee' }),
  },
  s.closed,
)

const details = s.named(
  'TransactionDetails',
  Type.Object(
    {
      value: Type.Optional(
        Type.Unsafe<JsonObject>({ type: 'object', description: 'as it was sent here; of no wallet' }),
      ),
      prepared: Type.Optional(Type.Unsafe<JsonObject>({ type: 'object', description: 'the same, complete' })),
      hash: Type.Optional({ ...s.hex, description: 'of the form in a block, or else of the newest' }),
      block: Type.Optional(block),
      receipt: Type.Optional(
        Type.Unsafe<Readonly<Record<string, string>>>({
          type: 'object',
          additionalProperties: { type: 'string' },
          description: "the node's, without logs",
        }),
      ),
      error: Type.Optional(reason),
      replacement: Type.Optional(
        Type.Object({ feeRate: s.decimal, maxFee: s.decimal }, { ...s.closed, description: 'a higher fee, asked for' }),
      ),
      replacementError: Type.Optional(reason),
    },
    {
      ...s.closed,
      description: '`error` says why it failed, or what it waits for; `replacementError` why it has no higher fee',
    },
  ),
)

const members = {
  id: s.transactionId,
  state: s.oneOf(transactionStates),
  key: s.keyId,
  client: s.clientId,
  network: s.network,
  sender: Type.String(),
  nonce: Type.Optional(s.decimal),
  details,
  createdAt: s.time,
  updatedAt: s.time,
}

export const transactionShape = s.named('TransactionSummary', Type.Object(members, s.closed))

export const transactionViewShape = s.named(
  'Transaction',
  Type.Object(
    {
      ...members,
      signed: Type.Array(Type.Object({ hash: s.hex, raw: s.hex, createdAt: s.time }, s.closed), {
        description: 'every form that may have been sent, oldest first',
      }),
    },
    s.closed,
  ),
)

export function transactionView(row: TransactionRow): Static<typeof transactionShape> {
  const { id, state, key, client, network, sender, nonce, createdAt, updatedAt } = row
  return {
    id,
    state,
    key,
    client,
    network,
    sender,
    ...(nonce === undefined ? {} : { nonce: String(nonce) }),
    details: detailsOf(row),
    createdAt: isoTime(createdAt),
    updatedAt: isoTime(updatedAt),
  }
}

export function transactionWithBytes({ row, signed }: TransactionView): Static<typeof transactionViewShape> {
  return {
    ...transactionView(row),
    signed: signed.map(({ hash, raw, createdAt }) => ({ hash, raw: toHex(raw), createdAt: isoTime(createdAt) })),
  }
}

/** A wallet's payment was asked for in other words than the transaction that is made of it: those are its withdrawal's. */
function detailsOf({ body, wallet }: TransactionRow): Static<typeof details> {
  const { value, prepared, hash, receipt, error, replacement, replacementError } = body
  const asked = wallet === undefined
  const reasonIn = asked ? reasonOf : (why: Json | undefined) => withoutKmsNames(reasonOf(why))
  return {
    ...(asked && isJsonObject(value) && { value }),
    ...(asked && isJsonObject(prepared) && { prepared }),
    ...(isHex(hash) && { hash }),
    ...member('block', blockOf(body['block'])),
    ...(isJsonObject(receipt) && { receipt: textsOf(receipt, Object.keys(receipt)) }),
    ...member('error', reasonIn(error)),
    ...member('replacement', higherFee(replacement)),
    ...member('replacementError', reasonIn(replacementError)),
  }
}

function member<const N extends string, T>(name: N, value: T | undefined): { readonly [name in N]?: T } {
  return value === undefined ? {} : ({ [name]: value } as { readonly [name in N]: T })
}

function blockOf(value: Json | undefined): Static<typeof block> | undefined {
  const { hash, number, success } = isJsonObject(value) ? value : {}
  if (!isHex(hash) || typeof number !== 'string' || typeof success !== 'boolean') return undefined
  return { hash, number, success }
}

function higherFee(value: Json | undefined) {
  const { feeRate, maxFee } = isJsonObject(value) ? value : {}
  return typeof feeRate === 'string' && typeof maxFee === 'string' ? { feeRate, maxFee } : undefined
}

function reasonOf(value: Json | undefined): Static<typeof reason> | undefined {
  if (!isJsonObject(value)) return undefined
  const { code, detail, checks } = value
  if (typeof code !== 'string' || typeof detail !== 'string') return undefined
  const failed = Array.isArray(checks) ? checks.flatMap(checkOf) : []
  return { ...textsOf(value, words), code, detail, ...(failed.length > 0 && { checks: failed }) }
}

function checkOf(value: Json): readonly Static<typeof s.check>[] {
  const { name, ok, got, allowed } = isJsonObject(value) ? value : {}
  const known = typeof name === 'string' && typeof ok === 'boolean'
  return known && typeof got === 'string' && typeof allowed === 'string' ? [{ name, ok, got, allowed }] : []
}

function textsOf(value: JsonObject, names: readonly string[]): Readonly<Record<string, string>> {
  const texts = names.map((name) => [name, value[name]] as const)
  return Object.fromEntries(texts.filter((pair): pair is [string, string] => typeof pair[1] === 'string'))
}
