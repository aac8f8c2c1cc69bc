/** What each role of each layout may do: the calls the back-ends really make, and nothing beyond them. */
import type { JsonObject } from '../../base/json.ts'
import type { Algorithm } from '../../core/key.ts'
import { specOf } from './specs.ts'
import { keyTag, labelTags, ownerTag } from './tags.ts'

/** Who makes keys cannot use them, who uses them cannot destroy them. */
export type PolicyRole = 'creator' | 'signer' | 'deleter'

/** Where private keys are: inside AWS KMS, in Parameter Store, or in the service's records as data key pairs. */
export type Layout = 'kms' | 'ssm' | 'data-key'

export interface PolicyOptions {
  readonly region: string
  /** Twelve digits. */
  readonly account: string
  /** Absent: `kms`. */
  readonly layout?: Layout
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
  /** Parameters, `/confio/algorand/*`; absent: those the service names itself. */
  readonly path?: string
  /** When deletion windows end, ISO 8601; absent: the deleter takes no parameter away. */
  readonly purgeAfter?: string
}

export type Conditions = { readonly [operator: string]: JsonObject }

export interface Statement {
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

type Statements = (options: PolicyOptions) => readonly Statement[]

/** Absent where a layout leaves a role nothing to do: an account that is a data key pair ends in the service's records. */
export const statementsOf: Readonly<Record<Layout, Readonly<Partial<Record<PolicyRole, Statements>>>>> = {
  kms: { creator: kmsCreator, signer: kmsSigner, deleter: keyDeleter },
  ssm: { creator: parameterCreator, signer: parameterSigner, deleter: parameterDeleter },
  'data-key': { creator: pairCreator, signer: pairSigner },
}

function kmsCreator(options: PolicyOptions): readonly Statement[] {
  const specs = specsIn(options).map(({ keySpec }) => keySpec)
  return [
    {
      sid: 'CreateKeys',
      actions: ['kms:CreateKey'],
      on: 'account',
      conditions: createdAs(options, specs, 'SIGN_VERIFY'),
    },
    // KMS has no condition that says "while creating": who may create keys this way may also mark one (safety rule 13
    // still asks for an administrator to enrol it).
    {
      sid: 'TagKeys',
      actions: ['kms:TagResource'],
      on: 'any',
      conditions: onlyTags(ownerTag, keyTag, ...labelTags),
    },
    ...naming,
    { sid: 'FindKeys', actions: ['kms:ListKeys', 'kms:ListAliases'], on: 'account', looks: true },
    { ...look, on: 'any' },
  ]
}

function kmsSigner(options: PolicyOptions): readonly Statement[] {
  return [{ sid: 'Sign', actions: ['kms:Sign'], on: 'owned', conditions: signing(options) }, look]
}

function keyDeleter(): readonly Statement[] {
  return [
    { sid: 'ChangeState', actions: ['kms:EnableKey', 'kms:DisableKey', 'kms:CancelKeyDeletion'], on: 'owned' },
    { sid: 'ScheduleDeletion', actions: ['kms:ScheduleKeyDeletion'], on: 'owned', conditions: window },
    { sid: 'Look', actions: ['kms:DescribeKey'], on: 'owned', looks: true },
  ]
}

/**
 * Parameter Store encrypts as its caller: without `kms:Encrypt` nothing is stored. The creator cannot read back what it
 * wrote. `ssm:GetParameter` without `kms:Decrypt` shows it whether there is a parameter.
 * https://docs.aws.amazon.com/kms/latest/developerguide/services-parameter-store.html
 */
function parameterCreator(options: PolicyOptions): readonly Statement[] {
  const conditions = createdAs(options, ['SYMMETRIC_DEFAULT'], 'ENCRYPT_DECRYPT')
  // Addresses are found by the labels that families write; they write no others.
  const labels = onlyTags(ownerTag, keyTag, 'createdBy', 'address', 'network', 'project')
  return [
    { sid: 'CreateKeys', actions: ['kms:CreateKey'], on: 'account', conditions },
    { sid: 'TagKeys', actions: ['kms:TagResource'], on: 'any', conditions: labels },
    ...naming,
    { ...lookWrapping, on: 'any' },
    { sid: 'EncryptThroughSsm', actions: ['kms:Encrypt'], on: 'any', conditions: throughSsm(options) },
    { sid: 'WriteParameters', actions: ['ssm:PutParameter'], on: 'parameters' },
    { sid: 'FindParameters', actions: ['ssm:GetParameter'], on: 'parameters', looks: true },
  ]
}

function parameterSigner(options: PolicyOptions): readonly Statement[] {
  return [
    { sid: 'DecryptThroughSsm', actions: ['kms:Decrypt'], on: 'owned', conditions: throughSsm(options) },
    { sid: 'ReadParameters', actions: ['ssm:GetParameter'], on: 'parameters' },
    lookWrapping,
  ]
}

/** The ciphertext stays until the window has ended: before that, a deletion can be cancelled and the key used again. */
function parameterDeleter({ purgeAfter }: PolicyOptions): readonly Statement[] {
  if (purgeAfter === undefined) return keyDeleter()
  const conditions = { DateGreaterThan: { 'aws:CurrentTime': purgeAfter } }
  return [...keyDeleter(), { sid: 'TakeAway', actions: ['ssm:DeleteParameter'], on: 'parameters', conditions }]
}

function pairCreator(options: PolicyOptions): readonly Statement[] {
  const specs = specsIn(options).map(({ keySpec }) => keySpec)
  const conditions = mergeConditions(pairContext(options), { StringEquals: { 'kms:DataKeyPairSpec': specs } })
  return [{ sid: 'MakePairs', actions: ['kms:GenerateDataKeyPairWithoutPlaintext'], on: 'owned', conditions }]
}

function pairSigner(options: PolicyOptions): readonly Statement[] {
  return [{ sid: 'OpenPairs', actions: ['kms:Decrypt'], on: 'owned', conditions: pairContext(options) }]
}

const naming: readonly Statement[] = [
  { sid: 'NameKeys', actions: ['kms:CreateAlias'], on: 'any' },
  { sid: 'MakeNames', actions: ['kms:CreateAlias'], on: 'alias' },
]

const look: Statement = {
  sid: 'Look',
  actions: ['kms:DescribeKey', 'kms:GetPublicKey', 'kms:ListResourceTags', 'kms:GetKeyPolicy'],
  on: 'owned',
  looks: true,
}

const lookWrapping: Statement = {
  sid: 'Look',
  actions: ['kms:DescribeKey', 'kms:ListResourceTags', 'kms:GetKeyPolicy'],
  on: 'owned',
  looks: true,
}

const window: Conditions = { NumericGreaterThanEquals: { 'kms:ScheduleKeyDeletionPendingWindowInDays': '7' } }

function onlyTags(...tags: readonly string[]): Conditions {
  return { 'ForAllValues:StringEquals': { 'aws:TagKeys': tags } }
}

/** The creation of keys of these kinds alone, and only with the owner tag. */
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

function throughSsm(options: PolicyOptions): Conditions {
  return {
    StringEquals: { 'kms:ViaService': `ssm.${options.region}.amazonaws.com` },
    StringLike: { 'kms:EncryptionContext:PARAMETER_ARN': parametersIn(options) },
  }
}

function pairContext({ installation }: PolicyOptions): Conditions {
  const own = installation === undefined ? {} : { 'kms:EncryptionContext:installation': installation }
  return { StringEquals: { 'kms:EncryptionContext:service': 'chancery', ...own } }
}

function specsIn({ algorithms = ['secp256k1-ecdsa'] }: PolicyOptions) {
  return algorithms.map(specOf)
}

export function parametersIn({ region, account, path = '/chancery/*' }: PolicyOptions): string {
  return `arn:aws:ssm:${region}:${account}:parameter${path}`
}

/** The layout that teams have: `/confio/algorand/<alias>/private-key` beside `alias/confio-testnet-sponsor`. */
export function aliasesIn({ path }: PolicyOptions): string {
  const project = path?.split('/')[1] ?? 'chancery'
  return project.includes('*') ? 'alias/*' : `alias/${project}-*`
}

export function mergeConditions(...all: readonly Conditions[]): Conditions {
  const merged: Record<string, JsonObject> = {}
  for (const conditions of all) {
    for (const [operator, keys] of Object.entries(conditions)) merged[operator] = { ...merged[operator], ...keys }
  }
  return merged
}
