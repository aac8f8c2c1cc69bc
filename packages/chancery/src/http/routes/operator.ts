/** What an administrator asks of the service itself. */
import { Type } from 'typebox'
import { route, takesNothing, type Route } from '../route.ts'
import * as s from '../schemas.ts'
import { orphanExample } from './examples.ts'

const finding = s.named(
  'Finding',
  Type.Object(
    {
      subject: Type.String(),
      level: s.oneOf(['ok', 'warning', 'problem']),
      got: Type.String(),
      advice: Type.Optional(Type.String({ description: 'what to do about it' })),
    },
    s.closed,
  ),
)

const findingExample = {
  subject: 'key-encryption key',
  level: 'warning',
  got: 'a key file beside the data directory',
  advice: 'use a passphrase or AWS KMS',
}

const of = { part: 'operator', refuses: ['denied'] } as const

export const operatorRoutes: readonly Route[] = [
  route({
    ...takesNothing,
    ...of,
    id: 'doctor',
    method: 'GET',
    path: '/v1/doctor',
    access: 'client',
    summary: 'Examine configuration, permissions, keys, nodes, clock, store and witness',
    seconds: 60,
    reply: {
      status: 200,
      description: 'What was found',
      schema: s.named('Diagnosis', Type.Object({ findings: Type.Array(finding) }, s.closed)),
    },
    example: { reply: { status: 200, body: { findings: [findingExample] } } },
    async handle({ services, call }) {
      const findings = await services.operator.doctor(call())
      return { body: { findings } }
    },
  }),
  route({
    ...takesNothing,
    ...of,
    id: 'orphanKeys',
    method: 'GET',
    path: '/v1/orphan-keys',
    access: 'client',
    summary: "Look for keys in key back-ends that carry this installation's mark and that no record names",
    description:
      'Begins a look, or waits some seconds for the one under way, and says how far it is. Asked again while `looking`, it names them when it has ended, up to 1,000; `GET /v1/doctor` names all.',
    seconds: 60,
    reply: {
      status: 200,
      description: 'What is known by now',
      schema: s.named(
        'OrphanKeys',
        Type.Object(
          {
            looking: Type.Boolean({ description: 'the look goes on, and more may be found' }),
            looked: Type.Integer({ description: 'keys looked at so far' }),
            of: Type.Integer({ description: 'keys to look at, as far as is known' }),
            found: Type.Integer({ description: 'keys that no record names, as far as is known' }),
            findings: Type.Array(finding, {
              maxItems: 1_000,
              description: 'once the look has ended: each of them, and what could not be looked at',
            }),
            more: Type.Integer({ description: 'findings beyond those' }),
          },
          s.closed,
        ),
      ),
    },
    example: {
      reply: {
        status: 200,
        body: { looking: false, looked: 12, of: 12, found: 1, findings: [orphanExample], more: 0 },
      },
    },
    async handle({ services, call }) {
      return { body: await services.operator.orphans(call()) }
    },
  }),
  route({
    ...takesNothing,
    ...of,
    id: 'backup',
    method: 'POST',
    path: '/v1/backups',
    access: 'operator',
    summary: "Write a backup into an empty or absent folder on the service's machine",
    description: "Only over the operator's socket: it names a folder of that machine.",
    body: s.named(
      'Backup',
      Type.Object(
        { folder: Type.String({ pattern: '^/[^\\x00]{1,1023}$', description: 'an absolute path' }) },
        s.closed,
      ),
    ),
    seconds: 600,
    reply: {
      status: 201,
      description: 'Written',
      schema: s.named('BackupMade', Type.Object({ folder: Type.String(), files: Type.Array(Type.String()) }, s.closed)),
    },
    example: {
      body: { folder: '/var/backups/chancery/2026-11-20' },
      reply: { status: 201, body: { folder: '/var/backups/chancery/2026-11-20', files: ['store.db'] } },
    },
    async handle({ services, body, call }) {
      const { folder, files } = await services.operator.backup(body.folder, call())
      return { body: { folder, files } }
    },
  }),
  route({
    ...takesNothing,
    ...of,
    id: 'exportRegister',
    method: 'POST',
    path: '/v1/register/export',
    access: 'operator',
    summary: "Write the register as JSON lines to a new file on the service's machine",
    description: "Only over the operator's socket: it names a file of that machine. It holds no secret.",
    refuses: ['denied', 'already-exists'],
    body: s.named(
      'ExportRegister',
      Type.Object({ path: Type.String({ pattern: '^/[^\\x00]{1,1023}$', description: 'an absolute path' }) }, s.closed),
    ),
    seconds: 600,
    reply: {
      status: 201,
      description: 'Written',
      schema: s.named('RegisterExported', Type.Object({ path: Type.String(), lines: Type.Integer() }, s.closed)),
    },
    example: {
      body: { path: '/var/backups/chancery/register.jsonl' },
      reply: { status: 201, body: { path: '/var/backups/chancery/register.jsonl', lines: 4711 } },
    },
    async handle({ services, body, call }) {
      const { path, lines } = await services.operator.exportRegister(body.path, call())
      return { body: { path, lines } }
    },
  }),
  route({
    ...takesNothing,
    ...of,
    id: 'acceptGap',
    method: 'POST',
    path: '/v1/register/accept-gap',
    access: 'client',
    summary: 'Accept, on record, that the store is behind its witness',
    description:
      'Validator keys are raised to the next epoch, and taken out of use until they are enabled: those that were deleted in what is lost are here again.',
    seconds: 60,
    body: s.named(
      'AcceptGap',
      Type.Object(
        { reason: Type.String({ minLength: 1, maxLength: 500, description: 'why, for the register' }) },
        s.closed,
      ),
    ),
    reply: { status: 204, description: 'Accepted' },
    example: { body: { reason: 'restored from the backup of this morning' }, reply: { status: 204 } },
    async handle({ services, body, call }) {
      await services.operator.acceptGap(body.reason, call())
      return {}
    },
  }),
]
