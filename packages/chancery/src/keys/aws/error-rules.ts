/** What each error of AWS means for the service, by its name. */
import type { Code } from '../../core/errors.ts'

/** Which call failed, and on what. */
export interface Subject {
  /** The API's name for it, which is also the permission's: `Sign` needs `kms:Sign`. */
  readonly operation: string
  /** The key as it was named in the call. */
  readonly key: string
  readonly region: string
  /** Absent for KMS. */
  readonly service?: 'ssm'
}

export function titleOf({ service }: Subject): string {
  return service === 'ssm' ? 'AWS Systems Manager' : 'AWS KMS'
}

/** As IAM policies write it: `kms:Sign`. */
export function permissionOf({ service, operation }: Subject): string {
  return `${service ?? 'kms'}:${operation}`
}

/**
 * `throttled` and `transient` may pass by waiting, `credentials` by fetching new ones. `final` will not pass.
 * https://docs.aws.amazon.com/kms/latest/APIReference/CommonErrors.html
 */
export type Retry = 'final' | 'throttled' | 'transient' | 'credentials'

export interface Rule {
  readonly retry: Retry
  readonly code: Code
  readonly sentence: (subject: Subject, message: string) => string
  /** What to do about it. */
  readonly remedy?: (subject: Subject) => string
}

/** AWS names the permission, which is another one than the call's where one service asks a second (SSM asks KMS). */
const named =
  /is not authorized to perform: ([a-z0-9-]{1,32}:[A-Za-z]{1,64}) on resource: ([A-Za-z0-9:/_.*+=@-]{1,2048})/

const denied: Rule = {
  retry: 'final',
  code: 'backend-denied',
  sentence(subject, message) {
    const [, action = permissionOf(subject), resource = subject.key] = named.exec(message) ?? []
    const where = action.startsWith('kms:') ? " or in the key's policy" : ''
    return `AWS does not allow ${action} on ${resource}: grant it in the IAM policy of the service's role${where}`
  },
}
const throttled: Rule = {
  retry: 'throttled',
  code: 'backend-throttled',
  sentence: (subject) => `${titleOf(subject)} in ${subject.region} is throttling ${permissionOf(subject)}`,
  remedy: ({ region }) => `Send fewer requests, or ask AWS for a higher quota in ${region} (Service Quotas)`,
}
export const unavailable: Rule = {
  retry: 'transient',
  code: 'backend-unavailable',
  sentence: (subject) => `${titleOf(subject)} in ${subject.region} did not answer ${permissionOf(subject)} properly`,
}
const credentials: Rule = {
  retry: 'credentials',
  code: 'backend-denied',
  sentence: ({ region }) =>
    `AWS in ${region} does not accept the service's credentials, or its clock is wrong${optIn(region)}`,
  remedy: () => "Check the profile, the role or the AWS variables the service runs with, and the machine's clock",
}
export const invalid: Rule = {
  retry: 'final',
  code: 'backend-failed',
  sentence: (subject) =>
    `${titleOf(subject)} does not accept ${permissionOf(subject)} on ${subject.key} as the service asks it`,
}

/**
 * Regions that an account has to enable; until then AWS answers there as if the credentials were none.
 * https://docs.aws.amazon.com/accounts/latest/reference/manage-acct-regions.html
 */
const optInRegions: ReadonlySet<string> = new Set(
  [
    'af-south-1 ap-east-1 ap-east-2 ap-south-2 ap-southeast-3 ap-southeast-4 ap-southeast-5 ap-southeast-6',
    'ap-southeast-7 ca-west-1 eu-central-2 eu-south-1 eu-south-2 il-central-1 me-central-1 me-south-1 mx-central-1',
  ].flatMap((line) => line.split(' ')),
)

function optIn(region: string): string {
  if (!optInRegions.has(region)) return ''
  return `; or the account has not enabled ${region}, which is off until it is opted into (account:EnableRegion)`
}

const notEnabled: Rule = {
  retry: 'final',
  code: 'backend-denied',
  sentence: ({ region }) => `The AWS account has not enabled the region ${region}`,
  remedy: ({ region }) => `aws account enable-region --region-name ${region} (needs account:EnableRegion)`,
}

const unusableKey: Rule = {
  retry: 'final',
  code: 'key-state',
  sentence({ key }, message) {
    const inner = /Error Code: (\w+)/.exec(message)?.[1] ?? ''
    const why = Object.hasOwn(unusable, inner)
      ? unusable[inner]
      : 'cannot be used: it is absent, disabled or of another kind'
    return `The AWS KMS key of ${key} ${why}`
  },
  remedy: () => 'Look at the key in AWS KMS: enable it, cancel its deletion, or name the right one',
}

/** What KMS told Systems Manager, which passes it on as InvalidKeyId. https://docs.aws.amazon.com/systems-manager/latest/userguide/secure-string-parameter-kms-encryption.html */
const unusable: Readonly<Record<string, string>> = {
  DisabledException: 'is disabled in AWS KMS',
  KMSInvalidStateException: 'is pending deletion, or not in a state in which it can be used, in AWS KMS',
  NotFoundException: 'does not exist in AWS KMS in this region',
  InvalidKeyUsageException: 'was made for another use than encryption',
  InvalidCiphertextException: 'does not open it: the value was encrypted under another key or name',
}

const ssmInvalid = (sentence: string): Rule => ({
  retry: 'final',
  code: 'backend-failed',
  sentence: ({ key }) => sentence.replace('KEY', key),
})

const states = [
  ['pending deletion', 'pending deletion'],
  ['pending replica deletion', 'pending the deletion of its replicas'],
  ['pending import', 'waiting for its key material'],
  ['creating', 'still being created'],
  ['updating', 'being updated'],
  ['unavailable', 'unavailable'],
] as const

function stateIn(message: string): string {
  const said = message.toLowerCase()
  return states.find(([phrase]) => said.includes(phrase))?.[1] ?? 'not in a state in which it can be used'
}

export const rules: Readonly<Record<string, Rule>> = {
  AccessDeniedException: denied,
  ThrottlingException: throttled,
  Throttling: throttled,
  TooManyRequestsException: throttled,
  RequestLimitExceeded: throttled,
  KMSInternalException: unavailable,
  InternalFailure: unavailable,
  ServiceUnavailable: unavailable,
  KeyUnavailableException: unavailable,
  DependencyTimeoutException: unavailable,
  OptInRequired: notEnabled,
  RegionDisabledException: notEnabled,
  ExpiredTokenException: credentials,
  ExpiredToken: credentials,
  InvalidClientTokenId: credentials,
  UnrecognizedClientException: credentials,
  InvalidSignatureException: credentials,
  IncompleteSignatureException: credentials,
  MissingAuthenticationTokenException: credentials,
  RequestExpired: credentials,
  RequestTimeTooSkewed: credentials,
  CredentialsProviderError: {
    retry: 'final',
    code: 'backend-denied',
    sentence: () => 'The service found no AWS credentials: set a profile, a role or the usual environment variables',
  },
  NotFoundException: {
    retry: 'final',
    code: 'key-state',
    sentence: ({ key, region }) => `AWS KMS in ${region} has no key ${key}`,
    remedy: ({ region }) => `Check the name, and whether the key is in another region than ${region}`,
  },
  DisabledException: {
    retry: 'final',
    code: 'key-state',
    sentence: ({ key }) => `The key ${key} is disabled in AWS KMS`,
  },
  KMSInvalidStateException: {
    retry: 'final',
    code: 'key-state',
    sentence: ({ key }, message) => `The key ${key} is ${stateIn(message)} in AWS KMS`,
  },
  InvalidKeyUsageException: {
    retry: 'final',
    code: 'key-state',
    sentence: ({ operation, key }) => `The key ${key} was made for another use than kms:${operation}`,
  },
  AlreadyExistsException: {
    retry: 'final',
    code: 'already-exists',
    sentence: ({ key }) => `AWS KMS has ${key} already`,
  },
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
  },
  InvalidKeyId: unusableKey,
  InternalServerError: unavailable,
  TooManyUpdates: throttled,
  ParameterLimitExceeded: ssmInvalid('The account has as many parameters as it may have (ssm:PutParameter on KEY)'),
  ParameterMaxVersionLimitExceeded: ssmInvalid('The parameter KEY has as many versions as it may have'),
  HierarchyLevelLimitExceededException: ssmInvalid('The parameter name KEY has more than 15 levels'),
  ParameterPatternMismatchException: ssmInvalid('AWS Systems Manager does not take a name such as KEY'),
  UnsupportedParameterType: ssmInvalid('The parameter KEY is of a type that is not supported'),
  LimitExceededException: {
    // The SDK takes this for throttling and would try again; it is a quota on resources, which waiting does not raise.
    retry: 'final',
    code: 'backend-failed',
    sentence: ({ operation, region }) =>
      `A resource quota of the AWS account in ${region} is used up (kms:${operation})`,
  },
  IncorrectKeyException: {
    retry: 'final',
    code: 'backend-failed',
    sentence: ({ key }) => `The ciphertext was made under another key than ${key}`,
  },
  InvalidCiphertextException: {
    retry: 'final',
    code: 'backend-failed',
    sentence: ({ key }) => `The ciphertext does not open under ${key} with this installation's encryption context`,
  },
  ValidationException: invalid,
  InvalidArnException: invalid,
  InvalidAliasNameException: invalid,
  InvalidGrantTokenException: invalid,
  InvalidGrantIdException: invalid,
  UnsupportedOperationException: invalid,
  TagException: invalid,
  MalformedPolicyDocumentException: invalid,
  KMSInvalidSignatureException: invalid,
  KMSInvalidMacException: invalid,
  SerializationException: invalid,
}
