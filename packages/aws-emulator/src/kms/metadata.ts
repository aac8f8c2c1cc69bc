import { ACCOUNT } from '../arn.ts'
import type { Emulator } from '../emulator.ts'
import type { KeyRecord } from '../state.ts'
import { relatedKeys } from './lifetime.ts'
import { keySpec } from './specs.ts'

/** Times on the wire are epoch seconds as a JSON number. */
export const seconds = (ms: number) => ms / 1000

const optionalSeconds = (ms: number | undefined) => (ms === undefined ? undefined : seconds(ms))

const nonEmpty = <T>(values: readonly T[]) => (values.length === 0 ? undefined : values)

/** KeyMetadata as DescribeKey answers it. Members that are undefined do not go on the wire. */
export function keyMetadata(emulator: Emulator, key: KeyRecord): object {
  const spec = keySpec(key.spec)
  const pending = key.state === 'PendingReplicaDeletion'
  return {
    AWSAccountId: ACCOUNT,
    KeyId: key.id,
    Arn: key.arn,
    CreationDate: seconds(key.createdAt),
    Enabled: key.state === 'Enabled',
    Description: key.description,
    KeyUsage: key.usage,
    KeyState: key.state,
    DeletionDate: optionalSeconds(key.deletionDate),
    ValidTo: optionalSeconds(key.validTo),
    Origin: key.origin,
    ExpirationModel: key.expirationModel,
    KeyManager: key.manager,
    KeySpec: key.spec,
    CustomerMasterKeySpec: key.spec,
    SigningAlgorithms: key.usage === 'SIGN_VERIFY' ? nonEmpty(spec.signing) : undefined,
    EncryptionAlgorithms: key.usage === 'ENCRYPT_DECRYPT' ? nonEmpty(spec.encryption) : undefined,
    MacAlgorithms: nonEmpty(spec.mac),
    MultiRegion: key.multiRegion !== undefined,
    MultiRegionConfiguration: multiRegionConfiguration(emulator, key),
    PendingDeletionWindowInDays: pending ? key.pendingWindowInDays : undefined,
    CurrentKeyMaterialId: spec.kind.type === 'symmetric' ? key.materialId : undefined,
  }
}

function multiRegionConfiguration(emulator: Emulator, key: KeyRecord): object | undefined {
  if (key.multiRegion === undefined) return undefined
  const related = relatedKeys(emulator, key.id)
  const place = (one: KeyRecord) => ({ Arn: one.arn, Region: one.region })
  const primary = related.find((one) => one.multiRegion === 'primary')
  return {
    MultiRegionKeyType: key.multiRegion.toUpperCase(),
    PrimaryKey: primary === undefined ? undefined : place(primary),
    ReplicaKeys: related.filter((one) => one.multiRegion === 'replica').map(place),
  }
}
