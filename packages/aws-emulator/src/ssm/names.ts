import { ACCOUNT, parameterArn, parseArn } from '../arn.ts'
import { accessDenied, AwsError, validation } from '../errors.ts'

const MAX_LEVELS = 15
// The whole ARN counts against 1,011 characters (API reference, PutParameter, Name).
const MAX_ARN = 1011

const notFound = () => new AwsError('ParameterNotFound')

/** A parameter's name, from a name or an ARN, and the version or label after its last colon. */
export interface Reference {
  readonly name: string
  readonly selector: string | undefined
}

/** Throws ParameterNotFound for an ARN of another account or region. */
export function parseReference(region: string, text: string): Reference {
  const name = text.startsWith('arn:') ? nameFromArn(region, text) : text
  const colon = name.indexOf(':')
  return colon < 0 ? { name, selector: undefined } : { name: name.slice(0, colon), selector: name.slice(colon + 1) }
}

function nameFromArn(region: string, text: string): string {
  const arn = parseArn(text)
  if (arn === undefined || arn.service !== 'ssm' || arn.region !== region || arn.account !== ACCOUNT) throw notFound()
  if (!arn.resource.startsWith('parameter/')) throw notFound()
  const path = arn.resource.slice('parameter'.length)
  // `…:parameter/x` is the parameter `x`; `…:parameter/a/x` is `/a/x`.
  return path.lastIndexOf('/') === 0 ? path.slice(1) : path
}

/** Throws what PutParameter answers for a name it does not take. */
export function checkName(region: string, name: string): void {
  const first = name.replace(/^\//, '').toLowerCase()
  if (first.startsWith('aws')) throw accessDenied(`No access to reserved parameter name: ${name}.`)
  if (first.startsWith('ssm') || !/^[a-zA-Z0-9_.\-/]+$/.test(name)) {
    throw validation(
      'Parameter name: can\'t be prefixed with "ssm" (case-insensitive). If formed as a path, it can consist of ' +
        'sub-paths divided by slash symbol; each sub-path can be formed as a mix of letters, numbers and the following ' +
        '3 symbols .-_',
    )
  }
  if (name.includes('/') && !name.startsWith('/')) {
    throw validation('Parameter name must be a fully qualified name.')
  }
  checkSize(region, name)
}

function checkSize(region: string, name: string): void {
  if (parameterArn(region, name).length > MAX_ARN) {
    throw validation(`Parameter name length, including the ARN, must not exceed ${MAX_ARN} characters.`)
  }
  if (name.split('/').length - 1 > MAX_LEVELS) {
    throw new AwsError(
      'HierarchyLevelLimitExceededException',
      `Hierarchy level exceeds the limit of ${MAX_LEVELS} levels.`,
    )
  }
}
