/** Keys and their life. */
import { Type, type TSchema } from 'typebox'
import type { KeyRecord } from '../../core/key.ts'
import type { Call, CreateKey, ImportKey, ImportSecret, Keyring } from '../../core/services.ts'
import { route, takesNothing, type Reply, type Route } from '../route.ts'
import * as s from '../schemas.ts'
import { keyShape, keyView } from '../views.ts'
import { keyExample } from './examples.ts'

const named = Type.Object({ id: s.keyName }, s.closed)

const wanted = {
  backend: s.backend,
  family: s.family,
  kind: s.kind,
  algorithm: Type.Optional(s.algorithm),
  alias: Type.Optional(s.alias),
  network: Type.Optional({
    ...s.network,
    description: 'the one network it signs for, for good; left out: any of its family',
  }),
  place: Type.Optional(
    Type.Object(
      {
        project: Type.String({
          pattern: '^[A-Za-z0-9][A-Za-z0-9_.-]{0,62}$',
          description: 'what its path begins with',
        }),
        name: Type.String({
          pattern: '^[A-Za-z0-9][A-Za-z0-9_-]{0,62}$',
          description: 'its name outside, such as confio-testnet-sponsor',
        }),
      },
      { ...s.closed, description: 'for back-ends whose keys others find by name (aws-ssm)' },
    ),
  ),
}

const secretText = (maxLength: number, description: string) =>
  Type.String({ minLength: 1, maxLength, description, writeOnly: true })

const importSecret = Type.Unsafe<ImportSecret>({
  description: 'a raw private key as hex, its words, or a Web3 keystore v3 with its password',
  writeOnly: true,
  oneOf: [
    Type.Object(
      { format: Type.Literal('hex', { writeOnly: true }), hex: secretText(256, 'the private key as hex') },
      s.closed,
    ),
    Type.Object(
      { format: Type.Literal('words', { writeOnly: true }), words: secretText(1_024, 'the words of the private key') },
      s.closed,
    ),
    Type.Object(
      {
        format: Type.Literal('keystore-v3', { writeOnly: true }),
        keystore: secretText(16_384, 'the keystore file as text'),
        password: secretText(1_024, 'its password'),
      },
      s.closed,
    ),
  ],
})

const address = Type.String({ minLength: 1, maxLength: 128, description: 'refuse it unless it has this address' })

const made = { status: 201, description: 'The key', schema: keyShape, headers: { location: 'where the key is' } }

/** Asking AWS for a key takes seconds when it is busy. */
const keySeconds = 30

function created(key: KeyRecord): Reply {
  return { headers: { location: `/v1/keys/${key.id}` }, body: keyView(key) }
}

const keyReply = { status: 201, headers: { location: `/v1/keys/${keyExample.id}` }, body: keyExample }
const { alias, backend, family, kind } = keyExample

export const keyRoutes: readonly Route[] = [
  route({
    ...takesNothing,
    id: 'createKey',
    method: 'POST',
    path: '/v1/keys',
    part: 'keys',
    access: 'client',
    summary: 'Create a key',
    description: 'A fresh key may do nothing until rules are put for it.',
    body: s.named('CreateKey', Type.Object(wanted, s.closed)),
    seconds: keySeconds,
    reply: made,
    refuses: ['denied', 'already-exists', 'not-configured', 'not-supported', 'unsupported-payload'],
    example: { body: { backend, family, kind, alias }, reply: keyReply },
    handle: async ({ services, body, call }) => created(await services.keyring.create(createKey(body), call())),
  }),
  route({
    ...takesNothing,
    id: 'importKey',
    method: 'POST',
    path: '/v1/keys/import',
    part: 'keys',
    access: 'client',
    summary: 'Import a private key',
    description: 'The secret is read once, wiped and never recorded.',
    body: s.named(
      'ImportKey',
      Type.Object({ ...wanted, secret: importSecret, expectAddress: Type.Optional(address) }, s.closed),
    ),
    seconds: keySeconds,
    reply: made,
    refuses: ['denied', 'already-exists', 'not-configured', 'not-supported', 'invalid-payload'],
    example: {
      body: { backend, family, kind, alias, secret: { format: 'hex', hex: `0x${'00'.repeat(31)}01` } },
      reply: keyReply,
    },
    handle: async ({ services, body, call }) => created(await services.keyring.import(importing(body), call())),
  }),
  route({
    ...takesNothing,
    id: 'previewImport',
    method: 'POST',
    path: '/v1/keys/import/preview',
    part: 'keys',
    access: 'client',
    summary: 'The address that an import would have',
    description: 'Keeps nothing: the secret is read, wiped and forgotten.',
    body: s.named('PreviewImport', Type.Object({ ...wanted, secret: importSecret }, s.closed)),
    seconds: keySeconds,
    reply: {
      status: 200,
      description: 'The address',
      schema: s.named('PreviewedKey', Type.Object({ address: Type.String() }, s.closed)),
    },
    refuses: ['denied', 'already-exists', 'not-configured', 'not-supported', 'invalid-payload', 'unknown-network'],
    example: {
      body: { backend, family, kind, secret: { format: 'hex', hex: `0x${'00'.repeat(31)}01` } },
      reply: { status: 200, body: { address: keyExample.address } },
    },
    handle: async ({ services, body, call }) => ({ body: await services.keyring.preview(importing(body), call()) }),
  }),
  route({
    ...takesNothing,
    id: 'createBackedUpKey',
    method: 'POST',
    path: '/v1/keys/backed-up',
    part: 'keys',
    access: 'client',
    summary: 'Create a key and get its words once',
    description:
      'The words come encrypted to `recipient`, an X25519 public key of the caller: where the key is made they are ' +
      'encrypted, and the service cannot read them. Needs `admin`.',
    body: s.named(
      'CreateBackedUpKey',
      Type.Object(
        {
          ...wanted,
          recipient: Type.Unsafe<`0x${string}`>({
            type: 'string',
            pattern: '^0x[0-9a-f]{64}$',
            description: 'an X25519 public key: 0x and 64 lower-case hex digits',
          }),
        },
        s.closed,
      ),
    ),
    seconds: keySeconds,
    reply: {
      status: 201,
      description: 'The key, and its words for the recipient',
      schema: s.named('BackedUpKey', Type.Object({ key: keyShape, backup: s.hex }, s.closed)),
      headers: { location: 'where the key is' },
    },
    refuses: ['denied', 'already-exists', 'not-configured', 'not-supported', 'unknown-network'],
    example: {
      body: { backend, family: 'algorand', kind, alias, recipient: `0x${'09'.repeat(32)}` },
      reply: {
        status: 201,
        headers: { location: `/v1/keys/${keyExample.id}` },
        body: { key: keyExample, backup: `0x${'ab'.repeat(64)}` },
      },
    },
    async handle({ services, body, call }) {
      const request = { ...createKey(body), recipient: body.recipient }
      const { key, backup } = await services.keyring.createBackedUp(request, call())
      return { headers: { location: `/v1/keys/${key.id}` }, body: { key: keyView(key), backup } }
    },
  }),
  route({
    ...takesNothing,
    id: 'enrolKey',
    method: 'POST',
    path: '/v1/keys/enrol',
    part: 'keys',
    access: 'client',
    summary: 'Take an existing key of a key back-end into use',
    description: 'For AWS KMS `name` is a key id, an ARN or an alias. What it points to now is pinned. Needs `admin`.',
    body: s.named(
      'EnrolKey',
      Type.Object(
        { ...wanted, name: Type.String({ minLength: 1, maxLength: 2_048, description: "the back-end's name for it" }) },
        s.closed,
      ),
    ),
    seconds: keySeconds,
    reply: made,
    refuses: ['denied', 'already-exists', 'not-configured', 'not-supported', 'backend-denied', 'backend-unavailable'],
    example: {
      body: { backend: 'aws-kms', family, kind, alias, name: 'alias/treasury' },
      reply: { ...keyReply, body: { ...keyExample, backend: 'aws-kms' } },
    },
    handle: async ({ services, body, call }) =>
      created(await services.keyring.enrol({ ...createKey(body), name: body.name }, call())),
  }),
  route({
    ...takesNothing,
    id: 'probeKeys',
    method: 'POST',
    path: '/v1/keys/probe',
    part: 'keys',
    access: 'client',
    summary: 'Ask every key back-end whether its keys could sign',
    seconds: 60,
    reply: {
      status: 200,
      description: 'One finding a key',
      schema: s.named(
        'KeyProbe',
        Type.Object(
          {
            keys: Type.Array(
              Type.Object({ key: s.keyId, ok: Type.Boolean(), finding: Type.Optional(Type.String()) }, s.closed),
            ),
          },
          s.closed,
        ),
      ),
    },
    refuses: ['denied'],
    example: { reply: { status: 200, body: { keys: [{ key: keyExample.id, ok: true }] } } },
    handle: async ({ services, call }) => ({ body: { keys: await services.keyring.probe(call()) } }),
  }),
  route({
    ...takesNothing,
    id: 'listKeys',
    method: 'GET',
    path: '/v1/keys',
    part: 'keys',
    access: 'client',
    summary: 'List the keys the client holds a grant on',
    query: Type.Object(s.page, s.closed),
    reply: {
      status: 200,
      description: 'A page of keys',
      schema: s.named(
        'KeyPage',
        Type.Object({ keys: Type.Array(keyShape), next: Type.Optional(Type.String()) }, s.closed),
      ),
    },
    refuses: [],
    example: { query: { limit: '50' }, reply: { status: 200, body: { keys: [keyExample] } } },
    async handle({ services, query, call }) {
      const { keys, next } = await services.keyring.list(s.pageOf(query), call())
      return { body: { keys: keys.map(keyView), ...(next === undefined ? {} : { next }) } }
    },
  }),
  route({
    ...takesNothing,
    id: 'getKey',
    method: 'GET',
    path: '/v1/keys/{id}',
    part: 'keys',
    access: 'client',
    summary: 'Get a key',
    params: named,
    reply: {
      status: 200,
      description: 'The key, and the version of its rules',
      schema: s.named('KeyWithRulesVersion', Type.Object({ key: keyShape, rulesVersion: Type.Integer() }, s.closed)),
    },
    refuses: ['key-not-found'],
    example: { params: { id: alias }, reply: { status: 200, body: { key: keyExample, rulesVersion: 3 } } },
    async handle({ services, params, call }) {
      const { key, rulesVersion } = await services.keyring.get(params.id, call())
      return { body: { key: keyView(key), rulesVersion } }
    },
  }),
  change('disableKey', 'disable', 'Disable a key', { state: 'disabled' }, (keyring, id, call) =>
    keyring.disable(id, call),
  ),
  change('enableKey', 'enable', 'Enable a disabled key', {}, (keyring, id, call) => keyring.enable(id, call)),
  route({
    ...takesNothing,
    ...changing('schedule-deletion'),
    id: 'scheduleKeyDeletion',
    summary: 'Schedule the deletion of a key',
    description:
      'The key is disabled at once. After the window a purge destroys its secret; until then it can be cancelled.',
    params: named,
    body: s.named(
      'ScheduleDeletion',
      Type.Object(
        {
          days: s.days(7, 30),
          forced: Type.Optional(
            Type.Boolean({ description: 'although an account that the key signs for still holds something' }),
          ),
        },
        s.closed,
      ),
    ),
    example: {
      params: { id: alias },
      body: { days: 30 },
      reply: {
        status: 200,
        body: { ...keyExample, state: 'pending-deletion', deletionDate: '2026-12-20T09:00:00.000Z' },
      },
    },
    handle: async ({ services, params, body, call }) => ({
      body: keyView(
        await services.keyring.scheduleDeletion(params.id, body.days, call(), { forced: body.forced ?? false }),
      ),
    }),
  }),
  change(
    'cancelKeyDeletion',
    'cancel-deletion',
    'Cancel a scheduled deletion',
    { state: 'disabled' },
    (keyring, id, call) => keyring.cancelDeletion(id, call),
  ),
  change(
    'purgeKey',
    'purge',
    'Destroy the secret of a key for good, after its window',
    { state: 'purged' },
    (keyring, id, call) => keyring.purge(id, call),
  ),
]

function importing({ secret, expectAddress, ...rest }: ImportKey): ImportKey {
  return { ...createKey(rest), secret, ...(expectAddress === undefined ? {} : { expectAddress }) }
}

function createKey({ backend, family, kind, algorithm, alias, network, place }: CreateKey): CreateKey {
  return {
    backend,
    family,
    kind,
    ...(algorithm === undefined ? {} : { algorithm }),
    ...(alias === undefined ? {} : { alias }),
    ...(network === undefined ? {} : { network }),
    ...(place === undefined ? {} : { place }),
  }
}

function changing(verb: string) {
  return {
    method: 'POST',
    path: `/v1/keys/{id}/${verb}`,
    part: 'keys',
    access: 'client',
    seconds: keySeconds,
    reply: { status: 200, description: 'The key as it is now', schema: keyShape as TSchema },
    refuses: ['key-not-found', 'denied', 'key-state', 'version-conflict', 'not-supported', 'backend-denied'],
  } as const
}

function change(
  id: string,
  verb: string,
  summary: string,
  after: Partial<KeyRecord>,
  act: (keyring: Keyring, id: string, call: Call) => Promise<KeyRecord>,
): Route {
  return route({
    ...takesNothing,
    ...changing(verb),
    id,
    summary,
    params: named,
    example: { params: { id: alias }, reply: { status: 200, body: { ...keyExample, ...after } } },
    handle: async ({ services, params, call }) => ({ body: keyView(await act(services.keyring, params.id, call())) }),
  })
}
