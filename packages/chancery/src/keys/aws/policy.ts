/**
 * The IAM and key policies the service needs, and nothing beyond them. Three roles, so that who makes keys cannot use
 * them and who uses them cannot destroy them.
 */
import type { JsonObject } from '../../base/json.ts'
import type { Algorithm } from '../../core/key.ts'
import { specOf } from './specs.ts'
import { keyTag, ownerTag } from './tags.ts'

/**
 * `creator` makes and enrols keys, `signer` uses them, `deleter` disables, enables and schedules deletion. `ssm` makes,
 * enrols and uses keys in Parameter Store, `data-key` makes and uses data key pairs.
 */
export type PolicyRole = 'creator' | 'signer' | 'deleter' | 'ssm' | 'data-key'

export interface PolicyOptions {
  readonly region: string
  /** Twelve digits. */
  readonly account: string
  /** Asks for a second factor on everything but looking. */
  readonly mfa?: boolean
  /** One key; absent: every key that carries this service's owner tag. */
  readonly keyArn?: string
  /** With no `keyArn`, only keys that also have this alias. */
  readonly alias?: string
  /** Absent: secp256k1 alone. */
  readonly algorithms?: readonly Algorithm[]
  /** The installation whose owner tag is meant; absent: any. */
  readonly installation?: string
  /** Parameters, `/confio/algorand/*`; absent: those the service names itself. With it, the deleter may take them away. */
  readonly path?: string
}

export interface Policies {
  /** For the role of that name: `chancery-creator`, `chancery-signer` or `chancery-deleter`. */
  readonly iam: JsonObject
  /** For the key itself: hands it to the account's administrators, and what the role needs to the role. */
  readonly key: JsonObject
}

type Conditions = { readonly [operator: string]: JsonObject }

interface Statement {
  readonly sid: string
  readonly actions: readonly string[]
  /**
   * `owned` means keys with the owner tag, or the one key given. `any` means keys that may have no tag yet, or whose tag
   * AWS does not yet see: it takes up to five minutes to reach decisions about access.
   * https://docs.aws.amazon.com/kms/latest/developerguide/abac.html
   */
  readonly on: 'owned' | 'any' | 'account' | 'alias' | 'parameters'
  readonly conditions?: Conditions
  /** Only looks: never asks for a second factor. */
  readonly looks?: true
}

const aliases = 'alias/chancery-*'

export function awsPolicy(role: PolicyRole, options: PolicyOptions): Policies {
  const statements = roles[role](options)
  return {
    iam: document(statements.map((statement) => iamStatement(statement, options))),
    key: document([
      administrators(options),
      ...statements
        .filter(({ on }) => on === 'owned' || on === 'any')
        .map((statement) => keyStatement(statement, role, options)),
    ]),
  }
}

const roles: Readonly<Record<PolicyRole, (options: PolicyOptions) => readonly Statement[]>> = {
  creator: (options) => [
    { sid: 'CreateKeys', actions: ['kms:CreateKey'], on: 'account', conditions: creation(options) },
    // KMS has no condition that says "while creating": who may create keys this way may also mark one (safety rule 13
    // still asks for an administrator to enrol it).
    { sid: 'TagKeys', actions: ['kms:TagResource'], on: 'any', conditions: onlyOurTags },
    { sid: 'NameKeys', actions: ['kms:CreateAlias'], on: 'any' },
    { sid: 'MakeNames', actions: ['kms:CreateAlias'], on: 'alias' },
    { sid: 'FindKeys', actions: ['kms:ListKeys', 'kms:ListAliases'], on: 'account', looks: true },
    { ...look, on: 'any' },
  ],
  signer: (options) => [{ sid: 'Sign', actions: ['kms:Sign'], on: 'owned', conditions: signing(options) }, look],
  ssm: parameterRole,
  'data-key': (options) => [
    {
      sid: 'MakePairs',
      actions: ['kms:GenerateDataKeyPairWithoutPlaintext'],
      on: 'owned',
      conditions: merge(dataKeyContext(options), {
        StringEquals: { 'kms:DataKeyPairSpec': specsIn(options).map(({ keySpec }) => keySpec) },
      }),
    },
    { sid: 'OpenPairs', actions: ['kms:Decrypt'], on: 'owned', conditions: dataKeyContext(options) },
  ],
  deleter: ({ path }) => [
    { sid: 'ChangeState', actions: ['kms:EnableKey', 'kms:DisableKey', 'kms:CancelKeyDeletion'], on: 'owned' },
    { sid: 'ScheduleDeletion', actions: ['kms:ScheduleKeyDeletion'], on: 'owned', conditions: window },
    { sid: 'Look', actions: ['kms:DescribeKey'], on: 'owned', looks: true },
    ...(path === undefined ? [] : [{ sid: 'TakeAway', actions: ['ssm:DeleteParameter'], on: 'parameters' } as const]),
  ],
}

/**
 * Parameter Store encrypts and decrypts as its caller, so the caller needs `kms:Encrypt` to write and `kms:Decrypt` to
 * read; through Parameter Store alone, and for these parameters alone.
 * https://docs.aws.amazon.com/kms/latest/developerguide/services-parameter-store.html
 */
function parameterRole(options: PolicyOptions): readonly Statement[] {
  const { region } = options
  const through: Conditions = {
    StringEquals: { 'kms:ViaService': `ssm.${region}.amazonaws.com` },
    StringLike: { 'kms:EncryptionContext:PARAMETER_ARN': parametersIn(options) },
  }
  return [
    { sid: 'CreateKeys', actions: ['kms:CreateKey'], on: 'account', conditions: wrapping(options) },
    { sid: 'TagKeys', actions: ['kms:TagResource'], on: 'any', conditions: labelsToo },
    { sid: 'NameKeys', actions: ['kms:CreateAlias'], on: 'any' },
    { sid: 'MakeNames', actions: ['kms:CreateAlias'], on: 'alias' },
    { sid: 'Look', actions: ['kms:DescribeKey', 'kms:ListResourceTags', 'kms:GetKeyPolicy'], on: 'any', looks: true },
    { sid: 'EncryptThroughSsm', actions: ['kms:Encrypt'], on: 'any', conditions: through },
    { sid: 'DecryptThroughSsm', actions: ['kms:Decrypt'], on: 'any', conditions: through },
    { sid: 'KeepParameters', actions: ['ssm:PutParameter', 'ssm:GetParameter'], on: 'parameters' },
  ]
}

/** Addresses are found by these labels; families write them, and no others. */
const labelsToo: Conditions = {
  'ForAllValues:StringEquals': { 'aws:TagKeys': [ownerTag, keyTag, 'createdBy', 'address', 'network', 'project'] },
}

function dataKeyContext({ installation }: PolicyOptions): Conditions {
  const own = installation === undefined ? {} : { 'kms:EncryptionContext:installation': installation }
  return { StringEquals: { 'kms:EncryptionContext:service': 'chancery', ...own } }
}

function parametersIn({ region, account, path = '/chancery/*' }: PolicyOptions): string {
  return `arn:aws:ssm:${region}:${account}:parameter${path}`
}

/** The creation of symmetric keys that carry the owner tag. */
function wrapping(options: PolicyOptions): Conditions {
  return createdAs(options, ['SYMMETRIC_DEFAULT'], 'ENCRYPT_DECRYPT')
}

const look: Statement = {
  sid: 'Look',
  actions: ['kms:DescribeKey', 'kms:GetPublicKey', 'kms:ListResourceTags', 'kms:GetKeyPolicy'],
  on: 'owned',
  looks: true,
}

const onlyOurTags: Conditions = { 'ForAllValues:StringEquals': { 'aws:TagKeys': [ownerTag, keyTag] } }

const window: Conditions = { NumericGreaterThanEquals: { 'kms:ScheduleKeyDeletionPendingWindowInDays': '7' } }

function creation(options: PolicyOptions): Conditions {
  return createdAs(
    options,
    specsIn(options).map(({ keySpec }) => keySpec),
    'SIGN_VERIFY',
  )
}

function createdAs({ installation }: PolicyOptions, specs: readonly string[], usage: string): Conditions {
  const owner = `aws:RequestTag/${ownerTag}`
  return {
    StringEquals: {
      'kms:KeySpec': specs,
      'kms:KeyUsage': usage,
      'kms:KeyOrigin': 'AWS_KMS',
      ...(installation !== undefined && { [owner]: installation }),
    },
    ...(installation === undefined && { Null: { [owner]: 'false' } }),
  }
}

/** Without the message type, a digest could be passed off as a message, or the other way round. */
function signing(options: PolicyOptions): Conditions {
  const specs = specsIn(options)
  return {
    StringEquals: {
      'kms:SigningAlgorithm': specs.map(({ signingAlgorithm }) => signingAlgorithm),
      'kms:MessageType': specs.map(({ messageType }) => messageType),
    },
  }
}

function specsIn({ algorithms = ['secp256k1-ecdsa'] }: PolicyOptions) {
  return algorithms.map(specOf)
}

function iamStatement(statement: Statement, options: PolicyOptions): JsonObject {
  const which = statement.on === 'owned' ? keyConditions(options) : {}
  return {
    Sid: statement.sid,
    Effect: 'Allow',
    Action: statement.actions,
    Resource: resource(statement, options),
    Condition: merge(common(statement, options), statement.conditions ?? {}, which),
  }
}

/** In a key policy `*` means this key. */
function keyStatement(statement: Statement, role: PolicyRole, options: PolicyOptions): JsonObject {
  return {
    // A Sid holds letters and digits only.
    Sid: `${role.replace('-', '')}${statement.sid}`,
    Effect: 'Allow',
    Principal: { AWS: `arn:aws:iam::${options.account}:role/chancery-${role}` },
    Action: statement.actions,
    Resource: '*',
    Condition: merge(common(statement, options), statement.conditions ?? {}),
  }
}

/** Without it nobody could change the policy again. It lets IAM policies decide; it grants the roles nothing by itself. */
function administrators({ account }: PolicyOptions): JsonObject {
  return {
    Sid: 'AccountAdministrators',
    Effect: 'Allow',
    Principal: { AWS: `arn:aws:iam::${account}:root` },
    Action: 'kms:*',
    Resource: '*',
  }
}

function resource({ on }: Statement, options: PolicyOptions): string {
  const { region, account, keyArn, path } = options
  if (on === 'parameters') return parametersIn(options)
  const arn = `arn:aws:kms:${region}:${account}`
  if (on === 'account') return '*'
  if (on === 'alias') return `${arn}:${path === undefined ? aliases : 'alias/*'}`
  return on === 'owned' && keyArn !== undefined ? keyArn : `${arn}:key/*`
}

function keyConditions({ keyArn, alias, installation }: PolicyOptions): Conditions {
  if (keyArn !== undefined) return {}
  const owner = `aws:ResourceTag/${ownerTag}`
  const owned =
    installation === undefined ? { Null: { [owner]: 'false' } } : { StringEquals: { [owner]: installation } }
  return { ...owned, ...(alias !== undefined && { 'ForAnyValue:StringEquals': { 'kms:ResourceAliases': alias } }) }
}

function common({ looks }: Statement, { region, mfa }: PolicyOptions): Conditions {
  const inRegion = { StringEquals: { 'aws:RequestedRegion': region } }
  return mfa && !looks ? { ...inRegion, Bool: { 'aws:MultiFactorAuthPresent': 'true' } } : inRegion
}

function merge(...all: readonly Conditions[]): Conditions {
  const merged: Record<string, JsonObject> = {}
  for (const conditions of all) {
    for (const [operator, keys] of Object.entries(conditions)) merged[operator] = { ...merged[operator], ...keys }
  }
  return merged
}

function document(statements: readonly JsonObject[]): JsonObject {
  return { Version: '2012-10-17', Statement: statements }
}
