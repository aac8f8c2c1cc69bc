/** Applications whose calls are shown in words: their number, and a file that describes their methods. */
import { isJsonObject, type Json, type JsonObject } from '../base/json.ts'
import { parseJson } from '../base/strict-json.ts'
import { isNetwork, type Network } from '../core/names.ts'
import type { Files } from './files.ts'
import { ConfigError } from './problem.ts'
import { closedObject, path, problem, type Shape } from './shapes.ts'

export interface ApplicationFile {
  readonly network: Network
  readonly id: bigint
  readonly file: string
}

export interface ApplicationConfig {
  readonly network: Network
  readonly id: bigint
  /** ARC-4 or ARC-56, as its compiler wrote it. */
  readonly interface: JsonObject
}

export const application: Shape<ApplicationFile> = {
  label: '<application>',
  text: 'json',
  parse(value, where) {
    const members = closedObject(value, where, ['id', 'interface'])
    return {
      ...parseId(members['id'], `${where}.id`),
      file: path.parse(members['interface'] ?? null, `${where}.interface`),
    }
  },
}

function parseId(value: Json | undefined, where: string): Pick<ApplicationFile, 'network' | 'id'> {
  const [, network, id] = (typeof value === 'string' && /^([^/]+)\/app:([1-9][0-9]{0,19})$/.exec(value)) || []
  if (network !== undefined && isNetwork(network) && id !== undefined) return { network, id: BigInt(id) }
  throw problem(
    where,
    value,
    'a network, /app: and a number, such as algorand:SGO1GKSzyE7IEPItTxCByw9x8FmnrCDe/app:123',
  )
}

/** @throws ConfigError for a file that is missing or is no JSON object */
export function readInterface({ network, id, file }: ApplicationFile, path: string, files: Files): ApplicationConfig {
  const found = files.read(path)
  if (found === undefined) throw new ConfigError([{ where: 'applications', got: file, wanted: 'a file that exists' }])
  const description = parsed(found.text)
  if (isJsonObject(description)) return { network, id, interface: description }
  throw new ConfigError([{ where: 'applications', got: file, wanted: 'a file with a JSON object: ARC-4 or ARC-56' }])
}

function parsed(text: string): Json | undefined {
  try {
    return parseJson(text)
  } catch {
    return undefined
  }
}
