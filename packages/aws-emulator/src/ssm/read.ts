import { parameterArn } from '../arn.ts'
import { AwsError, validation } from '../errors.ts'
import { authorize } from '../iam/authorize.ts'
import { page } from '../kms/pages.ts'
import { type Call, reading } from '../operation.ts'
import type { ParameterRecord } from '../state.ts'
import { flag, integer, list, required, structure, text } from '../validation.ts'
import { currentVersion, findParameter, parameterEntry, readParameter } from './lookup.ts'

const name = required(text({ min: 1, max: 2048 }))

const filter = structure({
  Key: required(text({ min: 1, max: 132 })),
  Option: text({ min: 1, max: 10 }),
  Values: list(text({ min: 1, max: 1024 }), { min: 1, max: 50 }),
})

interface Filter {
  readonly Key: string
  readonly Option: string | undefined
  readonly Values: readonly string[] | undefined
}

function regionParameters(call: Call): readonly ParameterRecord[] {
  const all = [...call.emulator.state.parameters.values()].filter((one) => one.region === call.region)
  return all.toSorted((a, b) => (a.name < b.name ? -1 : 1))
}

function nextPage<T>(items: readonly T[], limit: number, token: string | undefined) {
  const cut = page(items, limit, token)
  return { items: cut.items, NextToken: cut.NextMarker }
}

function underPath(parameter: ParameterRecord, path: string, recursive: boolean): boolean {
  const prefix = path.endsWith('/') ? path : `${path}/`
  if (!parameter.name.startsWith(prefix)) return false
  return recursive || !parameter.name.slice(prefix.length).includes('/')
}

function propertyOf(parameter: ParameterRecord, key: string): readonly string[] {
  const version = currentVersion(parameter)
  if (key === 'Name') return [parameter.name]
  if (key === 'Type') return [version.type]
  if (key === 'KeyId') return version.keyId === undefined ? [] : [version.keyId]
  if (key === 'Tier') return [version.tier]
  if (key === 'DataType') return [version.dataType]
  if (key === 'Label') return version.labels
  if (key.startsWith('tag:')) return parameter.tags.filter((tag) => tag.Key === key.slice(4)).map((tag) => tag.Value)
  throw new AwsError('InvalidFilterKey', `The following filter key is not valid: ${key}`)
}

function passes(parameter: ParameterRecord, one: Filter): boolean {
  const values = one.Values ?? []
  if (one.Key === 'Path') {
    return values.some((value) => underPath(parameter, value, one.Option === 'Recursive'))
  }
  const found = propertyOf(parameter, one.Key)
  const test = comparison(one.Option ?? 'Equals')
  return values.length === 0 ? found.length > 0 : found.some((got) => values.some((wanted) => test(got, wanted)))
}

function comparison(option: string): (got: string, wanted: string) => boolean {
  if (option === 'BeginsWith') return (got, wanted) => got.startsWith(wanted)
  if (option === 'Contains') return (got, wanted) => got.includes(wanted)
  if (option === 'Equals') return (got, wanted) => got === wanted
  throw new AwsError('InvalidFilterOption', `The following filter option is not valid: ${option}`)
}

function metadata(parameter: ParameterRecord): object {
  const version = currentVersion(parameter)
  return {
    Name: parameter.name,
    ARN: parameter.arn,
    Type: version.type,
    KeyId: version.keyId,
    LastModifiedDate: version.modifiedAt / 1000,
    LastModifiedUser: version.modifiedBy,
    Description: version.description,
    AllowedPattern: version.allowedPattern,
    Version: version.version,
    Tier: version.tier,
    Policies: [],
    DataType: version.dataType,
  }
}

const pathShape = {
  Path: required(text({ min: 1, max: 2048 })),
  Recursive: flag(),
  ParameterFilters: list(filter),
  WithDecryption: flag(),
  MaxResults: integer({ min: 1, max: 10 }),
  NextToken: text(),
}

const getParametersByPath = reading(pathShape, (call, input) => {
  if (!input.Path.startsWith('/')) {
    throw validation(
      `The parameter doesn't meet the parameter name requirements. The parameter name must begin with a ` +
        `forward slash "/". It can't be prefixed with "aws" or "ssm" (case-insensitive).`,
    )
  }
  authorize(call, { resource: parameterArn(call.region, input.Path.replace(/(.)\/$/, '$1')) })
  const filters = input.ParameterFilters ?? []
  const under = regionParameters(call).filter((one) => underPath(one, input.Path, input.Recursive ?? false))
  const chosen = under.filter((one) => filters.every((each) => passes(one, each)))
  const { items, NextToken } = nextPage(chosen, input.MaxResults ?? 10, input.NextToken)
  const decrypt = input.WithDecryption ?? false
  return { Parameters: items.map((one) => parameterEntry(call, one, currentVersion(one), decrypt)), NextToken }
})

const getParameters = reading(
  { Names: required(list(text({ min: 1, max: 2048 }), { min: 1, max: 10 })), WithDecryption: flag() },
  (call, input) => {
    const invalid: string[] = []
    const parameters = input.Names.flatMap((one) => {
      try {
        return [readParameter(call, one, input.WithDecryption ?? false)]
      } catch (error) {
        if (!(error instanceof AwsError) || !/^Parameter(Version)?NotFound$/.test(error.code)) throw error
        invalid.push(one)
        return []
      }
    })
    return { Parameters: parameters, InvalidParameters: invalid }
  },
)

const describeShape = {
  ParameterFilters: list(filter),
  MaxResults: integer({ min: 1, max: 50 }),
  NextToken: text(),
}

const historyShape = {
  Name: name,
  WithDecryption: flag(),
  MaxResults: integer({ min: 1, max: 50 }),
  NextToken: text(),
}

export const readOperations = {
  GetParameter: reading({ Name: name, WithDecryption: flag() }, (call, input) => ({
    Parameter: readParameter(call, input.Name, input.WithDecryption ?? false),
  })),

  GetParameters: getParameters,
  GetParametersByPath: getParametersByPath,

  DescribeParameters: reading(describeShape, (call, input) => {
    authorize(call, { resource: '*' })
    const filters = input.ParameterFilters ?? []
    const chosen = regionParameters(call).filter((one) => filters.every((each) => passes(one, each)))
    const { items, NextToken } = nextPage(chosen, input.MaxResults ?? 50, input.NextToken)
    return { Parameters: items.map(metadata), NextToken }
  }),

  GetParameterHistory: reading(historyShape, (call, input) => {
    const parameter = findParameter(call, input.Name)
    const { items, NextToken } = nextPage(parameter.versions, input.MaxResults ?? 50, input.NextToken)
    const decrypt = input.WithDecryption ?? false
    const entries = items.map((version) => ({
      ...metadata({ ...parameter, versions: [version] }),
      ...parameterEntry(call, parameter, version, decrypt),
      ARN: undefined,
      Labels: version.labels,
    }))
    return { Parameters: entries, NextToken }
  }),
}
