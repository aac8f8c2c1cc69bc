/** `/eth/v1/keystores` of the Keymanager API. https://github.com/ethereum/keymanager-APIs */
import { Type } from 'typebox'
import { invalidRequest } from '../../../core/errors.ts'
import { validatorsOf } from '../../configured.ts'
import { largeList, route, takesNothing, type Route } from '../../route.ts'
import * as s from '../../schemas.ts'
import { genesisValidatorsRootExample, publicKeyExample } from '../eth2/shapes.ts'
import { deletedReply } from './deleted.ts'
import { keymanager } from './keymanager.ts'

const of = { ...takesNothing, ...keymanager, path: '/eth/v1/keystores' } as const

const keyEntry = Type.Object(
  {
    validating_pubkey: Type.String(),
    derivation_path: Type.Optional(Type.String()),
    readonly: Type.Boolean(),
    unprotected: Type.Optional(Type.Boolean({ description: 'it signs bare roots: nothing protects it from slashing' })),
  },
  s.closed,
)

const statusesOf = (words: readonly string[]) =>
  Type.Array(Type.Object({ status: s.oneOf(words), message: Type.Optional(Type.String()) }, s.closed), {
    description: 'in the order of the request',
  })

const secretText = Type.String({ writeOnly: true })
const history = Type.String({ description: 'an EIP-3076 interchange file, as text' })

const newKeystores = Type.Object(
  {
    keystores: Type.Array(secretText, { maxItems: largeList, description: 'EIP-2335 keystores, each as text' }),
    passwords: Type.Array(secretText, { maxItems: largeList, description: 'of the keystore at the same place' }),
    slashing_protection: Type.Optional(history),
  },
  s.closed,
)

const keystoreExample =
  '{"version":4,"uuid":"9f75a3fa-1e5a-49f9-be3d-f5a19779c6fa","path":"m/12381/3600/0/0/0","pubkey":"","crypto":{}}'

const metadata = { interchange_format_version: '5', genesis_validators_root: genesisValidatorsRootExample }
const historyExample = JSON.stringify({ metadata, data: [] })

export const keystoreRoutes: readonly Route[] = [
  route({
    ...of,
    id: 'listKeystores',
    method: 'GET',
    summary: 'List validator keys',
    reply: {
      status: 200,
      description: 'The keys that can sign now',
      schema: s.named('Keystores', Type.Object({ data: Type.Array(keyEntry) }, s.closed)),
    },
    refuses: ['denied', 'not-configured'],
    example: { reply: { status: 200, body: { data: [{ validating_pubkey: publicKeyExample, readonly: false }] } } },
    async handle({ services, call }) {
      const keys = validatorsOf(services).keys(call())
      const data = keys.map(({ key: { publicKey, derivation }, protected: isProtected }) => ({
        validating_pubkey: publicKey,
        ...(derivation !== undefined && { derivation_path: derivation }),
        readonly: false,
        ...(!isProtected && { unprotected: true }),
      }))
      return { body: { data } }
    },
  }),
  route({
    ...of,
    id: 'importKeystores',
    method: 'POST',
    summary: 'Import keystores, with what their keys signed elsewhere',
    description:
      'Of `slashing_protection`, what it says of keys that come in is taken first; a key whose history cannot be taken does not come ' +
      'in. A key without history begins with the next epoch.',
    body: s.named('ImportKeystores', newKeystores),
    bodyLimit: 32 * 1024 * 1024,
    right: ['keys:create'],
    // Each keystore costs its key derivation once, and then never again.
    seconds: 600,
    reply: {
      status: 200,
      description: 'What became of each',
      schema: s.named(
        'KeystoresImported',
        Type.Object({ data: statusesOf(['imported', 'duplicate', 'error']) }, s.closed),
      ),
    },
    refuses: ['denied', 'not-configured', 'store-unavailable', 'in-doubt', 'backend-unavailable'],
    example: {
      body: { keystores: [keystoreExample], passwords: ['an example'] },
      reply: { status: 200, body: { data: [{ status: 'imported' }] } },
    },
    async handle({ services, body, call }) {
      const { keystores, passwords, slashing_protection: slashingProtection } = body
      if (passwords.length !== keystores.length) {
        throw invalidRequest('passwords', `${passwords.length} of them`, `${keystores.length}, one a keystore`)
      }
      const request = { keystores, passwords, ...(slashingProtection !== undefined && { slashingProtection }) }
      return { body: { data: (await validatorsOf(services).import(request, call())).map(statusView) } }
    },
  }),
  route({
    ...of,
    id: 'deleteKeystores',
    method: 'DELETE',
    summary: 'Take validator keys out of use, and get their history',
    description:
      'From when this answers, no process signs with them. Their secrets are kept for seven days, their history for ever.',
    body: s.named(
      'DeleteKeystores',
      Type.Object({ pubkeys: Type.Array(Type.String(), { maxItems: largeList }) }, s.closed),
    ),
    bodyLimit: 2 * 1024 * 1024,
    right: ['keys:delete'],
    // What was cleared is waited for, and then the history is read, a minute at most.
    seconds: 90,
    reply: {
      status: 200,
      description: 'What became of each, and the history of those that were ours',
      schema: s.named(
        'KeystoresDeleted',
        Type.Object(
          { data: statusesOf(['deleted', 'not_active', 'not_found', 'error']), slashing_protection: history },
          s.closed,
        ),
      ),
    },
    refuses: ['denied', 'not-configured', 'store-unavailable', 'in-doubt'],
    example: {
      body: { pubkeys: [publicKeyExample] },
      reply: { status: 200, body: { data: [{ status: 'deleted' }], slashing_protection: historyExample } },
    },
    async handle({ services, body, call }) {
      const asked = call()
      const { statuses, slashingProtection } = await validatorsOf(services).delete(body.pubkeys, asked)
      return { body: deletedReply(statuses.map(statusView), slashingProtection, asked.deadline.clock) }
    },
  }),
]

/** Named member by member, so that nothing else is shown. */
function statusView({ status, message }: { readonly status: string; readonly message?: string }) {
  return { status, ...(message !== undefined && { message }) }
}
