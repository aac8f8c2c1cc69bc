/** `chancery audit verify`: the running service's register, or a copy or export of one. */
import { dirname, resolve } from 'node:path'
import { systemClock } from '../base/clock.ts'
import { printVerification } from './audit.ts'
import { UsageError, type Command, type Given, type Terminal } from './command.ts'
import { connect } from './connection.ts'
import { askSecret, configOf, offlineFlags } from './offline.ts'

export const auditVerify: Command = {
  name: 'audit verify',
  about: 'Verify streams, tree, checkpoints, witness, claims and state; exit status 1 when anything does not fit',
  takes: [],
  flags: {
    ...offlineFlags,
    copy: {
      type: 'string',
      value: '<file>',
      about: "Verify a copy of the store's file instead of the running service",
    },
    export: { type: 'string', value: '<file>', about: 'Verify an export instead of the running service' },
  },
  examples: [
    'chancery audit verify',
    'chancery audit verify --copy /backups/today/store.sqlite',
    'chancery audit verify --export register.jsonl --json',
  ],
  run: async (given, terminal) => printVerification(given, terminal, await verified(given, terminal)),
}

async function verified(given: Given, terminal: Terminal) {
  const [copy, exported] = [given.text('copy'), given.text('export')]
  if (copy !== undefined && exported !== undefined) throw new UsageError('Give --copy or --export, not both')
  if (copy === undefined && exported === undefined) return connect(given, terminal).register.verify()
  const { openKeptKeys, verifyCopy, verifyExport } = await import('../compose.ts')
  if (copy === undefined) return verifyExport(resolve(terminal.cwd, exported ?? ''))
  const config = configOf(given, terminal)
  const path = resolve(terminal.cwd, copy)
  return verifyCopy(path, await openKeptKeys(config, dirname(path), systemClock, askSecret(terminal)), systemClock)
}
