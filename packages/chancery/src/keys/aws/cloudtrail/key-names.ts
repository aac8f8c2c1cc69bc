/** Which of the service's keys a call is on, by whatever name. */
import type { RegisteredKey } from '../../../core/key-uses.ts'
import type { KeyId } from '../../../core/names.ts'
import { parseKeyArn } from '../arn.ts'
import type { TrailCall } from './call.ts'

export interface KeyNames {
  /** Empty for a call on other keys. */
  of(call: TrailCall): readonly KeyId[]
}

interface Parameter {
  readonly id: KeyId
  readonly region: string
  readonly path: string
}

export function createKeyNames(keys: readonly RegisteredKey[]): KeyNames {
  const byName = new Map<string, KeyId[]>()
  const parameters: Parameter[] = []
  for (const { id, where } of keys) {
    const arn = parseKeyArn(where['kmsKey'] ?? '')
    if (arn === undefined) continue
    const { parameter, alias } = where
    for (const name of namesOf(arn, alias, parameter)) byName.set(name, [...(byName.get(name) ?? []), id])
    if (parameter !== undefined) parameters.push({ id, region: arn.region, path: parameter })
  }
  return { of: (call) => narrowed(found(call, byName, parameters), call) }
}

/** ARNs name regions themselves; bare names mean the call's region. */
function namesOf(
  { text, region, account }: { readonly text: string; readonly region: string; readonly account: string },
  alias: string | undefined,
  parameter: string | undefined,
): readonly string[] {
  const id = text.slice(text.indexOf(':key/') + 5)
  const aliases = alias === undefined ? [] : [`${region} ${alias}`, `arn:aws:kms:${region}:${account}:${alias}`]
  const paths =
    parameter === undefined ? [] : [`${region} ${parameter}`, `arn:aws:ssm:${region}:${account}:parameter${parameter}`]
  return [text, `${region} ${id}`, ...aliases, ...paths]
}

function found(call: TrailCall, byName: ReadonlyMap<string, readonly KeyId[]>, parameters: readonly Parameter[]) {
  const named = call.names.flatMap(
    (name) => byName.get(name.startsWith('arn:') ? name : `${call.region} ${name}`) ?? [],
  )
  const { under } = call
  const below = parameters.filter(
    ({ region, path }) => under !== undefined && region === call.region && isBelow(path, under),
  )
  return [...new Set([...named, ...below.map(({ id }) => id)])]
}

function isBelow(path: string, folder: string): boolean {
  return path.startsWith(folder.endsWith('/') ? folder : `${folder}/`)
}

/** One KMS key may serve many accounts: then the encryption context says which. */
function narrowed(ids: readonly KeyId[], { context }: TrailCall): readonly KeyId[] {
  const meant = ids.filter((id) => id === context['key'])
  return meant.length > 0 ? meant : ids
}
