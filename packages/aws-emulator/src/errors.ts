/** An answer AWS would give instead of a result: `code` is the wire's `__type`, `status` the HTTP status. */
export class AwsError extends Error {
  readonly code: string
  readonly status: number

  constructor(code: string, message = '', status = 400) {
    super(message)
    this.name = 'AwsError'
    this.code = code
    this.status = status
  }
}

export const validation = (message: string) => new AwsError('ValidationException', message)

export const notFound = (message: string) => new AwsError('NotFoundException', message)

export const invalidState = (message: string) => new AwsError('KMSInvalidStateException', message)

export const unsupported = (message: string) => new AwsError('UnsupportedOperationException', message)

export const accessDenied = (message: string) => new AwsError('AccessDeniedException', message)

export const serialization = (message: string) => new AwsError('SerializationException', message)

/** KMS reports a successful dry run as this error (API reference, every operation with `DryRun`). */
export const dryRun = () =>
  new AwsError('DryRunOperationException', 'The request would have succeeded, but the DryRun option is set.')
