/** Files kept in memory, and configurations of them. */
import { posix } from 'node:path'
import type { Config } from '../../src/config/config.ts'
import type { Files } from '../../src/config/files.ts'
import type { Environment, Flags } from '../../src/config/given.ts'
import { loadConfig } from '../../src/config/load.ts'
import { ConfigError, type Problem } from '../../src/config/problem.ts'

export interface Case {
  readonly flags?: Flags
  readonly env?: Environment
  /** Contents of `.env`, mode 0600 unless given. */
  readonly dotEnv?: string
  readonly dotEnvMode?: number
  /** Contents of chancery.yaml. */
  readonly file?: string
  /** Contents of other files, by absolute path. */
  readonly others?: Readonly<Record<string, string>>
  /** Symbolic links, by absolute path. */
  readonly links?: Readonly<Record<string, string>>
}

export const cwd = '/srv/app'
const home = { HOME: '/var/op' }

function filesOf({ dotEnv, dotEnvMode = 0o600, file, others = {}, links = {} }: Case): Files {
  const contents = new Map<string, { text: string; mode: number }>([
    ...(dotEnv === undefined ? [] : [[`${cwd}/.env`, { text: dotEnv, mode: dotEnvMode }] as const]),
    ...(file === undefined ? [] : [[`${cwd}/chancery.yaml`, { text: file, mode: 0o644 }] as const]),
    ...Object.entries(others).map(([path, text]) => [path, { text, mode: 0o644 }] as const),
  ])
  const realPath = (path: string): string => {
    const link = Object.keys(links).find((from) => path === from || path.startsWith(`${from}/`))
    return link === undefined ? posix.resolve(path) : `${links[link]}${path.slice(link.length)}`
  }
  return { read: (path) => contents.get(path), realPath }
}

export function load(given: Case = {}): Config {
  return loadConfig({ flags: given.flags ?? {}, env: { ...home, ...given.env }, cwd, files: filesOf(given) })
}

export function problemsOf(given: Case | (() => unknown)): readonly Problem[] {
  try {
    if (typeof given === 'function') given()
    else load(given)
  } catch (error) {
    if (error instanceof ConfigError) return error.problems
    throw error
  }
  throw new Error('it was accepted')
}
