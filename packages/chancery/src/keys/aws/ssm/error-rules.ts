/** What each error of Parameter Store means for the service, by its name. */
import type { Rule, Subject } from '../error-rule.ts'
import { type KeyTrouble, troubleOf, unknownTrouble } from '../key-states.ts'

/**
 * What KMS told Systems Manager, which passes it on as InvalidKeyId.
 * https://docs.aws.amazon.com/systems-manager/latest/userguide/secure-string-parameter-kms-encryption.html
 */
function troubleIn(subject: Subject, message: string): KeyTrouble {
  const operation = subject.operation === 'PutParameter' ? 'Encrypt' : 'Decrypt'
  const asked = { subject, operation, message }
  return troubleOf(/Error Code: (\w+)/.exec(message)?.[1] ?? '', asked) ?? unknownTrouble(asked)
}

const unusableKey: Rule = {
  retry: 'final',
  code: 'key-state',
  sentence: (subject, message) => `The AWS KMS key of ${subject.key} ${troubleIn(subject, message).cause}`,
  remedy: (subject, message) => troubleIn(subject, message).remedy,
}

/** `NAME` and `REGION` in the texts are those of the call. */
function refused(sentence: string, remedy: string): Rule {
  const filled = (text: string) => (subject: Subject) =>
    text.replace('REGION', subject.region).replace('NAME', () => subject.key)
  return { retry: 'final', code: 'backend-failed', sentence: filled(sentence), remedy: filled(remedy) }
}

const anotherName = 'Choose another path: letters, digits and .-_ in up to 15 parts'

export const parameterRules: Readonly<Record<string, Rule>> = {
  ParameterNotFound: {
    retry: 'final',
    code: 'key-state',
    sentence: ({ key, region }) => `AWS Systems Manager in ${region} has no parameter ${key}`,
    remedy: ({ region }) =>
      `Check the name and the region: aws ssm get-parameter --region ${region} --name … shows it without decrypting; import the key again if it is gone`,
  },
  ParameterAlreadyExists: {
    retry: 'final',
    code: 'already-exists',
    sentence: ({ key }) => `AWS Systems Manager has the parameter ${key} already; nothing was overwritten`,
    remedy: () => 'Take the key that is there into use with enrol, or choose another path',
  },
  InvalidKeyId: unusableKey,
  ParameterLimitExceeded: refused(
    'The account has as many parameters in REGION as it may have (ssm:PutParameter on NAME)',
    'Delete parameters that nobody needs, or ask AWS for a higher quota (Service Quotas)',
  ),
  ParameterMaxVersionLimitExceeded: refused(
    'The parameter NAME has as many versions as it may have, and a label holds the oldest',
    'Take the label from its oldest version',
  ),
  HierarchyLevelLimitExceededException: refused('The parameter name NAME has more than 15 levels', anotherName),
  HierarchyTypeMismatchException: refused(
    'The parameter NAME is of another type, which cannot be changed',
    'Choose another path, or delete that parameter if nobody needs it',
  ),
  ParameterPatternMismatchException: refused('AWS Systems Manager does not take a name such as NAME', anotherName),
  ParameterVersionNotFound: refused(
    'The parameter NAME has no such version',
    'Name the parameter without a version behind a colon',
  ),
  UnsupportedParameterType: refused(
    'The parameter NAME is of a type that is not supported',
    'Choose another path, or delete that parameter if nobody needs it',
  ),
}
