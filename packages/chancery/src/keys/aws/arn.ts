/** Names of KMS keys. https://docs.aws.amazon.com/kms/latest/developerguide/concepts.html#key-id */
import { Refused } from '../../core/errors.ts'

export interface KeyArn {
  readonly text: string
  readonly region: string
  readonly account: string
}

/** How a caller may name a key: `alias` is set when the name could later point elsewhere. */
export interface KeyName {
  readonly text: string
  readonly alias: boolean
}

const keyArn = /^arn:aws(?:-[a-z]+)*:kms:([a-z0-9-]+):(\d{12}):key\/[a-zA-Z0-9-]+$/
const aliasArn = /^arn:aws(?:-[a-z]+)*:kms:([a-z0-9-]+):\d{12}:alias\/[a-zA-Z0-9/_-]+$/
const aliasName = /^alias\/[a-zA-Z0-9/_-]+$/
const keyId = /^(?:mrk-)?[a-f0-9-]{32,36}$/

/** Real accounts are never all zero; the emulator's is, so that its keys cannot pass for real ones. */
export const emulatorAccount = '000000000000'

export function parseKeyArn(text: string): KeyArn | undefined {
  const [, region, account] = keyArn.exec(text) ?? []
  return region === undefined || account === undefined ? undefined : { text, region, account }
}

/** @throws Refused `invalid-request` when `text` is no id, ARN or alias, or an ARN of another region. */
export function parseKeyName(text: string, region: string): KeyName {
  const named = keyArn.exec(text)?.[1] ?? aliasArn.exec(text)?.[1]
  if (named !== undefined && named !== region) {
    const particulars = { where: 'name', got: named, wanted: region }
    throw new Refused('invalid-request', 'The key is in another AWS region than the service uses', particulars)
  }
  if (named === undefined && !aliasName.test(text) && !keyId.test(text)) {
    const particulars = { where: 'name', wanted: 'a key id, a key ARN, alias/… or an alias ARN' }
    throw new Refused('invalid-request', 'This does not name an AWS KMS key', particulars)
  }
  return { text, alias: aliasName.test(text) || aliasArn.test(text) }
}
