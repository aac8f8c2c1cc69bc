import { hideIfDelayed } from '../delayed-visibility.ts'
import { AwsError, validation } from '../errors.ts'
import { type Call, writing } from '../operation.ts'
import type { ParameterRecord, ParameterType, ParameterVersion } from '../state.ts'
import { flag, type Input, list, oneOf, required, structure, text } from '../validation.ts'
import { admit, currentVersion } from './lookup.ts'
import { checkName } from './names.ts'
import { DEFAULT_KEY, protect } from './secure-string.ts'

const MAX_VERSIONS = 100
const LIMITS = { Standard: 4096, Advanced: 8192 } as const

export const ssmTag = structure({
  Key: required(text({ min: 1, max: 128 })),
  Value: required(text({ max: 256 })),
})

const shape = {
  Name: required(text({ min: 1, max: 2048 })),
  Description: text({ max: 1024 }),
  Value: required(text()),
  Type: oneOf(['SecureString', 'StringList', 'String']),
  KeyId: text({ min: 1, max: 256 }),
  Overwrite: flag(),
  AllowedPattern: text({ max: 1024 }),
  Tags: list(ssmTag, { max: 1000 }),
  Tier: oneOf(['Standard', 'Advanced', 'Intelligent-Tiering']),
  Policies: text({ min: 1, max: 4096 }),
  DataType: text({ max: 128 }),
}

type PutInput = Input<typeof shape>

function chooseTier(input: PutInput, former: ParameterVersion | undefined): ParameterVersion['tier'] {
  const size = Buffer.byteLength(input.Value)
  const wanted = input.Tier ?? 'Standard'
  if (wanted === 'Intelligent-Tiering') return size > LIMITS.Standard ? 'Advanced' : (former?.tier ?? 'Standard')
  // An advanced parameter never becomes a standard one again (SSM user guide, "Parameter tiers").
  if (wanted === 'Standard' && former?.tier === 'Advanced') {
    throw validation(
      "This parameter uses the advanced-parameter tier. You can't downgrade a parameter from the " +
        'advanced-parameter tier to the standard-parameter tier.',
    )
  }
  return wanted
}

function checkValue(input: PutInput, tier: ParameterVersion['tier']): void {
  if (input.Value === '') {
    throw validation(
      "1 validation error detected: Value '' at 'value' failed to satisfy constraint: " +
        'Member must have length greater than or equal to 1',
    )
  }
  if (Buffer.byteLength(input.Value) > LIMITS[tier]) {
    throw validation(
      `${tier} tier parameters support a maximum parameter value of ${LIMITS[tier]} characters. To create a larger ` +
        'parameter value, upgrade the parameter to use the advanced-parameter tier. For more information, see ' +
        'https://docs.aws.amazon.com/systems-manager/latest/userguide/parameter-store-advanced-parameters.html',
    )
  }
  if (input.Value.includes('{{')) {
    throw validation('Parameter value can\'t nest another parameter. Do not use "{{}}" in the value.')
  }
  if (input.AllowedPattern !== undefined && !parsePattern(input.AllowedPattern).test(input.Value)) {
    throw new AwsError(
      'ParameterPatternMismatchException',
      `Parameter value, cannot be validated against allowedPattern: ${input.AllowedPattern}`,
    )
  }
}

function parsePattern(pattern: string): RegExp {
  try {
    return new RegExp(`^(?:${pattern})$`)
  } catch {
    throw new AwsError(
      'InvalidAllowedPatternException',
      `The request does not meet the regular expression requirement: ${pattern}`,
    )
  }
}

function chooseType(input: PutInput, former: ParameterVersion | undefined): ParameterType {
  const type = input.Type ?? former?.type
  if (type === undefined) throw validation('A parameter type is required when you create a parameter.')
  if (input.KeyId !== undefined && type !== 'SecureString') {
    throw validation('KeyId is not supported for parameters that are not of type SecureString.')
  }
  return type
}

function checkOverwrite(input: PutInput, existing: ParameterRecord | undefined): void {
  if (input.Overwrite === true && input.Tags !== undefined && input.Tags.length > 0) {
    throw validation(
      "Invalid request: tags and overwrite can't be used together. To create a parameter with tags, please remove " +
        'overwrite flag. To update tags for an existing parameter, please use AddTagsToResource or ' +
        'RemoveTagsFromResource.',
    )
  }
  if (existing !== undefined && input.Overwrite !== true) {
    throw new AwsError(
      'ParameterAlreadyExists',
      'The parameter already exists. To overwrite this value, set the overwrite option in the request to true.',
    )
  }
}

async function nextVersion(
  call: Call,
  input: PutInput,
  former: ParameterVersion | undefined,
): Promise<ParameterVersion> {
  const type = chooseType(input, former)
  const tier = chooseTier(input, former)
  checkValue(input, tier)
  const keyId = type === 'SecureString' ? (input.KeyId ?? former?.keyId ?? DEFAULT_KEY) : undefined
  return {
    version: (former?.version ?? 0) + 1,
    value: keyId === undefined ? input.Value : await protect(call, input.Name, keyId, input.Value, tier),
    type,
    tier,
    keyId,
    description: input.Description ?? former?.description,
    allowedPattern: input.AllowedPattern,
    dataType: input.DataType ?? 'text',
    modifiedAt: call.emulator.now(),
    modifiedBy: call.principal.arn,
    labels: [],
  }
}

/** Keeps a hundred versions; the oldest goes unless a label holds it. */
function addVersion(parameter: ParameterRecord, version: ParameterVersion): void {
  const versions = [...parameter.versions, version]
  if (versions.length > MAX_VERSIONS && (versions[0]?.labels.length ?? 0) > 0) {
    throw new AwsError(
      'ParameterMaxVersionLimitExceeded',
      'You attempted to create a new version of the parameter, but the oldest version has a label and cannot be deleted.',
    )
  }
  parameter.versions = versions.slice(-MAX_VERSIONS)
}

export const putParameter = writing(shape, async (call, input) => {
  checkName(call.region, input.Name)
  const { parameters } = call.emulator.state
  const arn = admit(call, input.Name)
  checkOverwrite(input, parameters.get(arn))
  const version = await nextVersion(call, input, parameters.get(arn)?.versions.at(-1))
  // Asked again: another request may have created the parameter while the key was being made.
  const existing = parameters.get(arn)
  checkOverwrite(input, existing)
  const tags = input.Tags ?? []
  const parameter = existing ?? { name: input.Name, region: call.region, arn, versions: [], tags }
  addVersion(parameter, { ...version, version: (parameter.versions.at(-1)?.version ?? 0) + 1 })
  parameters.set(arn, parameter)
  if (existing === undefined) hideIfDelayed(call, arn)
  return { Version: currentVersion(parameter).version, Tier: version.tier }
})
