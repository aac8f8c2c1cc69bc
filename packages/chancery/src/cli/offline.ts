/** What the commands share that work without a running service. */
import { utf8 } from '../base/bytes.ts'
import { Secret } from '../base/secret.ts'
import type { Config } from '../config/config.ts'
import { loadConfig } from '../config/load.ts'
import { allSettings, flagOf, type Setting } from '../config/settings.ts'
import type { Flag, Flags, Given, Terminal } from './command.ts'
import { flagsOf } from './connection.ts'

export const settingFlags: Flags = Object.fromEntries(allSettings.map((setting) => [flagOf(setting), flag(setting)]))

function flag({ shape, about, default: standard }: Setting): Flag {
  const help = `${about} Default: ${standard}.`
  return shape.text === 'boolean'
    ? { type: 'boolean', about: help }
    : { type: 'string', value: shape.label, about: help }
}

/** Settings as flags, for a command that takes some of them. */
export function flagsNamed(...names: readonly string[]): Flags {
  return Object.fromEntries(Object.entries(settingFlags).filter(([name]) => names.includes(name)))
}

/** Where the key-encryption key comes from: all that opening a backup or a copy needs. */
export const offlineFlags: Flags = flagsNamed(
  'key-file',
  'passphrase-file',
  'passphrase-prompt',
  'aws-key-encryption-key',
  'aws-endpoint',
  'witness-file',
)

export function configOf(given: Given, terminal: Terminal): Config {
  return loadConfig({ flags: flagsOf(given, Object.keys(settingFlags)), env: terminal.env, cwd: terminal.cwd })
}

export const askSecret =
  (terminal: Terminal) =>
  async (question: string): Promise<Secret> =>
    new Secret(utf8(await terminal.askHidden(question)))
