import { ACCOUNT, parseArn } from '../arn.ts'
import { AwsError } from '../errors.ts'
import { authorize } from '../iam/authorize.ts'
import { parsePolicy } from '../iam/policy.ts'
import { type Call, type Operations, reading, writing } from '../operation.ts'
import type { SessionRecord } from '../state.ts'
import { integer, required, text } from '../validation.ts'

const HOUR = 3600

// Any six digits pass: the emulator has no MFA devices, only the question whether one was used.
const serialNumber = text({ min: 9, max: 256 })
const tokenCode = text({ min: 6, max: 6, pattern: /^\d{6}$/ })

interface NewSession {
  readonly arn: string
  readonly userId: string
  readonly seconds: number
  readonly mfa: boolean
  readonly policies: readonly string[]
}

/** Issues temporary credentials; requests signed with them verify until they expire. */
function openSession(call: Call, session: NewSession): SessionRecord {
  const { random, state } = call.emulator
  const record = {
    accessKeyId: `ASIA${random.bytes(8).toString('hex').toUpperCase()}`,
    secretAccessKey: random.bytes(30).toString('base64'),
    sessionToken: random.bytes(96).toString('base64'),
    expiresAt: Date.now() + session.seconds * 1000,
    arn: session.arn,
    userId: session.userId,
    mfa: session.mfa,
    policies: session.policies,
  }
  state.sessions.set(record.accessKeyId, record)
  return record
}

function credentials(session: SessionRecord): object {
  return {
    AccessKeyId: session.accessKeyId,
    SecretAccessKey: session.secretAccessKey,
    SessionToken: session.sessionToken,
    Expiration: new Date(session.expiresAt).toISOString(),
  }
}

const assumeShape = {
  RoleArn: required(text({ min: 20, max: 2048 })),
  RoleSessionName: required(text({ min: 2, max: 64, pattern: /^[\w+=,.@-]*$/ })),
  DurationSeconds: integer({ min: 900, max: 43_200 }),
  Policy: text({ min: 1, max: 2048 }),
  SerialNumber: serialNumber,
  TokenCode: tokenCode,
  ExternalId: text({ min: 2, max: 1224 }),
}

function roleName(arn: string): string {
  const parsed = parseArn(arn)
  if (parsed?.service !== 'iam' || !parsed.resource.startsWith('role/')) {
    throw new AwsError('ValidationError', `${arn} is invalid`)
  }
  return parsed.resource.split('/').at(-1) ?? ''
}

function sessionPolicy(policy: string | undefined): readonly string[] {
  if (policy === undefined) return []
  try {
    parsePolicy(policy)
    return [policy]
  } catch {
    throw new AwsError('MalformedPolicyDocument', 'This policy contains invalid Json')
  }
}

const assumeRole = writing(assumeShape, (call, input) => {
  authorize(call, { resource: input.RoleArn })
  const role = roleName(input.RoleArn)
  const own = call.emulator.roles[role]
  const roleId = `AROA${Buffer.from(role).toString('hex').toUpperCase().padEnd(16, '0').slice(0, 16)}`
  const userId = `${roleId}:${input.RoleSessionName}`
  const arn = `arn:aws:sts::${ACCOUNT}:assumed-role/${role}/${input.RoleSessionName}`
  const policies = [...(own === undefined ? [] : [JSON.stringify(own)]), ...sessionPolicy(input.Policy)]
  const mfa = input.TokenCode !== undefined || call.principal.mfa
  const session = openSession(call, { arn, userId, mfa, policies, seconds: input.DurationSeconds ?? HOUR })
  return { AssumedRoleUser: { AssumedRoleId: userId, Arn: arn }, Credentials: credentials(session) }
})

const sessionShape = {
  DurationSeconds: integer({ min: 900, max: 129_600 }),
  SerialNumber: serialNumber,
  TokenCode: tokenCode,
}

const getSessionToken = writing(sessionShape, (call, input) => {
  if (call.principal.sessionToken !== undefined) {
    throw new AwsError('AccessDenied', 'Cannot call GetSessionToken with session credentials', 403)
  }
  const { arn, userId } = call.principal
  const policies = call.principal.policies.map((policy) => JSON.stringify(policy))
  const mfa = input.TokenCode !== undefined
  const session = openSession(call, { arn, userId, mfa, policies, seconds: input.DurationSeconds ?? 12 * HOUR })
  return { Credentials: credentials(session) }
})

export const stsOperations: Operations = {
  // Needs no permission (STS API reference).
  GetCallerIdentity: reading({}, (call) => ({
    UserId: call.principal.userId,
    Account: ACCOUNT,
    Arn: call.principal.arn,
  })),

  AssumeRole: assumeRole,
  GetSessionToken: getSessionToken,

  GetAccessKeyInfo: reading({ AccessKeyId: required(text({ min: 16, max: 128 })) }, () => ({ Account: ACCOUNT })),
}
