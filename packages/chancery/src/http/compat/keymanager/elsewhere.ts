/** What the Keymanager API asks of validator clients: a signer has none of it, and says so. */
import { Type } from 'typebox'
import { Refused } from '../../../core/errors.ts'
import { statusOf } from '../../problem.ts'
import { nothing, route, takesNothing, type Method, type Route } from '../../route.ts'
import * as s from '../../schemas.ts'
import { identifier, publicKeyExample } from '../eth2/shapes.ts'
import { keymanager } from './keymanager.ts'

interface Elsewhere {
  readonly id: string
  readonly path: string
  readonly what: string
}

const ofKeys: readonly Elsewhere[] = [
  { id: 'RemoteKeys', path: '/eth/v1/remotekeys', what: 'Which remote keys a validator client uses' },
]

const ofOneKey: readonly Elsewhere[] = [
  { id: 'FeeRecipient', path: 'feerecipient', what: 'The fee recipient of a validator' },
  { id: 'GasLimit', path: 'gas_limit', what: 'The gas limit of a validator' },
  { id: 'Graffiti', path: 'graffiti', what: 'The graffiti of a validator' },
  { id: 'BuilderConfig', path: 'builder_config', what: 'The builder configuration of a validator' },
].map((one) => ({ ...one, path: `/eth/v1/validator/{pubkey}/${one.path}` }))

const acts: readonly (readonly [Method, string])[] = [
  ['GET', 'get'],
  ['POST', 'set'],
  ['DELETE', 'delete'],
]

export const elsewhereRoutes: readonly Route[] = [...ofKeys, ...ofOneKey].flatMap((one) =>
  acts.map(([method, verb]) => elsewhere(one, method, verb)),
)

function elsewhere({ id, path, what }: Elsewhere, method: Method, verb: string): Route {
  const status = statusOf('belongs-elsewhere')
  const named = path.includes('{pubkey}')
  return route({
    ...takesNothing,
    ...keymanager,
    id: `${verb}${id}`,
    method,
    path,
    summary: `Not here: ${what.charAt(0).toLowerCase()}${what.slice(1)}`,
    params: named ? Type.Object({ pubkey: identifier }, s.closed) : nothing,
    readByChain: true,
    bodyUnread: true,
    reply: { status, description: 'It belongs to the validator client', schema: s.compatibleProblem },
    refuses: ['denied'],
    example: { ...(named && { params: { pubkey: publicKeyExample } }), reply: { status } },
    async handle() {
      throw new Refused('belongs-elsewhere', `${what} belongs to the validator client, not to the signer`, {
        hint: "Ask the validator client's own Keymanager API",
      })
    },
  })
}
