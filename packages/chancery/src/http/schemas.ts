/** Shapes that several routes share. A schema with a title becomes a named component of the OpenAPI document. */
import { Type, type TSchema } from 'typebox'
import { uint64Pattern } from '../base/uint64.ts'
import { operations } from '../core/names.ts'

export const closed = { additionalProperties: false } as const

/** One of some words. Written as `enum`, which says more in a refusal than alternatives do. */
export function oneOf<const T extends readonly string[]>(words: T, options: { readonly description?: string } = {}) {
  return Type.Unsafe<T[number]>({ type: 'string', enum: [...words], ...options })
}

export const network = Type.Unsafe<`${string}:${string}`>({
  type: 'string',
  pattern: '^[-a-z0-9]{3,8}:[-_a-zA-Z0-9]{1,32}$',
  description: 'a CAIP-2 id such as eip155:1',
})

export const keyId = Type.Unsafe<`key_${string}`>({
  type: 'string',
  pattern: '^key_[0-7][0-9a-hjkmnp-tv-z]{25}$',
  description: 'a key id: key_ and 26 characters',
})

export const clientId = Type.Unsafe<`cli_${string}`>({
  type: 'string',
  pattern: '^cli_[0-7][0-9a-hjkmnp-tv-z]{25}$',
  description: 'a client id: cli_ and 26 characters',
})

export const transactionId = Type.Unsafe<`txn_${string}`>({
  type: 'string',
  pattern: '^txn_[0-7][0-9a-hjkmnp-tv-z]{25}$',
  description: 'a transaction id: txn_ and 26 characters',
})

export const walletId = Type.Unsafe<`wal_${string}`>({
  type: 'string',
  pattern: '^wal_[0-7][0-9a-hjkmnp-tv-z]{25}$',
  description: 'a wallet id: wal_ and 26 characters',
})

export const walletName = Type.String({
  pattern: '^[-A-Za-z0-9_.:]{1,256}$',
  description: "a wallet's id, or one of its addresses",
})

export const assetId = Type.Unsafe<`${string}:${string}/${string}:${string}`>({
  type: 'string',
  pattern: '^[-a-z0-9]{3,8}:[-_a-zA-Z0-9]{1,32}/[-a-z0-9]{3,8}:[-.%a-zA-Z0-9]{1,128}$',
  description: 'a CAIP-19 asset such as eip155:1/slip44:60',
})

export const keyName = Type.String({
  pattern: '^[-A-Za-z0-9_.:@/+=]{1,256}$',
  description: 'a key id, alias, public key or address',
})

export const alias = Type.String({
  pattern: '^[A-Za-z][-A-Za-z0-9_./]{0,62}$',
  description: 'a letter, then up to 62 letters, digits, - _ . or /',
})

export const hex = Type.Unsafe<`0x${string}`>({
  type: 'string',
  pattern: '^0x(?:[0-9a-f]{2})*$',
  description: '0x and lower-case hex of whole bytes',
})

export const base64 = Type.String({
  pattern: '^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$',
  minLength: 4,
  maxLength: 180_000,
  description: 'base64 with padding',
})

export const decimal = Type.String({
  pattern: '^(?:0|[1-9][0-9]{0,77})$',
  description: 'a decimal string of base units, such as "1000000000000000000"',
})

export const uint64 = Type.String({
  pattern: uint64Pattern,
  description: 'a uint64 as a decimal string',
})

export const time = Type.String({ description: 'ISO 8601 in UTC' })

export const days = (from: number, to: number) =>
  Type.Integer({ minimum: from, maximum: to, description: `whole days, ${from} to ${to}` })

export const family = Type.String({ pattern: '^[a-z][a-z0-9-]{0,31}$', description: 'a chain family such as evm' })
export const backend = Type.String({
  pattern: '^[a-z][a-z0-9-]{0,31}$',
  description: 'a key back-end such as sealed or aws-kms',
})
export const algorithm = oneOf(['secp256k1-ecdsa', 'secp256k1-schnorr', 'ed25519', 'bls12-381'])
export const kind = oneOf(['decoded', 'opaque'], {
  description:
    'decoded keys sign what the chain can read; opaque keys sign bare digests and nothing else. Fixed for ever',
})
export const operation = oneOf(operations)

export const json = Type.Unsafe<{ readonly [name: string]: unknown }>({ type: 'object' })

/**
 * Query members are text: nothing is coerced. A list goes on after the `place` of what was seen last, such as its id: after a
 * text that is no such place it would begin anew, or anywhere.
 */
export function page<S extends TSchema>(place: S, what: string) {
  return {
    limit: Type.Optional(
      Type.String({ pattern: '^(?:[1-9][0-9]?|[1-4][0-9]{2}|500)$', description: '1 to 500; 50 unless given' }),
    ),
    after: Type.Optional({ ...place, description: `the next of the page before: ${what}` }),
  }
}

export function pageOf(query: { readonly limit?: string; readonly after?: string }) {
  return { limit: Number(query.limit ?? 50), ...(query.after === undefined ? {} : { after: query.after }) }
}

export const ifMatch = Type.Object(
  {
    'if-match': Type.String({
      pattern: '^"(?:0|[1-9][0-9]{0,15})"$',
      description: 'the ETag of the version replaced, such as "3"',
    }),
  },
  closed,
)

export function versionOf(headers: { readonly 'if-match': string }): number {
  return Number(headers['if-match'].slice(1, -1))
}

export function etag(version: number): { readonly etag: string } {
  return { etag: `"${version}"` }
}

const idempotencyName = Type.String({
  pattern: '^[\\x21-\\x7e]{1,255}$',
  description: '1 to 255 visible ASCII characters, quoted or not; the same key and body give the same answer again',
})

export const idempotencyKey = Type.Object({ 'idempotency-key': Type.Optional(idempotencyName) }, closed)

/** Where a request that is sent again because its answer was lost would pay twice. */
export const idempotencyKeyNeeded = Type.Object({ 'idempotency-key': idempotencyName }, closed)

/** Titles that stand for components; a chain's own titles do not. */
export const componentNames = new Set<string>()

export function named<S extends TSchema>(title: string, schema: S): S {
  componentNames.add(title)
  return Object.assign(schema, { title })
}

export const check = named(
  'Check',
  Type.Object({ name: Type.String(), ok: Type.Boolean(), got: Type.String(), allowed: Type.String() }, closed),
)

const particulars = {
  where: Type.Optional(Type.String({ description: 'path into the request' })),
  got: Type.Optional(Type.String()),
  wanted: Type.Optional(Type.String()),
  hint: Type.Optional(Type.String({ description: 'what to do about it' })),
  checks: Type.Optional(Type.Array(check, { description: 'every check policy made, passed ones too' })),
  retryAfter: Type.Optional(Type.Number({ description: 'seconds after which the same request may succeed' })),
}

export const compatibleProblem = named(
  'CompatibleProblem',
  Type.Object(
    {
      error: Type.Optional(Type.String({ description: 'the message; in the Remote Signing API' })),
      message: Type.String({ description: 'one sentence for people' }),
      status: Type.Integer(),
      code: Type.String({ description: 'stable; for programs' }),
      request: Type.String({ description: 'the id of the request, as in the log' }),
      ...particulars,
    },
    closed,
  ),
)

export const problem = named(
  'Problem',
  Type.Object(
    {
      type: Type.String({ description: 'urn:chancery:problem: and the code' }),
      title: Type.String(),
      status: Type.Integer(),
      detail: Type.String({ description: 'one sentence for people' }),
      code: Type.String({ description: 'stable; for programs' }),
      instance: Type.String({ description: 'urn:chancery:request: and the id of the request' }),
      ...particulars,
      error: Type.Optional(Type.Unknown({ description: "the node's own error, on the compatible relay route only" })),
    },
    closed,
  ),
)
