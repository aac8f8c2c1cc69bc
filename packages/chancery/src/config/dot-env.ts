/** The `.env` file: `NAME=value` lines. Only its owner may read it. */
import type { Files } from './files.ts'
import { ConfigError } from './problem.ts'

const line = /^(?:export\s+)?([A-Za-z_][A-Za-z0-9_]*)\s*=\s*(.*)$/
const quoted = /^(?:"([^"\\]*)"|'([^']*)')\s*(?:#.*)?$/
const bare = /^([^"'#\s][^#]*?|)\s*(?:\s#.*|#.*)?$/

/**
 * Values may stand in single or double quotes; nothing is expanded. `undefined` where there is no such file.
 * @throws ConfigError when others may read the file, for a line that is no `NAME=value`, and for a name given twice
 */
export function readDotEnv(path: string, files: Files): Readonly<Record<string, string>> | undefined {
  const file = files.read(path)
  if (file === undefined) return undefined
  if ((file.mode & 0o077) !== 0) {
    const got = `mode 0${file.mode.toString(8)}`
    throw new ConfigError([{ where: path, got, wanted: 'mode 0600', hint: `chmod 600 ${path}` }])
  }
  return parseDotEnv(file.text, path)
}

function parseDotEnv(text: string, path: string): Readonly<Record<string, string>> {
  const found = new Map<string, string>()
  for (const [index, row] of text.split(/\r?\n/).entries()) {
    const trimmed = row.trim()
    if (trimmed === '' || trimmed.startsWith('#')) continue
    const [name, value] = assignment(trimmed, `${path}:${index + 1}`)
    if (found.has(name)) throw new ConfigError([{ where: `${path}:${index + 1}`, got: name, wanted: 'each name once' }])
    found.set(name, value)
  }
  return Object.fromEntries(found)
}

/** The line itself is not shown: it may hold a secret. */
function assignment(row: string, where: string): readonly [string, string] {
  const [, name, right = ''] = line.exec(row) ?? []
  if (name === undefined) throw new ConfigError([{ where, wanted: 'NAME=value' }])
  const [, double, single] = quoted.exec(right) ?? []
  const value = double ?? single ?? bare.exec(right)?.[1]
  if (value === undefined)
    throw new ConfigError([{ where, wanted: `${name}=value, in quotes where it has spaces or #` }])
  return [name, value]
}
