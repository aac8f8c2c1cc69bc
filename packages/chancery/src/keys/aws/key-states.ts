/** Why a KMS key cannot be used, as KMS says it itself and as Parameter Store passes it on, with what ends it. */
import type { Subject } from './error-rule.ts'

export interface KeyTrouble {
  /** Follows the name of the key. */
  readonly cause: string
  readonly remedy: string
}

/** Errors of KMS about the key, by name. */
const troubles: Readonly<Record<string, (asked: Asked) => KeyTrouble>> = {
  DisabledException: (asked) => ({
    cause: 'is disabled in AWS KMS',
    remedy: `${command('enable-key', asked)}, if nobody had a reason to disable it`,
  }),
  KMSInvalidStateException: invalidState,
  NotFoundException: ({ subject: { region } }) => ({
    cause: 'does not exist in AWS KMS in this region',
    remedy: `Check the name, and whether the key is in another region than ${region}`,
  }),
  InvalidKeyUsageException: (asked) => ({
    cause: `was made for another use than kms:${asked.operation}`,
    remedy: `A key's use never changes: name another key or make one. ${command('describe-key', asked)} shows it`,
  }),
  InvalidCiphertextException: () => ({
    cause: 'does not open it: the value was encrypted under another key or name',
    remedy: 'Restore the value that was written for it: the earlier versions of a parameter are in AWS',
  }),
}

interface Asked {
  readonly subject: Subject
  /** Of KMS. */
  readonly operation: string
  readonly message: string
}

/** @returns undefined for an error that is not about the key */
export function troubleOf(name: string, asked: Asked): KeyTrouble | undefined {
  return Object.hasOwn(troubles, name) ? troubles[name]?.(asked) : undefined
}

/** Also for a trouble that has no name. */
export function unknownTrouble(asked: Asked): KeyTrouble {
  return {
    cause: 'is not in a state in which it can be used in AWS KMS',
    remedy: `${command('describe-key', asked)} shows its state`,
  }
}

/** The longer phrases first. https://docs.aws.amazon.com/kms/latest/developerguide/key-state.html */
const states: readonly (readonly [phrase: string, trouble: (asked: Asked) => KeyTrouble])[] = [
  ['pending deletion', (asked) => ({ cause: 'is pending deletion in AWS KMS', remedy: keep(asked) })],
  [
    'pending replica deletion',
    (asked) => ({ cause: 'is pending the deletion of its replicas in AWS KMS', remedy: keep(asked) }),
  ],
  [
    'pending import',
    (asked) => ({
      cause: 'is waiting for its key material in AWS KMS',
      remedy: `Import the same key material again: ${command('get-parameters-for-import', asked)} …`,
    }),
  ],
  ['creating', () => ({ cause: 'is still being created in AWS KMS', remedy: 'Ask again in a minute' })],
  ['updating', () => ({ cause: 'is being updated in AWS KMS', remedy: 'Ask again in a minute' })],
  [
    'unavailable',
    () => ({ cause: 'is unavailable in AWS KMS', remedy: 'Connect the custom key store in which it is again' }),
  ],
]

function invalidState(asked: Asked): KeyTrouble {
  const said = asked.message.toLowerCase()
  const [, trouble = unknownTrouble] = states.find(([phrase]) => said.includes(phrase)) ?? []
  return trouble(asked)
}

/** AWS leaves a key whose deletion was cancelled disabled. */
function keep(asked: Asked): string {
  const cancel = command('cancel-key-deletion', asked)
  return `If it is still wanted: ${cancel}, then ${command('enable-key', asked)}`
}

/** AWS names the key by its ARN, which these commands take and an alias is not. */
function command(name: string, { subject: { key, region, service }, message }: Asked): string {
  const arn = /arn:aws[a-z-]*:kms:[a-z0-9-]+:\d{12}:key\/[A-Za-z0-9-]+/.exec(message)?.[0]
  return `aws kms ${name} --region ${region} --key-id ${arn ?? (service === undefined ? key : 'its key')}`
}
