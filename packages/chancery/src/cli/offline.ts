/** What the commands share that work without a running service. */
import { utf8 } from '../base/bytes.ts'
import { Secret } from '../base/secret.ts'
import type { Config } from '../config/config.ts'
import { loadConfig } from '../config/load.ts'
import { settingDescriptions } from '../config/describe.ts'
import type { Flags, Given, Terminal } from './command.ts'
import { flagsOf } from './connection.ts'

export const settingFlags: Flags = Object.fromEntries(
  settingDescriptions.map(({ flag, value, about, default: standard }) => {
    return [flag.slice(2), { type: 'string', value, about: `${about} Default: ${standard}.` } as const]
  }),
)

/** Where the key-encryption key comes from: all that opening a backup or a copy needs. */
export const offlineFlags: Flags = Object.fromEntries(
  [
    'key-file',
    'passphrase-file',
    'passphrase-prompt',
    'aws-key-encryption-key',
    'aws-endpoint',
    'witness-file',
  ].flatMap((name) => {
    const flag = settingFlags[name]
    return flag ? [[name, flag]] : []
  }),
)

export function configOf(given: Given, terminal: Terminal): Config {
  return loadConfig({ flags: flagsOf(given, Object.keys(settingFlags)), env: terminal.env, cwd: terminal.cwd })
}

export const askSecret =
  (terminal: Terminal) =>
  async (question: string): Promise<Secret> =>
    new Secret(utf8(await terminal.askHidden(question)))
