/** Names of a key in the layout that teams have: a KMS alias, and a parameter beside it. */
import type { KeyPlace } from '../../../core/backend.ts'
import { Refused } from '../../../core/errors.ts'
import type { PublicKey } from '../../../core/key.ts'
import type { KeyId } from '../../../core/names.ts'

export interface Place {
  readonly alias: string
  readonly path: string
  labels(publicKey: PublicKey): Readonly<Record<string, string>>
}

/** https://docs.aws.amazon.com/kms/latest/APIReference/API_CreateAlias.html; `alias/aws/` is AWS's own. */
const aliasPattern = /^(?!aws\/)[a-zA-Z0-9/_-]{1,250}$/
/** https://docs.aws.amazon.com/systems-manager/latest/APIReference/API_PutParameter.html; the ARN counts, so 900 are left. */
const pathPattern = /^(?!\/(?:aws|ssm))(?:\/[a-zA-Z0-9_.-]+){1,15}$/i

/** Where no place is given, names of our own. @throws Refused `invalid-request` */
export function placeOf(id: KeyId, place: KeyPlace | undefined): Place {
  if (place === undefined) {
    return { alias: `alias/chancery-${id}`, path: `/chancery/${id}/private-key`, labels: () => ({}) }
  }
  if (!aliasPattern.test(place.name)) throw invalid('place.name', place.name, 'letters, digits, / _ and -, not aws/…')
  return { alias: `alias/${place.name}`, path: requirePath(place.path), labels: (publicKey) => place.labels(publicKey) }
}

export function requirePath(path: string): string {
  if (pathPattern.test(path) && path.length <= 900) return path
  throw invalid('place.path', path, 'a path of up to 15 parts such as /project/algorand/name/private-key')
}

function invalid(where: string, got: string, wanted: string): Refused {
  const particulars = { where, got: got.slice(0, 100), wanted }
  return new Refused('invalid-request', 'AWS does not take this name', particulars)
}
