/** A KMS key's states. Every change is repeatable: a key that is there already is left as it is. */
import type { Deadline } from '../../base/deadline.ts'
import { Failed, Refused } from '../../core/errors.ts'
import type { KeyRef } from '../../core/key.ts'
import type { Connection } from './connection.ts'
import { eventually } from './create.ts'
import { describeKey } from './describe.ts'
import { pinnedOf } from './pinned.ts'

export async function enable(connection: Connection, ref: KeyRef, deadline: Deadline): Promise<void> {
  const { arn: KeyId } = pinnedOf(ref, connection.region)
  await connection.call({ operation: 'EnableKey', key: KeyId }, (kms, http) => kms.enableKey({ KeyId }, http), deadline)
  await reached(connection, KeyId, 'Enabled', deadline)
}

export async function disable(connection: Connection, ref: KeyRef, deadline: Deadline): Promise<void> {
  const { arn: KeyId } = pinnedOf(ref, connection.region)
  const target = { operation: 'DisableKey', key: KeyId }
  await connection.call(target, (kms, http) => kms.disableKey({ KeyId }, http), deadline)
  await reached(connection, KeyId, 'Disabled', deadline)
}

/** AWS destroys the key by itself on that date. https://docs.aws.amazon.com/kms/latest/APIReference/API_ScheduleKeyDeletion.html */
export async function scheduleDeletion(
  connection: Connection,
  ref: KeyRef,
  days: number,
  deadline: Deadline,
): Promise<Date> {
  if (!Number.isInteger(days) || days < 7 || days > 30) {
    throw new Refused('invalid-request', 'A deletion is scheduled 7 to 30 days ahead', { got: String(days) })
  }
  const { arn: KeyId } = pinnedOf(ref, connection.region)
  const earlier = await describeKey(connection, KeyId, deadline)
  if (earlier.state === 'PendingDeletion' && earlier.deletionDate !== undefined) return earlier.deletionDate
  const target = { operation: 'ScheduleKeyDeletion', key: KeyId }
  const input = { KeyId, PendingWindowInDays: days }
  const answer = await connection.call(target, (kms, http) => kms.scheduleKeyDeletion(input, http), deadline)
  if (answer.DeletionDate === undefined)
    throw new Failed('backend-failed', 'AWS KMS did not say when it deletes the key')
  return answer.DeletionDate
}

/** AWS leaves the key disabled. */
export async function cancelDeletion(connection: Connection, ref: KeyRef, deadline: Deadline): Promise<void> {
  const { arn: KeyId } = pinnedOf(ref, connection.region)
  const { state } = await describeKey(connection, KeyId, deadline)
  if (state !== 'PendingDeletion' && state !== 'PendingReplicaDeletion') return
  const target = { operation: 'CancelKeyDeletion', key: KeyId }
  await connection.call(target, (kms, http) => kms.cancelKeyDeletion({ KeyId }, http), deadline)
  await reached(connection, KeyId, 'Disabled', deadline)
}

async function reached(connection: Connection, arn: string, wanted: string, deadline: Deadline): Promise<void> {
  await eventually(deadline, async () => {
    const { state } = await describeKey(connection, arn, deadline)
    if (state !== wanted) throw new Refused('key-state', `The key ${arn} is still ${state} in AWS KMS`, { wanted })
  })
}
