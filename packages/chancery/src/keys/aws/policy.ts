/** The IAM and key policies the service needs, as AWS reads them. */
import type { JsonObject } from '../../base/json.ts'
import {
  aliasesIn,
  type Conditions,
  type Layout,
  mergeConditions,
  parametersIn,
  type PolicyOptions,
  type PolicyRole,
  type Statement,
  statementsOf,
} from './policy-statements.ts'
import { ownerTag } from './tags.ts'

export type { Layout, PolicyOptions, PolicyRole } from './policy-statements.ts'

export interface Policies {
  /** For the role of that name: `chancery-creator`, `chancery-signer` or `chancery-deleter`. */
  readonly iam: JsonObject
  /** For the key itself: hands it to the account's administrators, and what the role needs to the role. */
  readonly key: JsonObject
}

/** The roles that have something to do in a layout. */
export function rolesOf(layout: Layout): readonly PolicyRole[] {
  const all: readonly PolicyRole[] = ['creator', 'signer', 'deleter']
  return all.filter((role) => statementsOf[layout][role] !== undefined)
}

/** @throws RangeError for a role that has nothing to do in the layout: an empty policy is none to AWS */
export function awsPolicy(role: PolicyRole, options: PolicyOptions): Policies {
  const statements = statementsOf[options.layout ?? 'kms'][role]?.(options)
  if (statements === undefined) throw new RangeError(`a ${role} has nothing to do in AWS with ${options.layout} keys`)
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

function iamStatement(statement: Statement, options: PolicyOptions): JsonObject {
  const which = statement.on === 'owned' ? keyConditions(options) : {}
  return {
    Sid: statement.sid,
    Effect: 'Allow',
    Action: statement.actions,
    Resource: resource(statement, options),
    Condition: mergeConditions(common(statement, options), statement.conditions ?? {}, which),
  }
}

/** In a key policy `*` means this key. */
function keyStatement(statement: Statement, role: PolicyRole, options: PolicyOptions): JsonObject {
  return {
    // A Sid holds letters and digits only.
    Sid: `${role}${statement.sid}`,
    Effect: 'Allow',
    Principal: { AWS: `arn:aws:iam::${options.account}:role/chancery-${role}` },
    Action: statement.actions,
    Resource: '*',
    Condition: mergeConditions(common(statement, options), statement.conditions ?? {}),
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
  const { region, account, keyArn } = options
  if (on === 'parameters') return parametersIn(options)
  const arn = `arn:aws:kms:${region}:${account}`
  if (on === 'account') return '*'
  if (on === 'alias') return `${arn}:${aliasesIn(options)}`
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

function document(statements: readonly JsonObject[]): JsonObject {
  return { Version: '2012-10-17', Statement: statements }
}
