import { ACCOUNT, iamArn } from '../arn.ts'
import { accessDenied, AwsError } from '../errors.ts'
import type { Call } from '../operation.ts'
import type { Grant, KeyRecord } from '../state.ts'
import { isObject } from '../validation.ts'
import type { Access } from './access.ts'
import { requestContext } from './context.ts'
import { type AccessRequest, evaluate, parsePolicy, principalMatches, type Statement, type Verdict } from './policy.ts'

/**
 * Decides as IAM does for one account: a Deny anywhere wins; then the identity policies must allow and the key policy
 * must hand the decision to the account, or the key policy or a grant must name the caller.
 * Throws AccessDeniedException with AWS's sentence.
 */
export function authorize(call: Call, access: Access): void {
  const action = access.action ?? `${call.service}:${call.operation}`
  const request: AccessRequest = { action, resource: access.resource, context: requestContext(call, access) }
  const reason = refusal(call, request, access.key)
  if (reason === undefined) return
  const sentence = `User: ${call.principal.arn} is not authorized to perform: ${action} on resource: ${access.resource}`
  throw denied(call, `${sentence} ${reason}`)
}

function denied(call: Call, message: string): AwsError {
  return call.service === 'sts' ? new AwsError('AccessDenied', message, 403) : accessDenied(message)
}

function refusal(call: Call, request: AccessRequest, key: KeyRecord | undefined): string | undefined {
  if (call.faults.find('deny') !== undefined) return notAllowed('identity', request)
  const identity = identityVerdict(call, request)
  const { direct, account } = keyPolicyVerdicts(call, request, key)
  if (identity === 'deny') return 'with an explicit deny in an identity-based policy'
  if (direct === 'deny' || account === 'deny') return 'with an explicit deny in a resource-based policy'
  if (direct === 'allow' || granted(call, key)) return undefined
  if (identity === 'none') return notAllowed('identity', request)
  return account === 'allow' ? undefined : notAllowed('resource', request)
}

const notAllowed = (kind: 'identity' | 'resource', request: AccessRequest) =>
  `because no ${kind}-based policy allows the ${request.action} action`

function identityVerdict(call: Call, request: AccessRequest): Verdict {
  const verdicts = call.principal.policies.map((policy) => evaluate(policy, request))
  if (verdicts.includes('deny')) return 'deny'
  return verdicts.includes('none') ? 'none' : 'allow'
}

interface KeyPolicyVerdicts {
  /** About statements that name the caller. */
  readonly direct: Verdict
  /** About statements that name the account, which leave the decision to its identity policies. */
  readonly account: Verdict
}

const ACCOUNT_PRINCIPALS = [iamArn('root'), ACCOUNT]

function keyPolicyVerdicts(call: Call, request: AccessRequest, key: KeyRecord | undefined): KeyPolicyVerdicts {
  if (key === undefined || key.manager === 'AWS') return { direct: 'none', account: 'allow' }
  const policy = parsePolicy(key.policy)
  const naming = (arns: readonly string[]) => (one: Statement) => principalMatches(one.Principal, arns)
  return {
    direct: evaluate(policy, request, naming(callerArns(call))),
    account: evaluate(policy, request, naming(ACCOUNT_PRINCIPALS)),
  }
}

/** A role's session acts for the role as well. */
function callerArns(call: Call): readonly string[] {
  const { arn } = call.principal
  const role = /:assumed-role\/([^/]+)\//.exec(arn)?.[1]
  return role === undefined ? [arn] : [arn, iamArn(`role/${role}`)]
}

function granted(call: Call, key: KeyRecord | undefined): boolean {
  if (key === undefined || call.service !== 'kms') return false
  return key.grants.some((grant) => {
    const named = callerArns(call).includes(grant.granteePrincipal)
    return named && grant.operations.includes(call.operation) && contextFits(call, grant)
  })
}

function contextFits(call: Call, grant: Grant): boolean {
  const given = call.body['EncryptionContext']
  const context = isObject(given) ? given : {}
  const subset = grant.constraints?.EncryptionContextSubset
  const exact = grant.constraints?.EncryptionContextEquals
  const holds = (wanted: Record<string, string>) =>
    Object.entries(wanted).every(([name, value]) => context[name] === value)
  if (exact !== undefined) return holds(exact) && Object.keys(context).length === Object.keys(exact).length
  return subset === undefined || holds(subset)
}
