/** Slashing protection: what validators signed, taken over, handed out, and bounded by hand. */
import { Type } from 'typebox'
import { validatorsOf } from '../configured.ts'
import { publicKeyExample } from '../compat/eth2/shapes.ts'
import { largeList, route, takesNothing, type Route } from '../route.ts'
import * as s from '../schemas.ts'
import * as shapes from './protection-shapes.ts'

/** Parts of larger files come in pieces of some 512 KiB. */
const interchangeBody = 8 * 1024 * 1024
const keysBody = 2 * 1024 * 1024

const of = { ...takesNothing, part: 'operator', access: 'client', needs: 'validators' } as const
const refuses = ['denied', 'not-configured', 'unknown-network'] as const
const path = '/v1/validators/slashing-protection'

export const validatorRoutes: readonly Route[] = [
  route({
    ...of,
    id: 'importSlashingProtection',
    method: 'POST',
    path,
    summary: 'Take over what validators signed elsewhere',
    description:
      'Raises what each may sign next, and keeps the history. Nothing is lowered; a validator that cannot be imported stops ' +
      "nobody else's; a file of another network, or of another version, is refused as a whole. Large files come in parts, " +
      'each with the metadata and some of the validators: `chancery slashing import` does that.',
    body: s.named(
      'ImportSlashingProtection',
      Type.Object(
        {
          interchange: shapes.interchange,
          publicKeys: Type.Optional({ ...shapes.publicKeys, description: 'the others are passed over' }),
          forced: Type.Optional(shapes.forced),
          sha256: Type.Optional({ ...shapes.root, description: 'of the whole file, for the register' }),
        },
        s.closed,
      ),
    ),
    bodyLimit: interchangeBody,
    right: ['admin'],
    seconds: 120,
    refuses: [...refuses, 'invalid-payload', 'wrong-network'],
    reply: {
      status: 200,
      description: 'What became of each validator',
      schema: s.named(
        'SlashingProtectionImported',
        Type.Object({ validators: Type.Array(shapes.result, { maxItems: largeList }) }, s.closed),
      ),
    },
    example: {
      body: { interchange: shapes.interchangeExample },
      reply: {
        status: 200,
        body: { validators: [{ publicKey: publicKeyExample, status: 'imported', blocks: 1, attestations: 0 }] },
      },
    },
    async handle({ services, body, call }) {
      const { interchange: file, ...how } = body
      return { body: { validators: [...(await validatorsOf(services).importInterchange(file, how, call()))] } }
    },
  }),
  route({
    ...of,
    id: 'exportSlashingProtection',
    method: 'GET',
    path,
    summary: 'Hand out what validators signed, in parts',
    description:
      'Complete, as far as it was not pruned. A validator may be in several parts, and be said to have signed one thing ' +
      'twice; whoever imports all parts, or a file of them, comes to the same protection. Needs `admin` or `register:read`.',
    query: Type.Object(
      {
        network: Type.Optional(shapes.network),
        publicKeys: Type.Optional(
          Type.String({
            pattern: shapes.keyListPattern,
            description: 'up to 100, with commas between',
          }),
        ),
        after: Type.Optional(
          Type.String({ pattern: '^[\\x20-\\x7e]{1,1024}$', description: 'the next of the part before' }),
        ),
      },
      s.closed,
    ),
    seconds: 60,
    refuses: ['denied', 'not-configured', 'unknown-network'],
    reply: {
      status: 200,
      description: 'A part',
      schema: s.named(
        'SlashingProtectionPart',
        Type.Object({ interchange: shapes.exported, next: Type.Optional(Type.String()) }, s.closed),
      ),
    },
    example: { reply: { status: 200, body: { interchange: shapes.interchangeExample } } },
    async handle({ services, query, call }) {
      const { publicKeys: keys, ...which } = query
      const asked = { ...which, ...(keys !== undefined && { publicKeys: keys.split(',') }) }
      const { part, next } = await validatorsOf(services).exportPart(asked, call())
      return { body: { interchange: part, ...(next !== undefined && { next }) } }
    },
  }),
  route({
    ...of,
    id: 'raiseWatermark',
    method: 'PUT',
    path: `${path}/watermark`,
    summary: 'Raise what validators may not go below',
    description: 'An epoch becomes source and target. It never falls again.',
    body: s.named(
      'RaiseWatermark',
      Type.Object(
        {
          network: Type.Optional(shapes.network),
          publicKeys: Type.Optional(shapes.publicKeys),
          slot: Type.Optional(s.uint64),
          epoch: Type.Optional(s.uint64),
          forced: Type.Optional(shapes.forced),
        },
        s.closed,
      ),
    ),
    bodyLimit: keysBody,
    right: ['admin'],
    seconds: 60,
    refuses,
    reply: {
      status: 200,
      description: 'What stands now',
      schema: s.named(
        'WatermarkRaised',
        Type.Object({ validators: Type.Array(shapes.row, { maxItems: largeList }) }, s.closed),
      ),
    },
    example: {
      body: { slot: '81952', epoch: '2561' },
      reply: {
        status: 200,
        body: {
          validators: [{ publicKey: publicKeyExample, slot: '81952', sourceEpoch: '2561', targetEpoch: '2561' }],
        },
      },
    },
    async handle({ services, body, call }) {
      const { slot, epoch, ...which } = body
      const bounds = {
        ...(slot !== undefined && { slot: BigInt(slot) }),
        ...(epoch !== undefined && { epoch: BigInt(epoch) }),
      }
      const rows = await validatorsOf(services).raiseWatermark({ ...which, ...bounds }, call())
      return { body: { validators: rows.map(shapes.rowView) } }
    },
  }),
  route({
    ...of,
    id: 'putCeiling',
    method: 'PUT',
    path: `${path}/ceiling`,
    summary: 'Set the high watermark of a network, or take it away',
    description: 'Nothing at or above it is signed, by any process. Without slot and epoch it is taken away.',
    body: s.named(
      'PutCeiling',
      Type.Object(
        { network: Type.Optional(shapes.network), slot: Type.Optional(s.uint64), epoch: Type.Optional(s.uint64) },
        s.closed,
      ),
    ),
    refuses: [...refuses, 'version-conflict'],
    reply: { status: 204, description: 'Set' },
    example: { body: { slot: '9000000', epoch: '281250' }, reply: { status: 204 } },
    async handle({ services, body, call }) {
      const { network: id, ...ceiling } = body
      await validatorsOf(services).putCeiling(id, ceiling, call())
      return {}
    },
  }),
  route({
    ...of,
    id: 'pruneSlashingProtection',
    method: 'POST',
    path: `${path}/prune`,
    summary: 'Forget history that is older than so many epochs',
    description: 'What decides stays; exports begin later from then on.',
    body: s.named(
      'PruneSlashingProtection',
      Type.Object(
        { network: Type.Optional(shapes.network), epochs: Type.Integer({ minimum: 1, maximum: 1_000_000 }) },
        s.closed,
      ),
    ),
    seconds: 600,
    refuses: [...refuses, 'clock-in-doubt'],
    reply: {
      status: 200,
      description: 'How many duties were forgotten',
      schema: s.named('SlashingProtectionPruned', Type.Object({ forgotten: Type.Integer() }, s.closed)),
    },
    example: { body: { epochs: 250 }, reply: { status: 200, body: { forgotten: 4711 } } },
    async handle({ services, body, call }) {
      return { body: { forgotten: await validatorsOf(services).prune(body, call()) } }
    },
  }),
  route({
    ...of,
    id: 'repairSlashingProtection',
    method: 'POST',
    path: `${path}/repair`,
    summary: 'Let every protected key begin with the next epoch, because history may be lost',
    seconds: 60,
    refuses: [...refuses, 'clock-in-doubt'],
    reply: {
      status: 200,
      description: 'How many rows were raised',
      schema: s.named('SlashingProtectionRepaired', Type.Object({ raised: Type.Integer() }, s.closed)),
    },
    example: { reply: { status: 200, body: { raised: 320 } } },
    async handle({ services, call }) {
      return { body: { raised: await validatorsOf(services).repair(call()) } }
    },
  }),
  route({
    ...of,
    id: 'checkSlashingProtection',
    method: 'POST',
    path: `${path}/check`,
    summary: 'Ask whether a block or an attestation would be refused for what was signed before',
    description: 'Records nothing. Needs a grant of keys:read on the key, or of signing such a duty.',
    body: s.named(
      'CheckSlashingProtection',
      Type.Object({ network: Type.Optional(shapes.network), publicKey: shapes.publicKey, duty: shapes.duty }, s.closed),
    ),
    refuses: [...refuses, 'key-not-found', 'invalid-payload'],
    reply: {
      status: 200,
      description: 'What would be said',
      schema: s.named(
        'SlashingVerdict',
        Type.Object({ slashable: Type.Boolean(), reason: Type.Optional(Type.String()) }, s.closed),
      ),
    },
    example: {
      body: { publicKey: publicKeyExample, duty: { kind: 'block', slot: '81952' } },
      reply: { status: 200, body: { slashable: false } },
    },
    async handle({ services, body, call }) {
      const { duty: asked, publicKey: name, network: id } = body
      return { body: await validatorsOf(services).isSlashable(shapes.dutyOf(asked), name, id, call()) }
    },
  }),
]
