import { keyArn } from '../arn.ts'
import { AwsError, notFound, validation } from '../errors.ts'
import { authorize } from '../iam/authorize.ts'
import { type Call, reading, writing } from '../operation.ts'
import type { Grant, KeyRecord } from '../state.ts'
import { integer, list, oneOf, required, stringMap, structure, text } from '../validation.ts'
import { livingKeys } from './lifetime.ts'
import { seconds } from './metadata.ts'
import { page } from './pages.ts'
import { requireAlive, useKey } from './resolve.ts'
import { dryRunFlag, grantTokens, keyId, marker, optionalKeyId } from './shapes.ts'

const GRANT_OPERATIONS = [
  'Decrypt',
  'Encrypt',
  'GenerateDataKey',
  'GenerateDataKeyWithoutPlaintext',
  'ReEncryptFrom',
  'ReEncryptTo',
  'Sign',
  'Verify',
  'GetPublicKey',
  'CreateGrant',
  'RetireGrant',
  'DescribeKey',
  'GenerateDataKeyPair',
  'GenerateDataKeyPairWithoutPlaintext',
  'GenerateMac',
  'VerifyMac',
] as const

const principal = text({ min: 1, max: 256 })
const grantId = text({ min: 1, max: 128 })

const createShape = {
  KeyId: keyId,
  GranteePrincipal: required(principal),
  RetiringPrincipal: principal,
  Operations: required(list(oneOf(GRANT_OPERATIONS))),
  Constraints: structure({ EncryptionContextEquals: stringMap(), EncryptionContextSubset: stringMap() }),
  GrantTokens: grantTokens,
  Name: text({ min: 1, max: 256 }),
  DryRun: dryRunFlag,
}

const createGrant = writing(createShape, (call, input) => {
  const key = useKey(call, input.KeyId)
  requireAlive(key)
  // A named grant is created once: the same request again answers with the same grant.
  const existing = key.grants.find((one) => one.name !== undefined && one.name === input.Name)
  if (existing !== undefined) return { GrantToken: existing.token, GrantId: existing.id }
  const grant: Grant = {
    id: call.emulator.random.bytes(32).toString('hex'),
    token: call.emulator.random.bytes(48).toString('base64url'),
    name: input.Name,
    createdAt: call.emulator.now(),
    granteePrincipal: input.GranteePrincipal,
    retiringPrincipal: input.RetiringPrincipal,
    operations: input.Operations,
    constraints: input.Constraints,
  }
  key.grants.push(grant)
  return { GrantToken: grant.token, GrantId: grant.id }
})

function grantEntry(key: KeyRecord, grant: Grant): object {
  return {
    KeyId: key.arn,
    GrantId: grant.id,
    Name: grant.name,
    CreationDate: seconds(grant.createdAt),
    GranteePrincipal: grant.granteePrincipal,
    RetiringPrincipal: grant.retiringPrincipal,
    IssuingAccount: key.arn.replace(/^.*::?(\d{12}):.*$/, 'arn:aws:iam::$1:root'),
    Operations: grant.operations,
    Constraints: grant.constraints,
  }
}

function removeGrant(key: KeyRecord, grant: Grant | undefined, id: string): undefined {
  if (grant === undefined) throw notFound(`Grant ID ${id} not found`)
  key.grants = key.grants.filter((one) => one !== grant)
  return undefined
}

const listGrants = reading(
  { KeyId: keyId, GrantId: grantId, GranteePrincipal: principal, Limit: integer({ min: 1, max: 100 }), Marker: marker },
  (call, input) => {
    const key = useKey(call, input.KeyId)
    const chosen = key.grants.filter((grant) => {
      const named = input.GrantId === undefined || grant.id === input.GrantId
      return named && (input.GranteePrincipal === undefined || grant.granteePrincipal === input.GranteePrincipal)
    })
    const { items, ...rest } = page(chosen, input.Limit ?? 50, input.Marker)
    return { Grants: items.map((grant) => grantEntry(key, grant)), ...rest }
  },
)

const listRetirableGrants = reading(
  { RetiringPrincipal: required(principal), Limit: integer({ min: 1, max: 100 }), Marker: marker },
  (call, input) => {
    authorize(call, { resource: '*' })
    const all = livingKeys(call.emulator, call.region).flatMap((key) => key.grants.map((grant) => ({ key, grant })))
    const chosen = all.filter(({ grant }) => grant.retiringPrincipal === input.RetiringPrincipal)
    const { items, ...rest } = page(chosen, input.Limit ?? 50, input.Marker)
    return { Grants: items.map(({ key, grant }) => grantEntry(key, grant)), ...rest }
  },
)

function retireByToken(call: Call, token: string): undefined {
  const key = livingKeys(call.emulator, call.region).find((one) => one.grants.some((grant) => grant.token === token))
  if (key === undefined) throw new AwsError('InvalidGrantTokenException', 'Invalid grant token')
  return retire(
    call,
    key,
    key.grants.find((grant) => grant.token === token),
    'of this token',
  )
}

/** The retiring principal may retire, and the grantee when RetireGrant is among the operations. */
function retire(call: Call, key: KeyRecord, grant: Grant | undefined, id: string): undefined {
  const own = grant?.retiringPrincipal === call.principal.arn
  const grantee = grant?.granteePrincipal === call.principal.arn && grant.operations.includes('RetireGrant')
  if (!own && !grantee) authorize(call, { resource: key.arn, key })
  return removeGrant(key, grant, id)
}

export const grantOperations = {
  CreateGrant: createGrant,
  ListGrants: listGrants,
  ListRetirableGrants: listRetirableGrants,

  RevokeGrant: writing({ KeyId: keyId, GrantId: required(grantId), DryRun: dryRunFlag }, (call, input) => {
    const key = useKey(call, input.KeyId)
    return removeGrant(
      key,
      key.grants.find((one) => one.id === input.GrantId),
      input.GrantId,
    )
  }),

  RetireGrant: writing(
    { GrantToken: text({ min: 1, max: 8192 }), KeyId: optionalKeyId, GrantId: grantId, DryRun: dryRunFlag },
    (call, input) => {
      if (input.GrantToken !== undefined) return retireByToken(call, input.GrantToken)
      if (input.KeyId === undefined || input.GrantId === undefined) {
        throw validation('RetireGrant requires either a grant token or a key ARN and a grant ID.')
      }
      const id = input.KeyId.split('/').at(-1) ?? ''
      const key = call.emulator.state.keys.get(keyArn(call.region, id))
      if (key === undefined) throw notFound(`Key '${input.KeyId}' does not exist`)
      return retire(
        call,
        key,
        key.grants.find((one) => one.id === input.GrantId),
        input.GrantId,
      )
    },
  ),
}
