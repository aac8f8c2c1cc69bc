/** The audit log, to be read and checked. */
import { Type } from 'typebox'
import { isoTime } from '../../base/clock.ts'
import { Refused } from '../../core/errors.ts'
import { route, takesNothing, type Route } from '../route.ts'
import * as s from '../schemas.ts'

const entry = s.named(
  'RegisterEntry',
  Type.Object(
    {
      stream: Type.String(),
      seq: Type.Integer(),
      index: Type.Integer(),
      time: s.time,
      leaf: Type.Unsafe<`0x${string}`>({ ...s.hex, description: 'SHA-256 of 0x00 and the bytes of body (RFC 6962)' }),
      body: Type.String({ description: 'canonical JSON, to the byte' }),
    },
    s.closed,
  ),
)

const checkpoint = s.named(
  'Checkpoint',
  Type.Object(
    { size: Type.Integer(), root: Type.String(), note: Type.String({ description: 'a C2SP signed note' }) },
    s.closed,
  ),
)

const verification = s.named(
  'Verification',
  Type.Object(
    {
      segments: Type.Integer(),
      entries: Type.Integer(),
      findings: Type.Array(Type.String(), {
        description: 'everything that does not fit, by name; empty when all is well',
      }),
    },
    s.closed,
  ),
)

const of = { part: 'register', access: 'client' } as const

const entryExample = {
  stream: 's1',
  seq: 4,
  index: 0,
  time: '2026-11-20T09:00:00.000Z',
  leaf: `0x${'cd'.repeat(32)}`,
  body: '{"kind":"attempt"}',
}

const checkpointExample = { size: 42, root: `0x${'ef'.repeat(32)}`, note: 'chancery.example/log\n42\n' }

/** Where the last entry stands, in a form that only the store reads. */
const place = Type.String({ pattern: '^[-_A-Za-z0-9]{1,256}$' })

export const registerRoutes: readonly Route[] = [
  route({
    ...takesNothing,
    ...of,
    id: 'tailRegister',
    method: 'GET',
    path: '/v1/register',
    summary: 'The newest entries, newest first',
    query: Type.Object(s.page(place, 'as it was given'), s.closed),
    reply: {
      status: 200,
      description: 'A page of entries',
      schema: s.named(
        'RegisterPage',
        Type.Object({ entries: Type.Array(entry), next: Type.Optional(Type.String()) }, s.closed),
      ),
    },
    refuses: ['denied'],
    example: { query: { limit: '1' }, reply: { status: 200, body: { entries: [entryExample] } } },
    async handle({ services, query, call }) {
      const { entries, next } = await services.register.tail(s.pageOf(query), call())
      const shown = entries.map(({ stream, seq, index, time, leaf, body }) => ({
        stream,
        seq,
        index,
        time: isoTime(time),
        leaf,
        body,
      }))
      return { body: { entries: shown, ...(next === undefined ? {} : { next }) } }
    },
  }),
  route({
    ...takesNothing,
    ...of,
    id: 'getCheckpoint',
    method: 'GET',
    path: '/v1/register/checkpoint',
    summary: 'The newest signed checkpoint of the tree',
    reply: { status: 200, description: 'The checkpoint', schema: checkpoint },
    refuses: ['denied', 'not-found'],
    example: { reply: { status: 200, body: checkpointExample } },
    async handle({ services, call }) {
      const newest = await services.register.checkpoint(call())
      if (newest === undefined) throw new Refused('not-found', 'There is no checkpoint yet', { retryAfter: 2 })
      return { body: { size: newest.size, root: newest.root, note: newest.note } }
    },
  }),
  route({
    ...takesNothing,
    ...of,
    id: 'verifyRegister',
    method: 'POST',
    path: '/v1/register/verify',
    summary: 'Verify the whole register: streams, tree, witness, guard rows, outcomes',
    seconds: 120,
    reply: { status: 200, description: 'What was verified, and what does not fit', schema: verification },
    refuses: ['denied', 'store-unavailable'],
    example: { reply: { status: 200, body: { segments: 12, entries: 42, findings: [] } } },
    async handle({ services, call }) {
      const { segments, entries, findings } = await services.register.verify(call())
      return { body: { segments, entries, findings } }
    },
  }),
]
