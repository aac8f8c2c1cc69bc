import { parameterArn } from '../arn.ts'
import { AwsError, validation } from '../errors.ts'
import { authorize } from '../iam/authorize.ts'
import { type Call, reading, writing } from '../operation.ts'
import type { ParameterRecord } from '../state.ts'
import { integer, list, oneOf, required, text } from '../validation.ts'
import { currentVersion, findParameter } from './lookup.ts'
import { ssmTag } from './put.ts'

const MAX_LABELS = 10
const MAX_TAGS = 50

const name = required(text({ min: 1, max: 2048 }))
const resource = { ResourceType: required(oneOf(['Parameter'])), ResourceId: name }

/** Tag operations name a resource by id; one that is not there is an InvalidResourceId. */
function taggedParameter(call: Call, id: string): ParameterRecord {
  try {
    return findParameter(call, id)
  } catch (error) {
    if (error instanceof AwsError && error.code === 'ParameterNotFound') throw new AwsError('InvalidResourceId')
    throw error
  }
}

/** A label is on one version at a time: giving it to another takes it from the former. */
function moveLabels(parameter: ParameterRecord, version: number, labels: readonly string[]): void {
  for (const one of parameter.versions) {
    const kept = one.labels.filter((label) => !labels.includes(label))
    one.labels = one.version === version ? [...kept, ...labels] : kept
  }
}

const isLabel = (label: string) => /^[a-zA-Z_.-][a-zA-Z0-9_.-]{0,99}$/.test(label) && !/^(aws|ssm)/i.test(label)

const labelParameterVersion = writing(
  { Name: name, ParameterVersion: integer(), Labels: required(list(text({ min: 1, max: 100 }), { min: 1, max: 10 })) },
  (call, input) => {
    const parameter = findParameter(call, input.Name)
    const wanted = input.ParameterVersion ?? currentVersion(parameter).version
    const version = parameter.versions.find((one) => one.version === wanted)
    if (version === undefined) throw new AwsError('ParameterVersionNotFound')
    const labels = input.Labels.filter(isLabel)
    if (new Set([...version.labels, ...labels]).size > MAX_LABELS) {
      throw new AwsError('ParameterVersionLabelLimitExceeded', 'A parameter version can have a maximum of ten labels.')
    }
    moveLabels(parameter, wanted, labels)
    return { InvalidLabels: input.Labels.filter((label) => !isLabel(label)), ParameterVersion: wanted }
  },
)

const deleteParameters = writing(
  { Names: required(list(text({ min: 1, max: 2048 }), { min: 1, max: 10 })) },
  (call, input) => {
    const arns = input.Names.map((one) => parameterArn(call.region, one))
    for (const arn of arns) authorize(call, { resource: arn })
    const deleted = input.Names.map((_, index) => call.emulator.state.parameters.delete(arns[index] ?? ''))
    return {
      DeletedParameters: input.Names.filter((_, index) => deleted[index]),
      InvalidParameters: input.Names.filter((_, index) => !deleted[index]),
    }
  },
)

export const manageOperations = {
  DeleteParameter: writing({ Name: name }, (call, input) => {
    const parameter = findParameter(call, input.Name)
    call.emulator.state.parameters.delete(parameter.arn)
    return {}
  }),

  DeleteParameters: deleteParameters,
  LabelParameterVersion: labelParameterVersion,

  AddTagsToResource: writing({ ...resource, Tags: required(list(ssmTag, { max: 1000 })) }, (call, input) => {
    const parameter = taggedParameter(call, input.ResourceId)
    const tags = new Map([...parameter.tags, ...input.Tags].map((tag) => [tag.Key, tag]))
    if (tags.size > MAX_TAGS) throw new AwsError('TooManyTagsError')
    if (input.Tags.some((tag) => /^aws:/i.test(tag.Key))) throw validation('Tag keys must not begin with aws:')
    parameter.tags = [...tags.values()]
    return {}
  }),

  RemoveTagsFromResource: writing(
    { ...resource, TagKeys: required(list(text({ min: 1, max: 128 }))) },
    (call, input) => {
      const parameter = taggedParameter(call, input.ResourceId)
      parameter.tags = parameter.tags.filter((tag) => !input.TagKeys.includes(tag.Key))
      return {}
    },
  ),

  ListTagsForResource: reading(resource, (call, input) => ({ TagList: taggedParameter(call, input.ResourceId).tags })),
}
