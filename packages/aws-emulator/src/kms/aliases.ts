import { aliasArn } from '../arn.ts'
import { hideIfDelayed } from '../delayed-visibility.ts'
import { AwsError, notFound, validation } from '../errors.ts'
import { authorize } from '../iam/authorize.ts'
import { type Call, reading, writing } from '../operation.ts'
import type { AliasRecord, KeyRecord } from '../state.ts'
import { integer, required, text } from '../validation.ts'
import { seconds } from './metadata.ts'
import { page } from './pages.ts'
import { findKey, requireAlive, useKey, useNoKey, visibleAlias } from './resolve.ts'
import { marker, optionalKeyId } from './shapes.ts'

const MAX_ALIASES_PER_KEY = 50

const aliasName = required(text({ min: 1, max: 256, pattern: /^[a-zA-Z0-9:/_-]+$/ }))
const targetKey = required(text({ min: 1, max: 2048 }))

function requireAliasName(name: string): void {
  if (!name.startsWith('alias/')) {
    throw validation(
      'Alias must start with the prefix "alias/". Please see ' +
        'https://docs.aws.amazon.com/kms/latest/developerguide/kms-alias.html',
    )
  }
  if (name.startsWith('alias/aws/')) throw new AwsError('NotAuthorizedException', '')
}

/** Alias operations need the permission on the alias as well as on its key (KMS developer guide, "Alias access"). */
function authorizeAlias(call: Call, arn: string): void {
  authorize(call, { resource: arn })
}

function aliasesOf(call: Call, key: KeyRecord): readonly AliasRecord[] {
  const all = [...call.emulator.state.aliases.values()]
  return all.filter((alias) => alias.region === key.region && alias.keyId === key.id)
}

function requireRoom(call: Call, key: KeyRecord): void {
  if (aliasesOf(call, key).length < MAX_ALIASES_PER_KEY) return
  throw new AwsError('LimitExceededException', `The alias limit for ${key.arn} has been reached.`)
}

const createAlias = writing({ AliasName: aliasName, TargetKeyId: targetKey }, (call, input) => {
  requireAliasName(input.AliasName)
  const { emulator, region } = call
  const arn = aliasArn(region, input.AliasName)
  authorizeAlias(call, arn)
  const key = useKey(call, input.TargetKeyId)
  if (emulator.state.aliases.has(arn)) {
    throw new AwsError('AlreadyExistsException', `An alias with the name ${arn} already exists`)
  }
  requireAlive(key)
  requireRoom(call, key)
  const now = emulator.now()
  emulator.state.aliases.set(arn, { name: input.AliasName, arn, region, createdAt: now, updatedAt: now, keyId: key.id })
  hideIfDelayed(call, arn)
  return undefined
})

function requireSameKind(former: KeyRecord, next: KeyRecord): void {
  const kind = (key: KeyRecord) => key.spec.split('_')[0]
  if (former.usage === next.usage && kind(former) === kind(next)) return
  throw validation(
    `Alias cannot be associated with ${next.arn}: the current and the new KMS key must have the same type and key usage.`,
  )
}

const updateAlias = writing({ AliasName: aliasName, TargetKeyId: targetKey }, (call, input) => {
  requireAliasName(input.AliasName)
  const arn = aliasArn(call.region, input.AliasName)
  authorizeAlias(call, arn)
  const alias = visibleAlias(call.emulator, arn)
  const former = findKey(call.emulator, call.region, alias.keyId)
  const key = useKey(call, input.TargetKeyId)
  authorize(call, { resource: former.arn, key: former })
  requireAlive(key)
  requireSameKind(former, key)
  call.emulator.state.aliases.set(arn, { ...alias, keyId: key.id, updatedAt: call.emulator.now() })
  hideIfDelayed(call, arn, former.id)
  return undefined
})

const deleteAlias = writing({ AliasName: aliasName }, (call, input) => {
  requireAliasName(input.AliasName)
  const arn = aliasArn(call.region, input.AliasName)
  authorizeAlias(call, arn)
  const alias = call.emulator.state.aliases.get(arn)
  if (alias === undefined) throw notFound(`Alias ${arn} is not found.`)
  useKey(call, alias.keyId)
  call.emulator.state.aliases.delete(arn)
  return undefined
})

function aliasEntry(alias: AliasRecord): object {
  return {
    AliasName: alias.name,
    AliasArn: alias.arn,
    TargetKeyId: alias.keyId,
    CreationDate: seconds(alias.createdAt),
    LastUpdatedDate: seconds(alias.updatedAt),
  }
}

export const aliasOperations = {
  CreateAlias: createAlias,
  UpdateAlias: updateAlias,
  DeleteAlias: deleteAlias,

  ListAliases: reading(
    { KeyId: optionalKeyId, Limit: integer({ min: 1, max: 100 }), Marker: marker },
    (call, input) => {
      useNoKey(call)
      const id = input.KeyId === undefined ? undefined : findKey(call.emulator, call.region, input.KeyId).id
      const inRegion = [...call.emulator.state.aliases.values()].filter((alias) => alias.region === call.region)
      const aliases = inRegion.filter((alias) => id === undefined || alias.keyId === id)
      const sorted = aliases.toSorted((a, b) => (a.name < b.name ? -1 : 1))
      const { items, ...rest } = page(sorted, input.Limit ?? 50, input.Marker)
      return { Aliases: items.map(aliasEntry), ...rest }
    },
  ),
}
