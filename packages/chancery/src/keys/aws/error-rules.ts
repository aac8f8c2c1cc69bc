/** What each error of AWS means for the service, by its name. */
import { permissionOf, type Rule, type Subject, titleOf } from './error-rule.ts'
import { type KeyTrouble, troubleOf, unknownTrouble } from './key-states.ts'
import { parameterRules } from './ssm/error-rules.ts'

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
  remedy: () =>
    'chancery aws policy prints what each role needs; with those policies the key must carry the owner tag, and new tags take up to five minutes',
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
  remedy: ({ region }) =>
    `Ask again; if it lasts, look at the network from here to ${region} and at https://health.aws.amazon.com`,
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
  remedy: () => 'Nothing to do in AWS: report it, with the line of the log',
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

/** Of a key that cannot be used, KMS itself says why. */
function unusable(name: string): Rule {
  const trouble = (subject: Subject, message: string): KeyTrouble => {
    const asked = { subject, operation: subject.operation, message }
    return troubleOf(name, asked) ?? unknownTrouble(asked)
  }
  return {
    retry: 'final',
    code: 'key-state',
    sentence: (subject, message) => `The key ${subject.key} ${trouble(subject, message).cause}`,
    remedy: (subject, message) => trouble(subject, message).remedy,
  }
}

export const rules: Readonly<Record<string, Rule>> = {
  ...parameterRules,
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
    remedy: () => 'aws sts get-caller-identity, run as the service is, shows whom AWS takes it for',
  },
  NotFoundException: {
    retry: 'final',
    code: 'key-state',
    sentence: ({ key, region }) => `AWS KMS in ${region} has no key ${key}`,
    remedy: ({ region }) => `Check the name, and whether the key is in another region than ${region}`,
  },
  DisabledException: unusable('DisabledException'),
  KMSInvalidStateException: unusable('KMSInvalidStateException'),
  InvalidKeyUsageException: unusable('InvalidKeyUsageException'),
  AlreadyExistsException: {
    retry: 'final',
    code: 'already-exists',
    sentence: ({ key }) => `AWS KMS has ${key} already`,
    remedy: () => 'Take the key that is there into use with enrol, or choose another name',
  },
  InternalServerError: unavailable,
  TooManyUpdates: throttled,
  LimitExceededException: {
    // The SDK takes this for throttling and would try again; it is a quota on resources, which waiting does not raise.
    retry: 'final',
    code: 'backend-failed',
    sentence: ({ operation, region }) =>
      `A resource quota of the AWS account in ${region} is used up (kms:${operation})`,
    remedy: ({ region }) => `Ask AWS for a higher quota in ${region} (Service Quotas), or give up keys nobody needs`,
  },
  IncorrectKeyException: {
    retry: 'final',
    code: 'backend-failed',
    sentence: ({ key }) => `The ciphertext was made under another key than ${key}`,
    remedy: () => 'Restore the record, or the file, that holds the ciphertext from a backup',
  },
  InvalidCiphertextException: {
    retry: 'final',
    code: 'backend-failed',
    sentence: ({ key }) => `The ciphertext does not open under ${key} with this installation's encryption context`,
    remedy: () => 'It was changed, or is of another installation: restore it from a backup of this one',
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
