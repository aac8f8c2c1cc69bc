/** What AWS calls a request, as CloudTrail shows it. */

/**
 * A remote text: kept only where it looks like a request id.
 * https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-event-reference-record-contents.html
 */
export function evidenceIn(requestId: string | undefined): string | undefined {
  return requestId !== undefined && /^[A-Za-z0-9-]{8,64}$/.test(requestId) ? requestId : undefined
}

/** Of an answer of the SDK, or of an error that AWS answered; undefined where AWS was not reached. */
export function evidenceOf(answer: unknown): string | undefined {
  const requestId = memberOf(memberOf(answer, '$metadata'), 'requestId')
  return typeof requestId === 'string' ? evidenceIn(requestId) : undefined
}

function memberOf(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null ? Reflect.get(value, name) : undefined
}
