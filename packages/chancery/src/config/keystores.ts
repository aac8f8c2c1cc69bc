/** Where validator keys stand in files. */
import { resolve } from 'node:path'
import type { KeyFilesConfig } from './config.ts'
import { ConfigError } from './problem.ts'
import { settings, type Setting } from './settings.ts'

/** @throws ConfigError for keystores without passwords, or with two kinds of them */
export function keyFiles(take: <T>(setting: Setting<T>) => T | undefined, cwd: string): KeyFilesConfig | undefined {
  const [folder, keyConfigs] = [take(settings.keystoresPath), take(settings.keyConfigPath)]
  const [passwords, passwordFile] = [take(settings.keystoresPasswordsPath), take(settings.keystoresPasswordFile)]
  const network = take(settings.keystoresNetwork)
  const given = [passwords, passwordFile].filter((one) => one !== undefined)
  if (folder === undefined && given.length > 0) throw missing('keystores.path', 'none', 'the folder of the keystores')
  if (folder !== undefined && given.length !== 1) {
    const got = given.length === 0 ? 'none of them' : 'both of them'
    throw missing('keystores.passwordsPath, keystores.passwordFile', got, 'one, for the keystores of keystores.path')
  }
  if (folder === undefined && keyConfigs === undefined) return undefined
  const kept =
    passwords === undefined
      ? passwordFile && { passwordFile: resolve(cwd, passwordFile) }
      : { passwords: resolve(cwd, passwords) }
  return {
    ...(folder && kept && { keystores: { folder: resolve(cwd, folder), ...kept } }),
    ...(keyConfigs && { keyConfigs: { folder: resolve(cwd, keyConfigs) } }),
    ...(network && { network }),
  }
}

function missing(where: string, got: string, wanted: string): ConfigError {
  return new ConfigError([{ where, got, wanted }])
}
