/** What changed in Parameter Store outside the service, seen without decrypting anything. */
import type { Deadline } from '../../../base/deadline.ts'
import { keyFinding, type KeyFinding, type Probed } from '../../../core/backend.ts'
import type { KeyRef, KeyState } from '../../../core/key.ts'
import type { Connection } from '../connection.ts'
import { inspect as inspectKey, inspectState, type Watch } from '../inspect.ts'
import { lookUp } from './parameter.ts'
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

/**
 * The KMS key is enabled and of its kind, and the parameter is there as it was recorded: no more, because a decryption would
 * be a use of the key that no entry of the register accounts for. A dry run of Decrypt is not to be had: the signer may
 * decrypt through Parameter Store alone (`kms:ViaService`), which has none.
 */
export async function probe(watch: Watch, ref: KeyRef, deadline: Deadline): Promise<Probed> {
  try {
    const [key, parameter] = await Promise.all([
      inspectState(watch, ref, 'enabled', deadline),
      lookAtParameter(watch.connection, ref, deadline),
    ])
    const [wrong] = [...key, ...parameter]
    return wrong === undefined ? { ok: true } : { ok: false, ...wrong }
  } catch (error) {
    return { ok: false, ...keyFinding(error) }
  }
}

export const unproven =
  'the KMS key and the parameter were looked at and nothing was decrypted; whether AWS lets the service decrypt, and the parameter holds the private key of the address, shows at the next signature'

async function lookAtParameter(connection: Connection, ref: KeyRef, deadline: Deadline): Promise<KeyFinding[]> {
  const { path, version: wanted } = storedOf(ref, connection.region)
  const found = await lookUp(connection, path, deadline)
  if (found === undefined) return [{ finding: `The parameter ${path} is gone: import the key again from its words` }]
  const { type, version } = found
  if (type !== 'SecureString') {
    return [{ finding: `The parameter ${path} is a ${type}, not a SecureString: anybody who may read it has the key` }]
  }
  if (wanted === undefined || version === wanted) return []
  return [
    {
      finding: `The parameter ${path} was written since: it is version ${version}, and version ${wanted} is on record`,
    },
  ]
}
