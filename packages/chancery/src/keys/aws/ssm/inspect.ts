/** What changed in Parameter Store outside the service, seen without decrypting anything. */
import type { Deadline } from '../../../base/deadline.ts'
import { keyFinding, type KeyFinding } from '../../../core/backend.ts'
import type { KeyRef, KeyState } from '../../../core/key.ts'
import type { Connection } from '../connection.ts'
import { inspect as inspectKey, type Watch } from '../inspect.ts'
import { parameterVersion } from './parameter.ts'
import { storedOf } from './stored.ts'

/** The KMS key, its alias, tags and policy, and whether the parameter was written again or taken away. */
export async function inspect(
  watch: Watch,
  ref: KeyRef,
  recorded: KeyState,
  deadline: Deadline,
): Promise<readonly KeyFinding[]> {
  const [key, parameter] = await Promise.all([
    inspectKey(watch, ref, recorded, deadline),
    lookAtParameter(watch.connection, ref, deadline).catch((error: unknown) => [keyFinding(error)]),
  ])
  return [...key, ...parameter]
}

async function lookAtParameter(connection: Connection, ref: KeyRef, deadline: Deadline): Promise<KeyFinding[]> {
  const { path, version } = storedOf(ref, connection.region)
  const found = await parameterVersion(connection, path, deadline)
  if (found === undefined) return [{ finding: `The parameter ${path} is gone: import the key again from its words` }]
  if (version === undefined || found === version) return []
  return [
    { finding: `The parameter ${path} was written since: it is version ${found}, and version ${version} is on record` },
  ]
}
