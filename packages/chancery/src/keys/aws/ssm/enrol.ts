/** Taking a key into use that is in Parameter Store already. */
import type { Deadline } from '../../../base/deadline.ts'
import type { NewKey } from '../../../core/backend.ts'
import { Failed, Refused } from '../../../core/errors.ts'
import type { PublicKey } from '../../../core/key.ts'
import { parseKeyName } from '../arn.ts'
import type { Connection } from '../connection.ts'
import { describeKey, type Tags, tagsOf } from '../describe.ts'
import type { EnrolRequest } from '../enrol.ts'
import { lookingOn } from '../heard.ts'
import type { SignerProcess } from '../signer/signer-process.ts'
import { assertOwned, taggedAs } from '../tags.ts'
import { requireSingle } from '../single.ts'
import { requirePath } from './place.ts'
import { storedData } from './stored.ts'

export interface Enrolling {
  readonly connection: Connection
  readonly installation: string
  readonly signer: SignerProcess
}

interface Named {
  /** Alias, id or ARN of the KMS key. */
  readonly key: string
  readonly path: string
}

/**
 * One decryption, to learn the public key; the labels on the KMS key must then say the same as the key does.
 * @throws Refused `denied` without the owner tag; Failed `backend-failed` for an address mismatch
 */
export async function enrol(enrolling: Enrolling, request: EnrolRequest, deadline: Deadline): Promise<NewKey> {
  requireSingle(request)
  const { connection, installation, signer } = enrolling
  const { key, path } = namesIn(request, connection.region)
  const { arn, state, keyUsage } = await describeKey(lookingOn(connection), key, deadline)
  const tags = await tagsOf(connection, arn, deadline)
  assertOwned(tags, installation, arn, connection.region)
  if (keyUsage !== 'ENCRYPT_DECRYPT') {
    const particulars = {
      where: 'name',
      got: keyUsage,
      wanted: 'ENCRYPT_DECRYPT',
      hint: 'Keys that sign are for aws-kms',
    }
    throw new Refused('invalid-request', 'The AWS KMS key is of another kind', particulars)
  }
  if (state !== 'Enabled')
    throw new Refused('key-state', `The key ${arn} is ${state} in AWS KMS`, { wanted: 'Enabled' })
  const opened = await signer.open(request, { kind: 'parameter', path }, deadline)
  const publicKey = { algorithm: request.algorithm, bytes: opened.publicKey }
  requireSameLabels(request, publicKey, tags, { arn, path })
  const alias = key.startsWith('alias/') ? { alias: key } : {}
  return { publicKey, data: storedData({ arn, ...alias, taggedAs: taggedAs(tags), path, ...opened.found }) }
}

/** `name` is the alias or the path; the place says the other one. */
function namesIn({ name, place }: EnrolRequest, region: string): Named {
  if (name.startsWith('/')) {
    if (place === undefined) throw incomplete()
    return { key: parseKeyName(`alias/${place.name}`, region).text, path: requirePath(name) }
  }
  const bare = place?.name === name ? `alias/${name}` : name
  if (place === undefined) throw incomplete()
  return { key: parseKeyName(bare, region).text, path: requirePath(place.path) }
}

function incomplete(): Refused {
  const wanted = 'a place with the alias and the path, such as /project/algorand/name/private-key'
  return new Refused('invalid-request', 'A key in Parameter Store is named by alias and path', {
    where: 'place',
    wanted,
  })
}

/** A label that is there must be right: applications take the address from it without decrypting. */
function requireSameLabels(
  { place }: EnrolRequest,
  publicKey: PublicKey,
  tags: Tags,
  { arn, path }: { readonly arn: string; readonly path: string },
): void {
  for (const [label, wanted] of Object.entries(place?.labels(publicKey) ?? {})) {
    const got = tags.get(label)
    if (got === undefined || got === wanted) continue
    const title = `${label.toUpperCase()} MISMATCH`
    throw new Failed(
      'backend-failed',
      `${title}: the tag ${label} of ${arn} is ${got}, and ${path} holds the key of ${wanted}`,
      {
        particulars: { where: 'name', got, wanted, hint: 'Find out which is right before anything is signed with it' },
      },
    )
  }
}
