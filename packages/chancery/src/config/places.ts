/** Where things are kept that must not lie in the data directory (safety rule 11). */
import { basename, isAbsolute, join, relative, sep } from 'node:path'
import { sha256, toHex, utf8 } from '../base/bytes.ts'
import type { Files } from './files.ts'
import type { Environment } from './given.ts'
import { ConfigError } from './problem.ts'

/** A name of its own for each data directory: its last part, for people, and eight digits of the path's hash. */
function placeName(dataDir: string): string {
  return `${basename(dataDir)}-${toHex(sha256(utf8(dataDir))).slice(2, 10)}`
}

/** XDG base directories. @throws ConfigError where there is neither the variable nor a home. */
export function defaultKeyFile(dataDir: string, env: Environment): string {
  return join(baseDirectory(env, 'XDG_CONFIG_HOME', '.config', 'keyFile'), 'chancery', placeName(dataDir), 'key')
}

export function defaultWitnessFile(dataDir: string, env: Environment): string {
  const base = baseDirectory(env, 'XDG_STATE_HOME', '.local/state', 'witnessFile')
  return join(base, 'chancery', placeName(dataDir), 'witness')
}

function baseDirectory(env: Environment, variable: string, belowHome: string, setting: string): string {
  const given = env[variable]
  if (given !== undefined && isAbsolute(given)) return given
  const home = env['HOME']
  if (home !== undefined && isAbsolute(home)) return join(home, belowHome)
  throw new ConfigError([{ where: setting, wanted: 'a path, because there is no HOME to keep it under' }])
}

/** @throws ConfigError when `path`, links resolved, lies in the data directory */
export function requireOutside(dataDir: string, path: string, setting: string, files: Files): void {
  const way = relative(files.realPath(dataDir), files.realPath(path))
  // A name such as `..witness` only begins like a way out.
  if (way === '..' || way.startsWith(`..${sep}`) || isAbsolute(way)) return
  const hint = 'who copies the data directory must not get this with it'
  throw new ConfigError([{ where: setting, got: path, wanted: `a path outside the data directory ${dataDir}`, hint }])
}
