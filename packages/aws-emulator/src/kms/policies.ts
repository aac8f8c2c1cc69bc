import { ACCOUNT, iamArn } from '../arn.ts'
import { AwsError, notFound } from '../errors.ts'
import { evaluate, parsePolicy, type PolicyDocument, principalMatches } from '../iam/policy.ts'
import { type Call, reading, writing } from '../operation.ts'
import { flag, integer, required, text } from '../validation.ts'
import { requireAlive, useKey } from './resolve.ts'
import { keyId, marker, policyText } from './shapes.ts'

/** What KMS gives a key that was created without a policy: the account's identity policies decide. */
export const DEFAULT_POLICY = JSON.stringify(
  {
    Version: '2012-10-17',
    Id: 'key-default-1',
    Statement: [
      {
        Sid: 'Enable IAM User Permissions',
        Effect: 'Allow',
        Principal: { AWS: iamArn('root') },
        Action: 'kms:*',
        Resource: '*',
      },
    ],
  },
  null,
  2,
)

/** Throws MalformedPolicyDocumentException for what is no policy, or for one that locks its caller out. */
export function checkPolicy(call: Call, policy: string, bypassLockoutCheck: boolean): void {
  const document = parseOrRefuse(policy)
  if (!bypassLockoutCheck && locksOut(call, document)) {
    throw malformed('The new key policy will not allow you to update the key policy in the future.')
  }
}

function parseOrRefuse(policy: string): PolicyDocument {
  try {
    return parsePolicy(policy)
  } catch {
    throw malformed('Policy contains a statement that is malformed.')
  }
}

const malformed = (message: string) => new AwsError('MalformedPolicyDocumentException', message)

function locksOut(call: Call, document: PolicyDocument): boolean {
  const context = new Map([['kms:calleraccount', [ACCOUNT]]])
  const request = { action: 'kms:PutKeyPolicy', resource: '*', context }
  const able = [call.principal.arn, iamArn('root'), ACCOUNT]
  return evaluate(document, request, (one) => principalMatches(one.Principal, able)) !== 'allow'
}

const policyName = text({ min: 1, max: 128 })

function requireDefaultName(name: string | undefined): void {
  if (name !== undefined && name !== 'default') throw notFound('No such policy exists')
}

export const policyOperations = {
  GetKeyPolicy: reading({ KeyId: keyId, PolicyName: policyName }, (call, input) => {
    const key = useKey(call, input.KeyId)
    requireDefaultName(input.PolicyName)
    return { Policy: key.policy, PolicyName: 'default' }
  }),

  ListKeyPolicies: reading({ KeyId: keyId, Limit: integer({ min: 1, max: 1000 }), Marker: marker }, (call, input) => {
    useKey(call, input.KeyId)
    return { PolicyNames: ['default'], Truncated: false }
  }),

  PutKeyPolicy: writing(
    {
      KeyId: keyId,
      PolicyName: policyName,
      Policy: required(policyText),
      BypassPolicyLockoutSafetyCheck: flag(),
    },
    (call, input) => {
      const key = useKey(call, input.KeyId)
      requireAlive(key)
      requireDefaultName(input.PolicyName)
      checkPolicy(call, input.Policy, input.BypassPolicyLockoutSafetyCheck ?? false)
      key.policy = input.Policy
      return undefined
    },
  ),
}
