/** Files that describe a network, such as config.yaml of the consensus specs. What they mean is the chain's business. */
import { isJsonObject } from '../base/json.ts'
import type { Files } from './files.ts'
import type { NetworkConfig, NetworkEntry } from './networks.ts'
import { ConfigError } from './problem.ts'
import { parseYamlTexts } from './yaml.ts'

/** @throws ConfigError for a file that is missing or no YAML mapping */
export function readSpec(
  { spec, ...entry }: NetworkEntry,
  resolve: (file: string) => string,
  files: Files,
): NetworkConfig {
  if (spec === undefined) return entry
  const found = files.read(resolve(spec))
  const where = `the spec of ${entry.network}`
  if (found === undefined) throw new ConfigError([{ where, got: spec, wanted: 'a file that exists' }])
  const described = parseYamlTexts(found.text, spec)
  if (isJsonObject(described)) return { ...entry, spec: described }
  throw new ConfigError([{ where, got: spec, wanted: 'a YAML file of names and values, such as config.yaml' }])
}
