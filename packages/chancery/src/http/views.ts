/** What is shown of the service's records: named member by member, so that nothing new is shown by accident. */
import { Type, type Static } from 'typebox'
import { heldGrants, type ClientIdentity, type ClientRecord, type Grant } from '../core/access.ts'
import type { KeyRecord } from '../core/key.ts'
import type { SignReply } from '../core/services.ts'
import * as s from './schemas.ts'

export const keyShape = s.named(
  'Key',
  Type.Object(
    {
      id: s.keyId,
      alias: Type.Optional(s.alias),
      algorithm: s.algorithm,
      publicKey: s.hex,
      address: Type.Optional(Type.String()),
      backend: s.backend,
      family: s.family,
      network: Type.Optional({ ...s.network, description: 'the one network it signs for' }),
      accounts: Type.Optional(
        Type.Array(Type.String(), { description: 'accounts besides its address that were handed to this key' }),
      ),
      handedOver: Type.Optional(Type.Boolean({ description: 'its own address is signed for by another key' })),
      tree: Type.Optional(s.oneOf(['bip32'], { description: 'it is the root of a tree, and signs by its children' })),
      closed: Type.Optional({
        ...s.time,
        description: 'of a tree: since an accepted gap, no new wallet is a branch of it',
      }),
      kind: s.kind,
      state: s.oneOf(['enabled', 'disabled', 'pending-deletion', 'purged']),
      frozen: Type.Boolean(),
      held: Type.Optional({ ...s.time, description: 'since when an accepted gap keeps it out of use' }),
      createdAt: s.time,
      deletionDate: Type.Optional(s.time),
    },
    s.closed,
  ),
)

/** Without `ref`: the back-end's own data is nobody else's. */
export function keyView(key: KeyRecord): Static<typeof keyShape> {
  const { id, alias, algorithm, publicKey, address, backend, family, network, accounts, handedOver } = key
  const { tree, closed, kind, state, frozen, held, createdAt, deletionDate } = key
  return {
    id,
    ...(alias === undefined ? {} : { alias }),
    algorithm,
    publicKey,
    ...(address === undefined ? {} : { address }),
    backend,
    family,
    ...(network === undefined ? {} : { network }),
    ...(accounts === undefined ? {} : { accounts: [...accounts] }),
    ...(handedOver === undefined ? {} : { handedOver }),
    ...(tree === undefined ? {} : { tree }),
    ...(closed === undefined ? {} : { closed }),
    kind,
    state,
    frozen,
    ...(held === undefined ? {} : { held }),
    createdAt,
    ...(deletionDate === undefined ? {} : { deletionDate }),
  }
}

export const sourceRanges = Type.Array(
  Type.String({ pattern: '^[0-9a-fA-F.:]+/[0-9]{1,3}$', description: 'a CIDR range such as 10.0.0.0/8' }),
  { minItems: 1, maxItems: 100, uniqueItems: true },
)

const identityMembers = { minItems: 1, maxItems: 100, uniqueItems: true } as const

export const identityShape = s.named(
  'ClientIdentity',
  Type.Object(
    {
      certificates: Type.Optional(
        Type.Array(
          Type.String({ pattern: '^[0-9a-f]{64}$', description: 'SHA-256 of a certificate, 64 lower-case hex digits' }),
          identityMembers,
        ),
      ),
      certificateNames: Type.Optional(
        Type.Array(
          Type.String({
            pattern: '^[\\x21-\\x7e](?:[\\x20-\\x7e]{0,62}[\\x21-\\x7e])?$',
            description: 'the common name of certificates that a configured authority signed',
          }),
          identityMembers,
        ),
      ),
      assumedFrom: Type.Optional({
        ...sourceRanges,
        description: 'whoever asks for duties from there without a credential is this client',
      }),
    },
    { ...s.closed, minProperties: 1, description: 'how it is known without an API key' },
  ),
)

export const grantShape = s.named(
  'Grant',
  Type.Object(
    {
      operations: Type.Array(s.operation, { minItems: 1, maxItems: 32, uniqueItems: true }),
      keys: Type.Union([Type.Literal('*'), Type.Array(s.keyId, { minItems: 1, maxItems: 10_000, uniqueItems: true })], {
        description: '* or an array of key ids',
      }),
      networks: Type.Union(
        [Type.Literal('*'), Type.Array(s.network, { minItems: 1, maxItems: 1_000, uniqueItems: true })],
        {
          description: '* or an array of CAIP-2 ids',
        },
      ),
      sources: Type.Optional({ ...sourceRanges, description: 'where it holds; anywhere unless given' }),
    },
    s.closed,
  ),
)

export const clientShape = s.named(
  'Client',
  Type.Object(
    {
      id: s.clientId,
      name: Type.String(),
      secrets: Type.Array(
        Type.Object({ id: Type.String(), createdAt: s.time, expiresAt: Type.Optional(s.time) }, s.closed),
        { description: 'at most two, to change one without a gap; never the secrets themselves' },
      ),
      sources: Type.Optional(Type.Array(Type.String({ description: 'a CIDR range' }))),
      identity: Type.Optional(identityShape),
      grants: Type.Array(grantShape),
      frozen: Type.Boolean(),
      createdAt: s.time,
      once: Type.Optional(Type.Boolean({ description: 'the first administrator: ends when it has created a client' })),
    },
    s.closed,
  ),
)

/** Without the keyed hashes of its secrets. */
export function clientView(client: ClientRecord): Static<typeof clientShape> {
  const { id, name, sources, frozen, createdAt, once } = client
  return {
    id,
    name,
    secrets: client.secrets.map((secret) => ({
      id: secret.id,
      createdAt: secret.createdAt,
      ...(secret.expiresAt === undefined ? {} : { expiresAt: secret.expiresAt }),
    })),
    ...(sources === undefined ? {} : { sources: [...sources] }),
    ...(client.identity === undefined ? {} : { identity: identityView(client.identity) }),
    grants: heldGrants(client).map(grantView),
    frozen,
    createdAt,
    ...(once === undefined ? {} : { once }),
  }
}

function grantView({ operations, keys, networks, sources }: Grant): Static<typeof grantShape> {
  return {
    operations: [...operations],
    keys: keys === '*' ? keys : [...keys],
    networks: networks === '*' ? networks : [...networks],
    ...(sources === undefined ? {} : { sources: [...sources] }),
  }
}

function identityView({ certificates, certificateNames, assumedFrom }: ClientIdentity): Static<typeof identityShape> {
  return {
    ...(certificates && { certificates: [...certificates] }),
    ...(certificateNames && { certificateNames: [...certificateNames] }),
    ...(assumedFrom && { assumedFrom: [...assumedFrom] }),
  }
}

export const signatureShape = s.named(
  'Signed',
  Type.Object(
    {
      attempt: Type.String({ description: 'the id of the attempt in the register' }),
      key: s.keyId,
      result: Type.Unsafe<SignReply['signed']['result']>({
        type: 'object',
        description: 'the signature, or the signed transaction, as its chain writes it',
      }),
    },
    s.closed,
  ),
)

export function signatureView({ attempt, key, signed }: SignReply): Static<typeof signatureShape> {
  return { attempt, key, result: signed.result }
}
