/** How keys come to be: made, imported, taken over. */
import { Type } from 'typebox'
import type { KeyRecord } from '../../core/key.ts'
import type { CreateKey, ImportKey, ImportSecret } from '../../core/keyring.ts'
import { route, takesNothing, type Reply, type Route } from '../route.ts'
import * as s from '../schemas.ts'
import { keyShape, keyView } from '../views.ts'
import { keyExample } from './examples.ts'

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
  tree: Type.Optional(
    s.oneOf(['bip32'], {
      description:
        'the root of a tree of keys (BIP-32) that wallets are branches of: its secret is a seed of 24 words, and it signs by ' +
        'its children alone; for the back-end sealed',
    }),
  ),
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
  description:
    'a raw private key as hex, its words, a Web3 keystore v3 with its password, or the words of a tree (BIP-39)',
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
    Type.Object(
      {
        format: Type.Literal('mnemonic', { writeOnly: true }),
        mnemonic: secretText(1_024, '12 to 24 words (BIP-39)'),
        path: Type.String({ pattern: "^m(?:/[0-9]{1,10}'?){0,10}$", description: 'm for a tree', writeOnly: true }),
        passphrase: Type.Optional(secretText(1_024, 'its passphrase, where it has one')),
      },
      s.closed,
    ),
  ],
})

const address = Type.String({ minLength: 1, maxLength: 128, description: 'refuse it unless it has this address' })

const made = { status: 201, description: 'The key', schema: keyShape, headers: { location: 'where the key is' } }

/** Asking AWS for a key takes seconds when it is busy. */
export const keySeconds = 30

function created(key: KeyRecord): Reply {
  return { headers: { location: `/v1/keys/${key.id}` }, body: keyView(key) }
}

const keyReply = { status: 201, headers: { location: `/v1/keys/${keyExample.id}` }, body: keyExample }
const { alias, backend, family, kind } = keyExample

export const newKeyRoutes: readonly Route[] = [
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
]

function importing({ secret, expectAddress, ...rest }: ImportKey): ImportKey {
  return { ...createKey(rest), secret, ...(expectAddress === undefined ? {} : { expectAddress }) }
}

function createKey({ backend, family, kind, algorithm, alias, network, tree, place }: CreateKey): CreateKey {
  return {
    backend,
    family,
    kind,
    ...(algorithm === undefined ? {} : { algorithm }),
    ...(alias === undefined ? {} : { alias }),
    ...(network === undefined ? {} : { network }),
    ...(tree === undefined ? {} : { tree }),
    ...(place === undefined ? {} : { place }),
  }
}
