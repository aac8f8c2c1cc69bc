/** How a client may be known without an API key. Checked when it is written, beside everybody else's. */
import { assumedAcknowledgement, type ClientIdentity, type ClientRecord, type Grant } from '../core/access.ts'
import { invalidRequest, Refused } from '../core/errors.ts'
import { dutyOperations, type Operation } from '../core/names.ts'
import type { NewClient } from '../core/services.ts'
import { isSourceRange, overlap } from './sources.ts'

const fingerprint = /^[0-9a-f]{64}$/
/** Such as a common name may be, RFC 5280: at most 64 characters. */
const commonName = /^[\x21-\x7e](?:[\x20-\x7e]{0,62}[\x21-\x7e])?$/

/** @throws Refused `invalid-request`, `already-exists` where another client is known by the same */
export function checkIdentity(request: NewClient, others: readonly ClientRecord[]): void {
  const { identity, acknowledge } = request
  if (identity === undefined) return
  checkList(identity.certificates, 'certificates', (text) => fingerprint.test(text), '64 lower-case hex digits')
  checkList(identity.certificateNames, 'certificateNames', (text) => commonName.test(text), 'a common name')
  checkList(identity.assumedFrom, 'assumedFrom', isSourceRange, 'a CIDR range such as 10.0.0.0/8')
  if (identity.assumedFrom !== undefined) checkAssumed(request)
  else if (acknowledge !== undefined) throw invalidRequest('acknowledge', 'a text', 'none without identity.assumedFrom')
  for (const { name, identity: theirs } of others) if (theirs !== undefined) refuseShared(identity, theirs, name)
}

function checkList(
  list: readonly string[] | undefined,
  member: string,
  fits: (text: string) => boolean,
  wanted: string,
): void {
  const where = `identity.${member}`
  if (list?.length === 0) throw invalidRequest(where, 'an empty list', 'at least one, or none given')
  const wrong = list?.find((text) => !fits(text))
  if (wrong !== undefined) throw invalidRequest(where, wrong.slice(0, 80), wanted)
}

const duties: readonly Operation[] = dutyOperations

/** Whoever gets an address of the range is this client: the operator says that this is meant, and it holds no more than duties. */
function checkAssumed({ acknowledge, grants }: NewClient): void {
  if (acknowledge !== assumedAcknowledgement) {
    throw invalidRequest('acknowledge', acknowledge?.slice(0, 80) ?? 'nothing', `"${assumedAcknowledgement}"`)
  }
  checkAssumedGrants(grants)
}

/** Also of grants that come later. @throws Refused `invalid-request` for one that an address alone must not hold */
export function checkIdentityHolds({ identity }: Pick<ClientRecord, 'identity'>, grants: readonly Grant[]): void {
  if (identity?.assumedFrom !== undefined) checkAssumedGrants(grants)
}

function checkAssumedGrants(grants: readonly Grant[]): void {
  const asked = grants.flatMap(({ operations }) => operations)
  const beyond = asked.find((one) => one !== 'keys:read' && !duties.includes(one))
  if (beyond === undefined) return
  throw invalidRequest('grants', `${beyond} for a client known by its address`, `keys:read and ${duties.join(', ')}`)
}

function refuseShared(ours: ClientIdentity, theirs: ClientIdentity, name: string): void {
  const certificate = ours.certificates?.find((one) => theirs.certificates?.includes(one))
  if (certificate !== undefined) throw taken('certificates', certificate, name)
  const common = ours.certificateNames?.find((one) => theirs.certificateNames?.includes(one))
  if (common !== undefined) throw taken('certificateNames', common, name)
  const range = ours.assumedFrom?.find((one) => theirs.assumedFrom?.some((other) => overlap(one, other)))
  if (range !== undefined) throw taken('assumedFrom', range, name)
}

function taken(member: string, got: string, name: string): Refused {
  return new Refused('already-exists', `The client ${name} is known by that already`, {
    where: `identity.${member}`,
    got,
  })
}
