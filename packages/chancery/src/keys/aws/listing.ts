/** What there is in AWS KMS in this region, whoever owns it, page by page. */
import type { Deadline } from '../../base/deadline.ts'
import { Failed } from '../../core/errors.ts'
import type { Connection } from './connection.ts'

/** 100,000 keys, the default quota of an account, are 100 pages, and as many aliases are 1,000. */
const pageLimit = 10_000

/** A list that was cut short would pass for a whole one. */
function endless(operation: string): Failed {
  return new Failed('backend-failed', `AWS KMS goes on after ${pageLimit} pages of kms:${operation}`)
}

export async function* allKeys(connection: Connection, deadline: Deadline): AsyncGenerator<string> {
  for await (const page of pagesOfKeys(connection, deadline)) yield* page
}

/** For whoever wants to end between two requests: the ARNs of a page. */
export async function* pagesOfKeys(connection: Connection, deadline: Deadline): AsyncGenerator<readonly string[]> {
  let Marker: string | undefined
  for (let page = 0; page < pageLimit; page++) {
    const input = { Limit: 1_000, ...(Marker !== undefined && { Marker }) }
    const target = { operation: 'ListKeys', key: 'all keys' }
    const answer = await connection.call(target, (kms, http) => kms.listKeys(input, http), deadline)
    yield (answer.Keys ?? []).flatMap(({ KeyArn }) => (KeyArn === undefined ? [] : [KeyArn]))
    if (answer.Truncated !== true || answer.NextMarker === undefined) return
    Marker = answer.NextMarker
  }
  throw endless('ListKeys')
}

export interface Alias {
  /** `alias/…` */
  readonly name: string
  readonly keyId: string
}

export async function* aliases(connection: Connection, deadline: Deadline): AsyncGenerator<Alias> {
  for await (const page of pagesOfAliases(connection, deadline)) yield* page
}

export async function* pagesOfAliases(connection: Connection, deadline: Deadline): AsyncGenerator<readonly Alias[]> {
  let Marker: string | undefined
  for (let page = 0; page < pageLimit; page++) {
    const input = { Limit: 100, ...(Marker !== undefined && { Marker }) }
    const target = { operation: 'ListAliases', key: 'all aliases' }
    const answer = await connection.call(target, (kms, http) => kms.listAliases(input, http), deadline)
    yield (answer.Aliases ?? []).flatMap(({ AliasName = '', TargetKeyId }) =>
      TargetKeyId === undefined ? [] : [{ name: AliasName, keyId: TargetKeyId }],
    )
    if (answer.Truncated !== true || answer.NextMarker === undefined) return
    Marker = answer.NextMarker
  }
  throw endless('ListAliases')
}

/** The last part of an ARN. */
export function keyIdOf(arn: string): string {
  return arn.replace(/^.*key\//, '')
}

/** Milliseconds since 1970: the first ten digits of an id, in Crockford's base 32. */
export function timeOf(id: string): number {
  const digits = '0123456789abcdefghjkmnpqrstvwxyz'
  const first = id.indexOf('_') + 1
  let time = 0
  for (const digit of id.slice(first, first + 10)) time = time * 32 + digits.indexOf(digit)
  return time
}
