/** The account no real AWS customer has: a key of the emulator can be told from a real one by its ARN. */
export const ACCOUNT = '000000000000'

export const keyArn = (region: string, id: string) => `arn:aws:kms:${region}:${ACCOUNT}:key/${id}`

export const aliasArn = (region: string, name: string) => `arn:aws:kms:${region}:${ACCOUNT}:${name}`

/** A name that starts with a slash gives no second one: `/a/b` is `…:parameter/a/b` (SSM user guide). */
export const parameterArn = (region: string, name: string) =>
  `arn:aws:ssm:${region}:${ACCOUNT}:parameter${name.startsWith('/') ? '' : '/'}${name}`

export const iamArn = (rest: string) => `arn:aws:iam::${ACCOUNT}:${rest}`

export interface Arn {
  readonly service: string
  readonly region: string
  readonly account: string
  readonly resource: string
}

export function parseArn(text: string): Arn | undefined {
  const parts = text.split(':')
  const [prefix, partition, service, region, account] = parts
  if (prefix !== 'arn' || partition !== 'aws' || parts.length < 6) return undefined
  if (service === undefined || region === undefined || account === undefined) return undefined
  return { service, region, account, resource: parts.slice(5).join(':') }
}
