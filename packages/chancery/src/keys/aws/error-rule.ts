/** What one error of AWS means for the service. */
import type { CallOutcome } from '../../core/backend.ts'
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

/** Classes of errors: https://docs.aws.amazon.com/kms/latest/APIReference/CommonErrors.html */
export type Retry = Exclude<CallOutcome, 'ok'>

export interface Rule {
  readonly retry: Retry
  readonly code: Code
  /** The cause, with the permission or the name. `message` is AWS's own. */
  readonly sentence: (subject: Subject, message: string) => string
  /** What to do about it. */
  readonly remedy: (subject: Subject, message: string) => string
}
