/** Environments in which the service does not start (safety rules 11 and 12). */
import { didYouMean } from '../base/nearest.ts'
import type { Environment } from './given.ts'
import { ConfigError, type Problem } from './problem.ts'
import { allSettings, variableOf } from './settings.ts'

const dangerous: readonly { readonly name: string; readonly why: string; readonly when: (value: string) => boolean }[] =
  [
    { name: 'NODE_OPTIONS', why: 'it can load code into every process of the service', when: (value) => value !== '' },
    { name: 'NODE_DEBUG', why: 'it can print what is sent and received', when: (value) => value !== '' },
    {
      name: 'NODE_TLS_REJECT_UNAUTHORIZED',
      why: 'it turns the verification of certificates off',
      when: (value) => value === '0',
    },
  ]

/** @throws ConfigError */
export function refuseDangerousEnvironment(env: Environment): void {
  const problems = dangerous
    .filter(({ name, when }) => env[name] !== undefined && when(env[name]))
    .map(({ name, why }): Problem => ({ where: name, wanted: 'it unset', hint: why }))
  if (problems.length > 0) throw new ConfigError(problems)
}

const looksSecret = /PASSPHRASE|PASSWORD|SECRET|PRIVATE|TOKEN|API_KEY|MNEMONIC|SEED/

const prefix = 'CHANCERY_'

/** Variables that begin with `CHANCERY_` and set nothing. Others are nobody's business here. */
export function unknownVariables(env: Environment, file: string): readonly Problem[] {
  const known = allSettings.map(variableOf)
  return Object.keys(env)
    .filter((name) => name.toUpperCase().startsWith(prefix) && !known.includes(name))
    .map((name) => ({ where: `${file}${name}`, ...(looksSecret.test(name) ? secretHint : nameHint(name, known)) }))
}

const secretHint = {
  wanted: 'no secret in a variable',
  hint: 'every child process and crash report can read it; use passphraseFile, passphrasePrompt, keyFile or aws.keyEncryptionKey',
}

function nameHint(name: string, known: readonly string[]): Omit<Problem, 'where'> {
  const names = known.map((one) => one.slice(prefix.length))
  const hint = didYouMean(name.slice(prefix.length), names, prefix)
  const wanted = 'a variable the service knows'
  return hint === undefined ? { wanted } : { wanted, hint }
}
