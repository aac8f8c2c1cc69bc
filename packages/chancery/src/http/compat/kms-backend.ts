/**
 * The routes of a small back-end that many dApps carry: one KMS key, one relay, one API key from the environment. Their
 * paths, bodies and statuses are kept; refusals are problem details like everywhere else.
 */
import { Type } from 'typebox'
import type { Hex } from '../../base/bytes.ts'
import type { JsonObject } from '../../base/json.ts'
import type { Principal } from '../../core/access.ts'
import type { Signed } from '../../core/chain.ts'
import { Failed, Refused, type Code } from '../../core/errors.ts'
import type { KmsBackendCompat, Services } from '../../core/services.ts'
import type { Identify } from '../auth/identify.ts'
import { largeBody } from '../options.ts'
import { NodeRefusal } from '../problem.ts'
import { route, takesNothing, type Route } from '../route.ts'
import * as s from '../schemas.ts'

/** X-API-Key and nothing else; 503 before 401, as nobody can be let in where nothing is configured. */
export function kmsBackendAuth({ kmsBackend }: Services): Identify {
  return async ({ headers }): Promise<Principal> => {
    if (kmsBackend === undefined) throw unconfigured('AWS_REGION, AWS_KMS_KEY_ID and BACKEND_API_KEY')
    const principal = kmsBackend.authenticate(String(headers['x-api-key'] ?? ''))
    if (principal === undefined) throw new Refused('unauthenticated', 'X-API-Key is missing or wrong')
    return principal
  }
}

function unconfigured(variables: string): Refused {
  return new Refused('not-configured', `This route needs ${variables}`, { hint: `set ${variables} and start again` })
}

function configured(services: Services): KmsBackendCompat {
  if (services.kmsBackend === undefined) throw unconfigured('AWS_REGION, AWS_KMS_KEY_ID and BACKEND_API_KEY')
  return services.kmsBackend
}

const word = Type.Unsafe<Hex>({
  type: 'string',
  pattern: '^0x[0-9a-f]{64}$',
  description: '32 bytes, leading zeros kept',
})

const of = { part: 'compatible', access: 'kms-backend' } as const

/** A legacy transaction of Ethereum's main network that pays nothing to its own sender, and its hash. */
const signedExample =
  '0xf864808502540be4008252089417c5185167401ed00cf5f5b2fc97d9bbfdb7d025808026a0830c10be556c5ac082c23dc041d2c472c5' +
  '31669a2f2acf8cf1c7c983b987707ea02f15791bd67547d52762e87a53795227fa10f4a5c6ace07d1c39a2829c336941'
const hashExample = '0x5f2ad5b942cf29f06c3c86f7c5cb503f937f50748fa90980cd3a95630401e5a1'

export const kmsBackendRoutes: readonly Route[] = [
  route({
    ...takesNothing,
    ...of,
    id: 'kmsAddress',
    method: 'GET',
    path: '/kms/address',
    summary: 'The address of the configured key',
    reply: { status: 200, description: 'The address', schema: Type.Object({ address: Type.String() }, s.closed) },
    refuses: ['not-configured', 'backend-unavailable'],
    example: { reply: { status: 200, body: { address: '0x7E5F4552091A69125d5DfCb7b8C2659029395Bdf' } } },
    handle: async ({ services, call }) => ({ body: { address: await configured(services).address(call()) } }),
  }),
  route({
    ...takesNothing,
    ...of,
    id: 'kmsSignDigest',
    method: 'POST',
    path: '/kms/signDigest',
    summary: 'Sign a digest with the configured key',
    body: Type.Object(
      { digest: Type.String({ pattern: '^0x[0-9a-fA-F]{64}$', description: '0x and 64 hex digits' }) },
      s.closed,
    ),
    seconds: 15,
    reply: {
      status: 200,
      description: 'The signature, low s',
      schema: Type.Object(
        {
          r: word,
          s: word,
          v: Type.Integer({ minimum: 27, maximum: 28 }),
          yParity: Type.Integer({ minimum: 0, maximum: 1 }),
        },
        s.closed,
      ),
    },
    refuses: [
      'not-configured',
      'denied',
      'frozen',
      'key-state',
      'backend-unavailable',
      'backend-throttled',
      'backend-denied',
    ],
    example: {
      body: { digest: '0x4a5c5d454721bbbb25540c3317521e71c373ae36458f960d2ad46ef088110e95' },
      reply: { status: 200, body: { r: `0x${'11'.repeat(32)}`, s: `0x${'22'.repeat(32)}`, v: 27, yParity: 0 } },
    },
    async handle({ services, body, call }) {
      return { body: signatureOf(await configured(services).signDigest(lowerHex(body.digest), call())) }
    },
  }),
  route({
    ...takesNothing,
    ...of,
    id: 'ethSendRawTransaction',
    method: 'POST',
    path: '/eth/sendRawTransaction',
    summary: 'Hand a signed transaction to the configured node',
    body: Type.Object(
      {
        raw: Type.String({ pattern: '^0x(?:[0-9a-fA-F]{2})+$', description: '0x and the hex of a signed transaction' }),
      },
      s.closed,
    ),
    bodyLimit: largeBody,
    seconds: 30,
    reply: { status: 200, description: "The node's whole JSON-RPC answer", schema: s.json },
    refuses: ['not-configured', 'denied', 'frozen', 'wrong-network', 'node-refused', 'node-unavailable'],
    example: {
      body: { raw: signedExample },
      reply: { status: 200, body: { jsonrpc: '2.0', id: 1, result: hashExample } },
    },
    async handle({ services, body, call }) {
      const kmsBackend = configured(services)
      if (kmsBackend.sendRaw === undefined) throw unconfigured('SEPOLIA_RPC_URL or ALCHEMY_RPC_URL')
      const { answer, ok } = await kmsBackend.sendRaw(lowerHex(body.raw), call()).catch(illFormed)
      if (!ok) throw new NodeRefusal('The node answered with an error', answer['error'] ?? null)
      return { body: answer }
    },
  }),
]

function lowerHex(text: string): Hex {
  return `0x${text.slice(2).toLowerCase()}`
}

const unreadable: ReadonlySet<Code> = new Set<Code>(['invalid-payload', 'not-canonical', 'unsupported-payload'])

/** These routes know one word, and one status, for bytes that are no transaction. */
function illFormed(error: unknown): never {
  if (error instanceof Refused && unreadable.has(error.code)) {
    throw new Refused('invalid-request', error.message, error.particulars)
  }
  throw error
}

function signatureOf({ result }: Signed): JsonObject {
  const { r, s: low, yParity } = result
  if (typeof r !== 'string' || typeof low !== 'string' || (yParity !== 0 && yParity !== 1)) {
    throw new Failed('internal', 'The signature of a digest has no r, s and yParity')
  }
  return { r: padded(r), s: padded(low), v: 27 + yParity, yParity }
}

function padded(hex: string): Hex {
  return `0x${hex.slice(2).padStart(64, '0')}`
}
