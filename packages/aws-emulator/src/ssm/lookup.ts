import { parameterArn } from '../arn.ts'
import { AwsError } from '../errors.ts'
import { authorize } from '../iam/authorize.ts'
import type { Call } from '../operation.ts'
import type { ParameterRecord, ParameterVersion } from '../state.ts'
import { parseReference } from './names.ts'
import { reveal } from './secure-string.ts'

/** The caller's permission on a parameter, which is asked before whether it exists. */
export function admit(call: Call, name: string): string {
  const arn = parameterArn(call.region, name)
  call.entry.key = arn
  authorize(call, { resource: arn })
  return arn
}

/** Throws ParameterNotFound (AWS sends no text with it). */
export function findParameter(call: Call, name: string): ParameterRecord {
  const parameter = call.emulator.state.parameters.get(admit(call, name))
  if (parameter === undefined || call.emulator.visibility.look(parameter.arn) !== undefined) {
    throw new AwsError('ParameterNotFound')
  }
  return parameter
}

export function currentVersion(parameter: ParameterRecord): ParameterVersion {
  const version = parameter.versions.at(-1)
  if (version === undefined) throw new Error(`${parameter.arn} has no version`)
  return version
}

/** Throws ParameterVersionNotFound when the selector names neither a version nor a label. */
function selectVersion(parameter: ParameterRecord, selector: string | undefined): ParameterVersion {
  if (selector === undefined) return currentVersion(parameter)
  const wanted = (one: ParameterVersion) => String(one.version) === selector || one.labels.includes(selector)
  const version = parameter.versions.find(wanted)
  if (version !== undefined) return version
  throw new AwsError(
    'ParameterVersionNotFound',
    `Systems Manager could not find version ${selector} of ${parameter.name}. Verify the version and try again.`,
  )
}

/** A Parameter as the Get operations answer it. */
export function parameterEntry(
  call: Call,
  parameter: ParameterRecord,
  version: ParameterVersion,
  decrypt: boolean,
  selector?: string,
): object {
  const secret = version.type === 'SecureString' && decrypt
  return {
    Name: parameter.name,
    Type: version.type,
    Value: secret ? reveal(call, parameter.name, version) : version.value,
    Version: version.version,
    Selector: selector === undefined ? undefined : `:${selector}`,
    LastModifiedDate: version.modifiedAt / 1000,
    ARN: parameter.arn,
    DataType: version.dataType,
  }
}

export function readParameter(call: Call, text: string, decrypt: boolean): object {
  const { name, selector } = parseReference(call.region, text)
  const parameter = findParameter(call, name)
  return parameterEntry(call, parameter, selectVersion(parameter, selector), decrypt, selector)
}
