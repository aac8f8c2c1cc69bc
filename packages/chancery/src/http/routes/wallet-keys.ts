/** Keys of wallets by the methods of the original service, and what is asked about chains rather than wallets. */
import { Type } from 'typebox'
import { toHex } from '../../base/bytes.ts'
import { route, takesNothing, type Route } from '../route.ts'
import * as s from '../schemas.ts'
import { address, asset, form, networkName, tier, userId, walletShape, walletView } from '../wallet-views.ts'
import { attemptExample, keyExample, walletExample } from './examples.ts'
import { idempotencyOf } from './idempotency.ts'
import { keyUseRefuses } from './key-use.ts'
import { creationRefuses } from './wallets.ts'

const of = { ...takesNothing, part: 'wallets', access: 'client' } as const
const named = Type.Object({ key: s.keyName }, s.closed)
const keySpecName = Type.String({
  pattern: '^[A-Za-z0-9][-A-Za-z0-9_]{0,63}$',
  description: 'the kind of key that is counted on, such as ECC_SECG_P256K1: refused where it would be another',
})

const createKmsKey = route({
  ...of,
  id: 'createKmsKey',
  method: 'POST',
  path: '/v1/wallet-keys',
  summary: 'Make a key for a user and an asset, and the wallet it belongs to',
  description:
    '`createKmsKey` of the original service: as POST /v1/wallets, of the tier native unless another is named. An address ' +
    'that is given is not looked at: there is none before there is a key.',
  body: s.named(
    'CreateKmsKey',
    Type.Object(
      {
        userId,
        asset,
        network: Type.Optional(networkName),
        tier: Type.Optional(tier),
        address: Type.Optional(address),
        keySpec: Type.Optional(keySpecName),
      },
      s.closed,
    ),
  ),
  seconds: 30,
  reply: { status: 201, description: 'The wallet', schema: walletShape },
  refuses: creationRefuses,
  example: {
    body: { userId: '123', asset: 'BTC', network: 'testnet', keySpec: 'ECC_SECG_P256K1' },
    reply: { status: 201, body: { ...walletExample, tier: 'native' } },
  },
  async handle({ services, body: { userId: user, ...request }, call }) {
    return { body: walletView(await services.wallets.createKmsKey({ user, ...request }, call())) }
  },
})

const getPublicKey = route({
  ...of,
  id: 'getPublicKey',
  method: 'GET',
  path: '/v1/wallet-keys/{key}/public-key',
  summary: "Get the public key of a wallet's first address, or of a key",
  params: named,
  reply: {
    status: 200,
    description: 'The public key',
    schema: s.named('PublicKey', Type.Object({ algorithm: s.algorithm, publicKey: s.hex }, s.closed)),
  },
  refuses: ['denied', 'key-not-found', 'not-found', 'store-unavailable', 'store-corrupt'],
  example: {
    params: { key: walletExample.id },
    reply: { status: 200, body: { algorithm: 'secp256k1-ecdsa', publicKey: walletExample.publicKey } },
  },
  async handle({ services, params, call }) {
    const { algorithm, bytes } = await services.wallets.getPublicKey(params.key, call())
    return { body: { algorithm, publicKey: toHex(bytes) } }
  },
})

const signTransactionHash = route({
  ...of,
  id: 'signTransactionHash',
  method: 'POST',
  path: '/v1/wallet-keys/{key}/sign-hash',
  summary: 'Sign a bare hash with an opaque key',
  description:
    'Of keys that were made to sign bare digests and may sign nothing else, with the right and rule `sign:digest`. What a ' +
    "wallet's key signs is decoded first: POST /v1/withdrawals, or POST /v1/keys/{key}/sign/transaction.",
  params: named,
  headers: s.idempotencyKey,
  body: s.named(
    'SignHash',
    Type.Object(
      { hash: Type.String({ maxLength: 200, description: '32 bytes: 0x and 64 hex digits; signed as it is' }) },
      s.closed,
    ),
  ),
  reply: {
    status: 200,
    description: 'The signature: r and s with low s, compact and in DER, and the parity of R',
    schema: s.named(
      'HashSignature',
      Type.Object(
        {
          attempt: Type.String(),
          key: s.keyId,
          r: s.hex,
          s: s.hex,
          yParity: Type.Integer({ minimum: 0, maximum: 1 }),
          compact: s.hex,
          der: s.hex,
        },
        s.closed,
      ),
    ),
  },
  refuses: [...keyUseRefuses, 'not-supported', 'idempotency-conflict', 'invalid-payload'],
  example: {
    params: { key: keyExample.alias },
    body: { hash: `0x${'5a'.repeat(32)}` },
    reply: {
      status: 200,
      body: {
        attempt: attemptExample,
        key: keyExample.id,
        r: `0x${'11'.repeat(32)}`,
        s: `0x${'22'.repeat(32)}`,
        yParity: 0,
        compact: `0x${'11'.repeat(32)}${'22'.repeat(32)}`,
        der: `0x30440220${'11'.repeat(32)}0220${'22'.repeat(32)}`,
      },
    },
  },
  async handle({ services, params, headers, body, call }) {
    const once = idempotencyOf('sign-hash', headers, { ...params, ...body })
    return { body: { ...(await services.wallets.signTransactionHash(params.key, body.hash, call(), once)) } }
  },
})

const deleteKmsKey = route({
  ...of,
  id: 'deleteKmsKey',
  method: 'DELETE',
  path: '/v1/wallet-keys/{key}',
  summary: 'End a key after a window',
  description:
    'As DELETE /v1/keys/{key}. Of a wallet: DELETE /v1/wallets/{wallet}. What a KMS destroyed, nobody restores.',
  params: named,
  query: Type.Object(
    {
      days: Type.Optional(Type.String({ pattern: '^(?:[7-9]|[12][0-9]|30)$', description: '7 to 30; 7 unless given' })),
    },
    s.closed,
  ),
  reply: {
    status: 200,
    description: 'When it may be destroyed',
    schema: s.named('KeyDeletion', Type.Object({ key: s.keyId, deletionDate: s.time }, s.closed)),
  },
  refuses: [
    'denied',
    'key-not-found',
    'key-state',
    'not-supported',
    'version-conflict',
    'store-unavailable',
    'backend-unavailable',
    'backend-throttled',
    'backend-denied',
    'backend-failed',
    'node-unavailable',
  ],
  example: {
    params: { key: keyExample.id },
    reply: { status: 200, body: { key: keyExample.id, deletionDate: '2026-11-27T09:00:00.000Z' } },
  },
  handle: async ({ services, params, query, call }) => ({
    body: { ...(await services.wallets.deleteKmsKey(params.key, Number(query.days ?? 7), call())) },
  }),
})

const keySpec = route({
  ...of,
  id: 'getKeySpecForChain',
  method: 'GET',
  path: '/v1/key-specs/{asset}',
  summary: 'What kind of key an asset needs',
  params: Type.Object({ asset }, s.closed),
  query: Type.Object({ tier: Type.Optional(tier), addressType: Type.Optional(form) }, s.closed),
  reply: {
    status: 200,
    description: 'As chain and key back-end say',
    schema: s.named(
      'KeySpec',
      Type.Object(
        {
          family: s.family,
          tier,
          backend: s.backend,
          algorithm: s.algorithm,
          keySpec: Type.Optional(Type.String({ description: "the back-end's own name, such as ECC_SECG_P256K1" })),
          hint: Type.Optional(
            Type.String({ description: 'of an asset by another name than its symbol: what that is' }),
          ),
        },
        s.closed,
      ),
    ),
  },
  refuses: ['not-supported', 'unknown-network'],
  example: {
    params: { asset: 'BTC' },
    query: { tier: 'native' },
    reply: {
      status: 200,
      body: {
        family: 'bitcoin',
        tier: 'native',
        backend: 'aws-kms',
        algorithm: 'secp256k1-ecdsa',
        keySpec: 'ECC_SECG_P256K1',
      },
    },
  },
  async handle({ services, params, query: { tier: where, addressType }, call }) {
    call()
    const more = { ...(where === undefined ? {} : { tier: where }), ...(addressType && { form: addressType }) }
    return { body: { ...services.wallets.getKeySpecForChain({ asset: params.asset, ...more }) } }
  },
})

const checkAddress = route({
  ...of,
  id: 'checkAddress',
  method: 'GET',
  path: '/v1/addresses/{asset}/{address}',
  summary: 'Whether an address is one, and why not',
  params: Type.Object({ asset, address: Type.String({ pattern: '^[!-.0-~]{1,128}$' }) }, s.closed),
  query: Type.Object({ network: Type.Optional(networkName) }, s.closed),
  reply: {
    status: 200,
    description: 'What was read',
    schema: s.named(
      'AddressReading',
      Type.Object(
        {
          valid: Type.Boolean(),
          chain: s.network,
          addressType: Type.Optional(Type.String()),
          reason: Type.Optional(Type.String()),
        },
        s.closed,
      ),
    ),
  },
  refuses: ['not-supported', 'unknown-network'],
  example: {
    params: { asset: 'BTC', address: walletExample.address },
    query: { network: 'testnet' },
    reply: { status: 200, body: { valid: true, chain: walletExample.chain, addressType: 'p2wpkh' } },
  },
  async handle({ services, params, query: { network }, call }) {
    const read = services.wallets.checkAddress({ ...params, ...(network === undefined ? {} : { network }) }, call())
    const said = read.valid ? { addressType: read.form } : { reason: read.reason }
    return { body: { valid: read.valid, chain: read.network, ...said } }
  },
})

export const walletKeyRoutes: readonly Route[] = [
  createKmsKey,
  getPublicKey,
  signTransactionHash,
  deleteKmsKey,
  keySpec,
  checkAddress,
]
