/** Loading keys that stand in files once more, and how far that is. */
import { Type } from 'typebox'
import type { Principal } from '../../../core/access.ts'
import { Refused } from '../../../core/errors.ts'
import type { Operation } from '../../../core/names.ts'
import type { LoadingStatus } from '../../../core/validators.ts'
import { loadingOf } from '../../configured.ts'
import { route, takesNothing, type Route } from '../../route.ts'
import * as s from '../../schemas.ts'
import { remoteSigning } from './sign.ts'

function requireRight({ grants }: Principal, operation: Operation): void {
  if (grants.some(({ operations }) => operations.includes(operation))) return
  throw new Refused('denied', `No grant of the client allows ${operation}`)
}

/** Web3Signer's members first; what failed is named, and never shown. */
function statusView({ state, loaded, total, failures, finishedAt }: LoadingStatus) {
  const last = failures.at(-1)
  return {
    status: state,
    ...(finishedAt !== undefined && { lastOperationTime: finishedAt }),
    ...(last !== undefined && { lastError: `${last.source}: ${last.message}` }),
    loaded,
    total,
    failures: failures.map(({ source, message }) => ({ source, message })),
  }
}

const loadingShape = Type.Object(
  {
    status: s.oneOf(['idle', 'running', 'completed', 'completed_with_errors', 'failed']),
    lastOperationTime: Type.Optional(s.time),
    lastError: Type.Optional(Type.String()),
    loaded: Type.Integer(),
    total: Type.Integer(),
    failures: Type.Array(Type.Object({ source: Type.String(), message: Type.String() }, s.closed)),
  },
  s.closed,
)

const accepted = Type.Object({ status: Type.Literal('accepted'), message: Type.String() }, s.closed)
const of = { ...takesNothing, ...remoteSigning, access: 'validator', path: '/reload' } as const

export const reloadRoutes: readonly Route[] = [
  route({
    ...of,
    id: 'reloadKeys',
    method: 'POST',
    summary: 'Load keys that were added to the configured folders',
    description: 'Needs a grant of keys:create. 409 while it runs already; GET tells how far it is.',
    reply: { status: 202, description: 'It has begun', schema: s.named('ReloadAccepted', accepted) },
    refuses: ['not-configured', 'denied', 'already-exists'],
    example: {
      reply: { status: 202, body: { status: 'accepted', message: 'Loading; GET /reload tells how far it is' } },
    },
    async handle({ services, call }) {
      requireRight(call().principal, 'keys:create')
      if (!loadingOf(services).reload()) throw new Refused('already-exists', 'Keys are being loaded already')
      return { body: { status: 'accepted', message: 'Loading; GET /reload tells how far it is' } }
    },
  }),
  route({
    ...of,
    id: 'reloadStatus',
    method: 'GET',
    summary: 'How far loading is',
    description: 'Needs a grant of keys:read.',
    reply: {
      status: 200,
      description: 'How it went, with every failure by name',
      schema: s.named('Loading', loadingShape),
    },
    refuses: ['not-configured', 'denied'],
    example: { reply: { status: 200, body: { status: 'idle', loaded: 1, total: 1, failures: [] } } },
    async handle({ services, call }) {
      requireRight(call().principal, 'keys:read')
      return { body: statusView(loadingOf(services).status()) }
    },
  }),
]
